"""How a laptop plays the engine's ports: SQLite, a virtual clock, a mailbox folder, and the `nurture` command."""
