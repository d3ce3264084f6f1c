"""Choices by chance that never change for the same person: a share of a hash, not of a dice."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

SPACE = 2**64


def share(*keys: str) -> float:
	"""Where `keys` fall between 0 (included) and 1: the same on every machine and in every version.

	Keys that differ in anything fall independently of each other.
	"""
	text = "\x1f".join(keys)
	return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / SPACE


def pick(weights: Sequence[float], *keys: str) -> int:
	"""The index of one of `weights`, each as often among many keys as its weight is of the sum. Weights above 0."""
	bounds = list(accumulate(weights))
	return min(bisect_right(bounds, share(*keys) * bounds[-1]), len(bounds) - 1)
