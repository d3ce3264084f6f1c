"""Gated content: released to one person for some days by a link that nobody can guess (CT-08)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from nurture_app.engine.codes import NurtureError
from nurture_app.site.public.links import make_link

PURPOSE = "asset"
DOCTYPE = "Nurture Asset"
PRIVATE = "/private/files/"


@dataclass(frozen=True, slots=True)
class StoredFile:
	"""A file on the disk of this site."""

	path: str
	name: str
	"""As it was uploaded."""


def release(asset: str, address: str, lead: str) -> str:
	"""A link to the asset for this person; by mail too where its owner wants that. Raises `asset_not_available`."""
	doc = frappe.get_cached_doc(DOCTYPE, asset) if frappe.db.exists(DOCTYPE, asset) else None
	if doc is None or not may_be_given(doc):
		raise NurtureError("asset_not_available", asset=asset)
	url = personal_link(doc, address, lead)
	if doc.send_by_mail:
		_send(doc, address, lead, url)
	return url


def may_be_given(doc: Any) -> bool:
	"""Whether there is something to give away, and it may be given away today."""
	return bool(doc.enabled and (doc.file or doc.url) and not _is_over(doc))


def personal_link(doc: Any, address: str, lead: str) -> str:
	"""The address of an asset for one person, good for as many days as the asset says."""
	return make_link(
		PURPOSE, address=address, party=lead, days=max(1, doc.link_days or 7), detail={"asset": doc.name}
	)


def _is_over(doc: Any) -> bool:
	"""An offer outside of its days is not given away (CM-19)."""
	today = getdate()
	return bool(doc.is_offer and not getdate(doc.valid_from) <= today <= getdate(doc.valid_until))


def stored_file(file_url: str | None) -> StoredFile | None:
	"""The file behind the address of a private file; None when it is none, is gone, or lies elsewhere."""
	if not (file_url or "").startswith(PRIVATE):
		return None
	row = frappe.db.get_value("File", {"file_url": file_url, "is_private": 1}, ["file_name", "file_url"])
	if not row:
		return None
	folder = os.path.realpath(frappe.get_site_path("private", "files"))
	path = os.path.realpath(os.path.join(folder, row[1][len(PRIVATE) :]))
	if os.path.dirname(path) != folder or not os.path.isfile(path):
		return None
	return StoredFile(path, os.path.basename(row[0] or path))


def _send(doc: Any, address: str, lead: str, url: str) -> None:
	"""Not marketing: it is what the person has just asked for."""
	frappe.sendmail(
		recipients=[address],
		subject=" ".join(_("Your download: {0}").format(doc.title).split()),
		message="<p>{}</p><p><a href='{}'>{}</a></p><p>{}</p>".format(
			escape_html(_("Here is what you asked for:")),
			escape_html(url),
			escape_html(doc.title),
			escape_html(_("The link works for {0} days.").format(max(1, doc.link_days or 7))),
		),
		reference_doctype="Lead",
		reference_name=lead,
		add_unsubscribe_link=0,
	)
