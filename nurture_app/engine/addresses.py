"""E-mail addresses as keys: one spelling per mailbox, and a hash that survives an erasure."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

ADDRESS = re.compile(r"[^@\s<>\"',;:()\[\]\\]+@[^@\s<>\"',;:()\[\]\\]+\.[^@\s<>\"',;:()\[\]\\.]{2,}")
MAX_LENGTH = 140


@lru_cache(maxsize=8192)  # a batch of mails asks a dozen times for each address
def normalise(address: str | None) -> str:
	"""Lower case without surrounding blanks, or an empty text when this is no address.

	Nothing else is folded: dots and plus tags distinguish mailboxes at most providers.
	"""
	text = (address or "").strip().lower()
	if len(text) > MAX_LENGTH or not ADDRESS.fullmatch(text) or ".." in text:
		return ""
	return text


def address_hash(address: str) -> str:
	"""SHA-256 of the normalised address, hex. Equal for every spelling of one address."""
	return hashlib.sha256((normalise(address) or (address or "").strip().lower()).encode()).hexdigest()
