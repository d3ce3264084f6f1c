"""What people say about what they get: opt-in, the preference centre, requests about their data."""
