"""What the app and Frappe know about a person: shown to the person, erased on request, forgotten in time (CP-08, CP-09)."""
