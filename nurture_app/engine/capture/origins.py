"""Websites that may use a form or a widget, as administrators list them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from nurture_app.engine.codes import NurtureError

_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?")


def read_origins(text: str | None) -> list[str]:
	"""One per line. Raises `origin_invalid` for what is no scheme with a host."""
	origins = []
	for line in (text or "").splitlines():
		entry = line.strip().lower().rstrip("/")
		if not entry:
			continue
		if not (origin := _origin(entry)):
			raise NurtureError("origin_invalid", value=line.strip()[:140])
		origins.append(origin)
	return origins


def is_allowed(origin: str, allowed: str | None, own_host: str) -> bool:
	"""Whether a browser on `origin` may post. Programs that are no browser send none, and may."""
	if not origin:
		return True
	asked = _origin(origin.strip().lower())
	if not asked:
		return False
	return asked.partition("://")[2] == own_host.lower() or asked in read_origins(allowed)


def check_address(value: str | None, label: str) -> None:
	"""Raises `address_of_page_invalid` unless empty, a page of this site (`/...`) or of the web."""
	text = (value or "").strip()
	if not text or (text.startswith("/") and not text.startswith(("//", "/\\"))):
		return
	parts = urlsplit(text) if text.isprintable() and " " not in text and "\\" not in text else None
	if not parts or parts.scheme not in ("http", "https") or not parts.netloc:
		raise NurtureError("address_of_page_invalid", field=label, value=text[:140])


def key_from(title: str) -> str:
	"""A title as part of an address: small letters, digits and hyphens."""
	return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].rstrip("-")


def _origin(text: str) -> str:
	scheme, separator, host = text.partition("://")
	return f"{scheme}://{host}" if scheme in ("http", "https") and separator and _HOST.fullmatch(host) else ""
