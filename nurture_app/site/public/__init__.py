"""Everything a stranger can reach: pages behind links in mails, and the addresses other systems post to."""
