"""What becomes of our mail outside: the bounce mailbox, the guard, what providers tell, and the sending domain."""
