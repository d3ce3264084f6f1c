"""One module per promise; each has `measure(leads) -> list[Figure]`."""
