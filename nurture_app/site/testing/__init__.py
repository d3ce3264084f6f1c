"""What tests on a site share: a mail server, a clock, short ways to make and clear things."""
