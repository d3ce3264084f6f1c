"""How a Frappe site plays the engine's ports: database, clock, channels, events, jobs, installation."""
