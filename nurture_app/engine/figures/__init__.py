"""What a sequence brings, step by step, and what to make of it."""
