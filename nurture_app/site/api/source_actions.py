"""What the forms of event sources and refused events do."""

import json
from typing import Any

import frappe
from frappe import _

from nurture_app.engine.codes import NurtureError
from nurture_app.site.api.access import MANAGERS, require_role
from nurture_app.site.host import site_host
from nurture_app.site.links import PUBLIC_PATH, site_url
from nurture_app.site.sentences import error_sentence
from nurture_app.site.transactions import savepoint
from nurture_app.site.website import payloads
from nurture_app.site.website.script import snippet

SOURCE = "Nurture Event Source"
REFUSED = "Nurture Refused Event"
MOST_AT_ONCE = 100
EXAMPLE = """curl -X POST {url} \\
  -H 'X-Nurture-Key: {key}' -H 'Content-Type: application/json' \\
  -d '[{{"id": "order-1001", "type": "Product Usage", "occurred_on": "2026-01-31T09:30:00+01:00",
        "person": {{"email": "ada@example.com"}}, "detail": "Export used", "properties": {{"plan": "Team"}}}}]'"""


@frappe.whitelist()
def get_usage(source: str) -> dict[str, Any]:
	"""What to paste where, for the form."""
	doc = _source(source, "read")
	if doc.kind == "Browser":
		return {"text": snippet(doc.public_key), "about": _("Paste this into the head of every page.")}
	if doc.kind == "Webhook":
		url = f"{site_url()}/{PUBLIC_PATH}/inbound/{doc.public_key}"
		return {
			"text": url,
			"about": _("Let the other system post to this address. Whoever knows it can send."),
		}
	key = f"…{doc.key_ending}" if doc.key_ending else _("<make a key first>")
	return {
		"text": EXAMPLE.format(url=f"{site_url()}/{PUBLIC_PATH}/events", key=key),
		"about": _("Up to 1,000 events at once. A key is shown once, when it is made."),
	}


@frappe.whitelist(methods=["POST"])
def new_key(source: str) -> dict[str, str]:
	"""Make a new key; the old one stops working at once."""
	return {"key": _source(source, "write").set_new_key()}


@frappe.whitelist(methods=["POST"])
def try_mapping(source: str, payload: str) -> list[dict[str, Any]]:
	"""What the saved mapping would make of a payload. Nothing is recorded."""
	doc = _source(source, "read")
	host = site_host(commit=False)
	try:
		items = payloads.items_of(doc, json.loads(payload))
	except NurtureError as error:
		return [{"error": error_sentence(error)}]
	except (ValueError, RecursionError):
		frappe.throw(_("This is no JSON."))
	return [_tried(host, doc, item) for item in items[:10]]


@frappe.whitelist(methods=["POST"])
def try_again(names: str | list[str]) -> dict[str, int]:
	"""Take refused payloads once more, with the mapping as it is now."""
	require_role(MANAGERS)
	wanted = json.loads(names) if isinstance(names, str) else names
	if not isinstance(wanted, list) or len(wanted) > MOST_AT_ONCE:
		frappe.throw(_("At most {0} at once.").format(MOST_AT_ONCE))
	accepted = [name for name in wanted if _try_again(str(name))]
	if accepted:
		from nurture_app.site.nurture_jobs import enqueue_incoming

		enqueue_incoming()
	return {"accepted": len(accepted), "refused": len(wanted) - len(accepted)}


def _try_again(name: str) -> bool:
	from nurture_app.site.website import ingest

	row = frappe.get_doc(REFUSED, name)
	if row.status != "Refused" or row.is_cut or not row.payload or not frappe.db.exists(SOURCE, row.source):
		return False
	source, host, item = frappe.get_doc(SOURCE, row.source), site_host(commit=False), json.loads(row.payload)
	try:
		with savepoint():
			if source.kind == "Webhook":
				payloads.take(host, source, item)
			else:
				(result,) = ingest.ingest(host, source.name, [item])
				if result.error:
					raise result.error
	except NurtureError as error:
		row.db_set({"reason": error_sentence(error)[:1000], "code": error.code})
		return False
	row.db_set("status", "Accepted Later")
	return True


def _tried(host: Any, doc: Any, item: Any) -> dict[str, Any]:
	try:
		mapped = payloads.map_item(doc, item)
		if mapped.kind.action != "Ignore":
			payloads.event_from(host, mapped, "trial")
	except NurtureError as error:
		return {"error": error_sentence(error)}
	return {
		"action": mapped.kind.action,
		"activity_type": mapped.kind.activity_type,
		"values": {**mapped.values, **mapped.fields},
		"properties": dict(mapped.properties),
	}


def _source(name: str, ptype: str) -> Any:
	doc = frappe.get_doc(SOURCE, name)
	doc.check_permission(ptype)
	return doc
