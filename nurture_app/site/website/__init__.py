"""What comes from websites and other systems: sources with their keys, page views, events, payloads, refusals."""
