"""Whether a payload was signed by whom it claims to come from."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from typing import Any

from frappe import _

from nurture_app.site.public.request import PublicRequest, Refused

ALGORITHMS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512, "sha1": hashlib.sha1}


def check(source: Any, request: PublicRequest) -> None:
	"""Raises `Refused` 401 when the source has a secret and the signature is not made with it, or is too old."""
	secret = source.get_password("secret", raise_exception=False)
	if not secret:
		return
	signed = request.body()
	if source.signed_text == "Timestamp.Body":
		stamp = request.header(source.timestamp_header or "X-Timestamp")
		if not _is_fresh(stamp, source.tolerance_minutes or 5):
			raise Refused(401, _("The timestamp of the request is missing or too old."))
		signed = stamp.encode() + b"." + signed
	given = request.header(source.signature_header or "X-Signature")
	prefix = source.signature_prefix or ""
	expected = prefix + signature(signed, secret, source.signature_algorithm, source.signature_encoding)
	if source.signature_encoding != "base64":
		given, expected = given.lower(), expected.lower()
	if not hmac.compare_digest(given.encode(), expected.encode()):
		raise Refused(401, _("The signature is missing or was not made with the secret of this source."))


def signature(signed: bytes, secret: str, algorithm: str | None, encoding: str | None) -> str:
	"""HMAC of `signed`, written in hex or base64."""
	digest = hmac.new(secret.encode(), signed, ALGORITHMS[algorithm or "sha256"]).digest()
	return base64.b64encode(digest).decode() if encoding == "base64" else digest.hex()


def _is_fresh(stamp: str, minutes: int) -> bool:
	"""Seconds or milliseconds since 1970, not further off than `minutes` in either direction."""
	if not re.fullmatch(r"\d{9,13}", stamp):
		return False
	seconds = int(stamp) / 1000 if len(stamp) > 11 else int(stamp)
	return abs(time.time() - seconds) <= minutes * 60
