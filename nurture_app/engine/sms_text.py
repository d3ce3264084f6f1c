"""How a text travels as SMS: its alphabet, and how many messages it makes."""

from __future__ import annotations

from dataclasses import dataclass

from nurture_app.engine.placeholders import replace_tags

_BASIC = frozenset(
	"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
	"abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Take two places each."""
_ALONE = {"GSM-7": 160, "UCS-2": 70}
_JOINED = {"GSM-7": 153, "UCS-2": 67}


@dataclass(frozen=True, slots=True)
class SmsLength:
	alphabet: str
	"""GSM-7, or UCS-2 as soon as one character is not in it (3GPP TS 23.038)."""
	length: int
	"""Places taken: septets or 16-bit units."""
	messages: int
	"""What is paid for."""


MOST_MESSAGES = 10
"""Joined ones, the most that gateways take."""
SAMPLE = "x" * 8
"""What a placeholder is taken for before it is filled."""
LINK_SAMPLE = "x" * 100
"""The same for one of our links."""


def with_samples(source: str) -> str:
	"""A text with placeholders, about as long as it will be sent."""
	return replace_tags(source, _sample)


def _sample(tag: str) -> str:
	if not tag.startswith("{{"):
		return ""
	return LINK_SAMPLE if tag[2:].lstrip().startswith("links.") else SAMPLE


def measure(text: str) -> SmsLength:
	"""Of the text as it is sent: placeholders filled."""
	if all(letter in _BASIC or letter in _EXTENDED for letter in text):
		alphabet, length = "GSM-7", sum(2 if letter in _EXTENDED else 1 for letter in text)
	else:
		alphabet, length = "UCS-2", len(text.encode("utf-16-le", "surrogatepass")) // 2
	if length <= _ALONE[alphabet]:
		return SmsLength(alphabet, length, 1 if length else 0)
	return SmsLength(alphabet, length, -(-length // _JOINED[alphabet]))
