"""People in sequences: who gets in, who is paused, who is out, and why."""
