"""Public addresses in mails. Short, because Frappe destroys long words in mail headers when it sends."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cached_property

import frappe
from frappe.utils.password import get_encryption_key

from nurture_app.engine import tokens
from nurture_app.engine.codes import NurtureError

LONGEST = 75
"""Characters between angle brackets that survive Frappe's re-serialisation of a header."""

UNSUBSCRIBE_PATH = "u"
PUBLIC_PATH = "n"
PREFERENCES = "preferences"
"""The purpose of links to the preference centre."""

OPEN, CLICK = "o", "c"
"""Routes of the pixel and of the redirect."""
ASSET = "a"
"""Route of an asset's file, for who got it in a mail."""
ANSWER = "answer"
"""Route of the answers that take one click."""


class SiteLinks:
	"""`engine.ports.Links` for this site. Raises `links_too_long` naming the host name that is too long.

	Looks up address and key of the site once: a batch of mails takes hundreds of links.
	"""

	@cached_property
	def _site_url(self) -> str:
		return site_url()

	@cached_property
	def _key(self) -> bytes:
		return _secret()

	def new_token(self) -> str:
		return new_token()

	def unsubscribe(self, token: str) -> str:
		return _checked(f"{self._site_url}/{UNSUBSCRIBE_PATH}/{token}")

	def preferences(self, token: str) -> str:
		return self._signed(PREFERENCES, PREFERENCES, token)

	def opening(self, token: str) -> str:
		return self._signed(OPEN, OPEN, token)

	def click(self, token: str, link: str) -> str:
		return f"{self._signed(CLICK, _click_purpose(link), token)}/{link}"

	def asset(self, token: str, short_name: str) -> str:
		return f"{self._signed(ASSET, _asset_purpose(short_name), token)}/{short_name}"

	def answer(self, token: str, key: str) -> str:
		return f"{self._signed(ANSWER, _answer_purpose(key), token)}/{key}"

	def message_id(self, token: str) -> str:
		# Frappe recognises a reply to a mail of its own by the site's name in the id.
		return _checked(f"{token}@{frappe.local.site}")

	def _signed(self, route: str, purpose: str, token: str) -> str:
		return f"{self._site_url}/{PUBLIC_PATH}/{route}/{tokens.sign(self._key, purpose, token)}"


def new_token() -> str:
	"""128 random bits as 22 URL-safe characters."""
	return secrets.token_urlsafe(16)


def signed_url(purpose: str, token: str, *more: str) -> str:
	"""`<site>/n/<purpose>/<signed token>[/<more>]`: the address of the route `n/<purpose>` for this token."""
	signed = tokens.sign(_secret(), purpose, token)
	return "/".join((site_url(), PUBLIC_PATH, purpose, signed, *more))


def token_in(purpose: str, signed: str) -> str:
	"""The token of a link made by `signed_url` for this very purpose; empty when it was not."""
	return tokens.verify(_secret(), purpose, signed)


def token_in_click(signed: str, link: str) -> str:
	"""The tracking token of a redirect made for this very link; empty when it was not."""
	return tokens.verify(_secret(), _click_purpose(link), signed)


def token_in_asset(signed: str, short_name: str) -> str:
	"""The touch's token in a link to this very asset; empty when it is none."""
	return tokens.verify(_secret(), _asset_purpose(short_name), signed)


def token_in_answer(signed: str, key: str) -> str:
	"""The touch's token in a link made for this very answer; empty when it was not."""
	return tokens.verify(_secret(), _answer_purpose(key), signed)


def _answer_purpose(key: str) -> str:
	return f"{ANSWER}|{key}"


def _asset_purpose(short_name: str) -> str:
	return f"{ASSET}|{short_name}"


def _click_purpose(link: str) -> str:
	return f"{CLICK}|{link}"


def keyed_hash(purpose: str, text: str) -> str:
	"""16 hex digits that only this site can make of `text`: shows that two texts are the same, not what they say."""
	return hmac.new(_secret(), f"{purpose}|{text}".encode(), hashlib.sha256).hexdigest()[:16]


def _secret() -> bytes:
	"""Of this site alone, and for links alone: made from the key that backups have to carry along anyway."""
	return hmac.new(get_encryption_key().encode(), b"nurture_app public links", hashlib.sha256).digest()


def site_url() -> str:
	"""The site's own address without a slash at the end.

	As `frappe.utils.get_url`, but never from the request: its Host header is the visitor's word.
	"""
	conf = frappe.conf
	url = conf.host_name or conf.hostname
	if not url:
		url = f"{'https' if conf.ssl_certificate else 'http'}://{frappe.local.site}"
		port = conf.http_port or conf.webserver_port
		if port and not (conf.restart_supervisor_on_update or conf.restart_systemd_on_update):
			url = f"{url}:{port}"
	if not url.startswith(("http://", "https://")):
		url = f"http://{url}"
	return url.rstrip("/")


def _checked(address: str) -> str:
	if len(address) > LONGEST:
		raise NurtureError("links_too_long", address=address, length=len(address), limit=LONGEST)
	return address
