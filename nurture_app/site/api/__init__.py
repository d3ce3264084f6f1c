"""What the Desk asks for. Every method checks who asks, and about whom."""
