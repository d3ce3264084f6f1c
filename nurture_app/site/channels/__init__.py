"""How messages and tasks leave a Frappe site."""
