"""The library: assets, blocks that change with the reader, language versions, and what is to be said about a text."""
