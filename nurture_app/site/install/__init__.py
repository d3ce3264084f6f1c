"""What installing adds to a site, and what uninstalling takes away again: mirror images."""
