"""What the DNS records of a sending domain say: SPF (RFC 7208), DKIM keys (RFC 6376), DMARC (RFC 7489).

The lookups themselves are the host's: a function from a name to the texts of its TXT records.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

Texts = Callable[[str], list[str]]
MOST_LOOKUPS = 10
"""RFC 7208, 4.6.4: a receiver gives up after ten."""
MOST_ASKED = 20
"""Records looked at, however often they refer to each other."""
COSTLY = ("include", "a", "mx", "ptr", "exists", "redirect")
_TERM = re.compile(r"^([+?~-]?)([a-z0-9_]+)(?:[:=/](.*))?$", re.IGNORECASE)

USUAL_SELECTORS = (
	"default", "google", "selector1", "selector2", "s1", "s2", "k1", "k2", "mail", "dkim", "smtp", "pm", "mandrill", "brevo", "zoho", "fm1",
)  # fmt: skip
"""Names of keys that large mail providers and mail servers use."""


@dataclass
class Spf:
	"""What a domain's SPF record leads to."""

	records: list[str] = field(default_factory=list)
	"""Those of the domain itself: there must be one."""
	includes: list[str] = field(default_factory=list)
	lookups: int = 0
	ending: str = ""
	"""What holds for everybody else: `-all`, `~all`, `?all`, `+all`, or empty."""
	broken: list[str] = field(default_factory=list)
	"""Included domains without a record of their own (RFC 7208, 5.2: an error)."""


def read_spf(domain: str, texts: Texts) -> Spf:
	"""With everything its record leads to; nothing is followed where there is not exactly one. Raises as `texts`."""
	found = Spf(_spf_records(texts(domain)))
	if len(found.records) == 1:
		_follow(found, found.records[0], texts, asked={domain.lower()}, is_own=True)
	return found


def _spf_records(texts: list[str]) -> list[str]:
	return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def _follow(found: Spf, record: str, texts: Texts, asked: set[str], is_own: bool) -> None:
	redirect = ""
	for term in record.split()[1:]:
		match = _TERM.match(term)
		if not match:
			continue
		sign, name, value = match[1] or "+", match[2].lower(), (match[3] or "").strip().lower().rstrip(".")
		if name == "all" and is_own:
			found.ending = f"{sign}all"
		if name in COSTLY:
			found.lookups += 1
		if name == "redirect":
			redirect = value
		if name == "include":
			if is_own:
				found.includes.append(value)
			_descend(found, value, texts, asked, is_own=False)
	if redirect:
		_descend(found, redirect, texts, asked, is_own=is_own and not found.ending)


def _descend(found: Spf, domain: str, texts: Texts, asked: set[str], is_own: bool) -> None:
	# A macro depends on who is asking; a record may lead back to itself.
	if not domain or "%" in domain or domain in asked or len(asked) >= MOST_ASKED:
		return
	asked.add(domain)
	records = _spf_records(texts(domain))
	if len(records) != 1:
		found.broken.append(domain)
		return
	_follow(found, records[0], texts, asked, is_own)


@dataclass(frozen=True, slots=True)
class Dmarc:
	"""A DMARC record and where it stands."""

	domain: str = ""
	records: tuple[str, ...] = ()
	policy: str = ""
	"""`none`, `quarantine`, `reject`, or empty where there is no usable record."""
	reports_to: str = ""
	strict: tuple[str, ...] = ()
	"""`SPF` and `DKIM` where From must be exactly the same domain."""


def read_dmarc(domain: str, texts: Texts) -> Dmarc:
	"""Of the domain, or else of those above it down to two labels (RFC 7489, 6.6.3, without a list of public suffixes)."""
	labels = domain.lower().split(".")
	for start in range(max(1, len(labels) - 1)):
		above = ".".join(labels[start:])
		records = tuple(text for text in texts(f"_dmarc.{above}") if text.lower().startswith("v=dmarc1"))
		if records:
			return _dmarc(above, records, is_own=start == 0)
	return Dmarc()


def _dmarc(domain: str, records: tuple[str, ...], is_own: bool) -> Dmarc:
	tags = _tags(records[0])
	policy = tags.get("p", "").lower()
	if not is_own:
		policy = tags.get("sp", policy).lower()
	if len(records) > 1 or policy not in ("none", "quarantine", "reject"):
		policy = ""
	strict = tuple(
		name for name, tag in (("SPF", "aspf"), ("DKIM", "adkim")) if tags.get(tag, "").lower() == "s"
	)
	return Dmarc(domain, records, policy, tags.get("rua", ""), strict)


def dkim_key(domain: str, selector: str, texts: Texts) -> str:
	"""`found`, `revoked` (an empty key, RFC 6376, 3.6.1) or `missing`."""
	for text in texts(f"{selector}._domainkey.{domain}"):
		tags = _tags(text)
		if "p" in tags and tags.get("v", "DKIM1").upper() == "DKIM1":
			return "found" if tags["p"] else "revoked"
	return "missing"


def _tags(text: str) -> dict[str, str]:
	pairs = (piece.partition("=") for piece in text.split(";") if "=" in piece)
	return {name.strip().lower(): "".join(value.split()) for name, _equals, value in pairs}
