"""Experiments on a site: shown in plain words, their winners in sequences."""
