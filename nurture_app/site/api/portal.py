"""What a person who is logged in on the website is told, and what they do with it (CH-09)."""

import frappe

from nurture_app.engine.portal import close, open_messages
from nurture_app.site.host import site_host
from nurture_app.site.transactions import retrying


@frappe.whitelist(methods=["GET"])
def messages() -> list[dict[str, str]]:
	"""The messages for whoever asks, and nobody else's: `{name, text, url, label}`, plain texts."""
	found = open_messages(site_host(commit=False), frappe.session.user)
	return [{"name": one.name, "text": one.text, "url": one.url, "label": one.label} for one in found]


@frappe.whitelist(methods=["POST"])
def dismiss(name: str) -> bool:
	"""It is not shown again. Says whether it was theirs and open."""
	return _close(name, followed=False)


@frappe.whitelist(methods=["POST"])
def follow(name: str) -> bool:
	"""Its link was followed."""
	return _close(name, followed=True)


def _close(name: str, followed: bool) -> bool:
	user = frappe.session.user
	return retrying(lambda: close(site_host(commit=False), user, name, followed=followed))
