"""Signed tokens of public links: a random token and a short proof of what it is for.

One token of a touch serves several links (open, click, preferences); the purpose is signed with it, so that a link
for one of them opens no other, and a forged one is turned away before the database is asked.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode

TOKEN_LENGTH = 22
"""128 random bits in URL-safe characters."""

SIGNATURE_LENGTH = 16
"""96 bits in URL-safe characters: nobody guesses them, and links stay short."""

SIGNED_LENGTH = TOKEN_LENGTH + SIGNATURE_LENGTH

_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")
_SIGNED = re.compile(rf"[A-Za-z0-9_-]{{{SIGNED_LENGTH}}}")


def is_token(text: str) -> bool:
	"""Whether `text` has the form of a token; says nothing about its being known."""
	return bool(_TOKEN.fullmatch(text))


def sign(secret: bytes, purpose: str, token: str) -> str:
	"""`token` followed by its signature for `purpose`."""
	return token + _signature(secret, purpose, token)


def verify(secret: bytes, purpose: str, signed: str) -> str:
	"""The token in `signed` if it was signed for `purpose`, else empty. Compares in constant time."""
	if not _SIGNED.fullmatch(signed):
		return ""
	token, signature = signed[:TOKEN_LENGTH], signed[TOKEN_LENGTH:]
	return token if hmac.compare_digest(_signature(secret, purpose, token), signature) else ""


def _signature(secret: bytes, purpose: str, token: str) -> str:
	digest = hmac.digest(secret, f"{purpose}|{token}".encode(), "sha256")
	return urlsafe_b64encode(digest).decode("ascii")[:SIGNATURE_LENGTH]
