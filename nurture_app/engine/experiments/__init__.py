"""Experiments: variants of a step tried side by side, and what may be said about them."""
