"""Public addresses in mails. Short, because Frappe destroys long words in mail headers when it sends."""

from __future__ import annotations

import secrets

import frappe

from nurture_app.engine.codes import NurtureError

LONGEST = 75
"""Characters between angle brackets that survive Frappe's re-serialisation of a header."""

UNSUBSCRIBE_PATH = "u"
TOKEN_LENGTH = 22


class SiteLinks:
	"""`engine.ports.Links` for this site. Raises `links_too_long` naming the host name that is too long."""

	def new_token(self) -> str:
		return secrets.token_urlsafe(16)

	def unsubscribe(self, token: str) -> str:
		return _checked(f"{site_url()}/{UNSUBSCRIBE_PATH}/{token}")

	def message_id(self, token: str) -> str:
		# Frappe recognises a reply to a mail of its own by the site's name in the id.
		return _checked(f"{token}@{frappe.local.site}")


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
