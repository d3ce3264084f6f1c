"""What strangers tell about themselves: checked, and turned into what a Lead gets and what is kept aside."""
