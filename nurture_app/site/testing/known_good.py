"""For each public route a request that must work, so that a fuzz test cannot pass because everything is refused.

Whoever adds a route adds its line in `KNOWN_GOOD`: a function that makes what the request needs (committed) and returns
the requests with a look at what they did.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.addresses import address_hash
from nurture_app.site.host import site_host
from nurture_app.site.public import human
from nurture_app.site.public.links import make_link
from nurture_app.site.testing.factories import make_lead, make_touch, settle_settings
from nurture_app.site.testing.raw_requests import RawRequest
from nurture_app.site.testing.senders import BROWSER, SHOP, event, make_source

STORED_HOST = "www.example.com"
"""Where the stored links lead."""
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Good:
	"""A request, and whether it did what it is for; asked in a fresh transaction after the answer."""

	request: RawRequest
	has_acted: Callable[[], bool]
	status: int = 200


def new_touch(**values: object) -> dict[str, str]:
	"""A sent message of a new lead with both its tokens."""
	lead = make_lead(f"good{frappe.generate_hash(length=10)}", nurture_email_consent="Given")
	tracking = site_host(commit=False).links.new_token()
	token = make_touch(lead, tracking_token=tracking, **values)
	return {
		"name": frappe.db.get_value("Nurture Touch", {"token": token}),
		"token": token,
		"tracking_token": tracking,
		"lead": lead.name,
		"address": lead.email_id,
	}


def _unsubscribe() -> Good:
	touch = new_touch()
	return Good(
		RawRequest(
			"POST", f"/u/{touch['token']}".encode(), body=b"List-Unsubscribe=One-Click", content_type=FORM
		),
		lambda: bool(frappe.db.exists("Nurture Suppression", {"address": touch["address"]})),
	)


def _form() -> Good:
	from nurture_app.site.public.test_forms import KEY, make_form

	if not frappe.db.exists("Nurture Form", {"form_key": KEY, "enabled": 1}):
		make_form()
		frappe.db.commit()  # nosemgrep: the request has its own connection
	address = f"good{frappe.generate_hash(length=10)}@site.example"
	body = f"email_id={address}&first_name=Ada".encode()
	return Good(
		RawRequest("POST", f"/n/form/{KEY}".encode(), body=body, content_type=FORM),
		lambda: bool(frappe.db.exists("Lead", {"email_id": address})),
	)


def _asset() -> Good:
	from nurture_app.site.capture.assets import release
	from nurture_app.site.public.test_forms import CONTENT, make_asset

	url = release(make_asset("Fuzzed Guide"), "good@site.example", "")
	frappe.db.commit()  # nosemgrep: the request has its own connection
	return Good(RawRequest("GET", f"/n/asset/{url.rsplit('/', 1)[1]}".encode()), lambda: bool(CONTENT))


def _asset_in_mail() -> Good:
	from nurture_app.site.public.test_forms import make_asset

	asset = frappe.get_doc("Nurture Asset", make_asset("Mailed Guide"))
	url = site_host(commit=False).links.asset(new_touch()["token"], asset.short_name)
	return Good(RawRequest("GET", urlsplit(url).path.encode()), lambda: True)


def _opening() -> Good:
	from nurture_app.site import mail_hits

	touch = new_touch()
	waiting = frappe.cache.llen(mail_hits.HITS.key)
	url = site_host(commit=False).links.opening(touch["tracking_token"])
	return Good(
		RawRequest("GET", urlsplit(url).path.encode()),
		lambda: frappe.cache.llen(mail_hits.HITS.key) > waiting,
	)


def _click() -> Good:
	touch = new_touch()
	link = frappe.generate_hash(length=12)
	url = f"https://{STORED_HOST}/guide"
	row = frappe.get_doc({"doctype": "Nurture Link", "url": url})
	row.insert(ignore_permissions=True, set_name=link)
	frappe.db.commit()  # nosemgrep: the request has its own connection
	path = urlsplit(site_host(commit=False).links.click(touch["tracking_token"], link)).path
	return Good(RawRequest("GET", path.encode()), lambda: True, 302)


def _script() -> Good:
	source = make_source("Fuzzed Browser", "Browser")
	return Good(RawRequest("GET", f"/n/script/{source.public_key}.js".encode()), lambda: True)


def _hit() -> Good:
	from nurture_app.site.website import inbox

	settle_settings(track_website=1)
	source = make_source("Fuzzed Browser", "Browser")
	waiting = frappe.cache.llen(inbox.HITS.key)
	seen = {"t": "view", "i": f"view-{frappe.generate_hash(length=14)}", "p": "/pricing", "n": "Prices"}
	body = json.dumps({"v": "a1b2c3d4e5f6a7b8c9d0", "c": 1, "e": [seen]}).encode()
	headers = (("Origin", SHOP), ("User-Agent", BROWSER))
	return Good(
		RawRequest("POST", f"/n/hit/{source.public_key}".encode(), "", body, "text/plain", headers),
		lambda: frappe.cache.llen(inbox.HITS.key) > waiting,
		204,
	)


def _block() -> Good:
	source = make_source("Fuzzed Website", "Browser")
	if not frappe.db.exists("Nurture Content Block", "Fuzzed Block"):
		row = {"doctype": "Nurture Content Block", "title": "Fuzzed Block", "on_websites": 1}
		frappe.get_doc({**row, "default_text": "<p>For all.</p>"}).insert(ignore_permissions=True)
	frappe.db.commit()  # nosemgrep: the request has its own connection
	body = json.dumps({"v": "a1b2c3d4e5f6a7b8c9d0", "b": ["fuzzed_block"]}).encode()
	headers = (("Origin", SHOP), ("User-Agent", BROWSER))
	return Good(
		RawRequest("POST", f"/n/block/{source.public_key}".encode(), "", body, "text/plain", headers),
		lambda: True,
	)


def _events() -> Good:
	source = make_source("Fuzzed Server", "Server")
	address = make_lead(f"good{frappe.generate_hash(length=10)}").email_id
	frappe.db.commit()  # nosemgrep: the request has its own connection
	one = event(1, address, id=frappe.generate_hash(length=12))
	headers = (("X-Nurture-Key", source.flags.key),)
	return Good(
		RawRequest("POST", b"/n/events", "", json.dumps([one]).encode(), "application/json", headers),
		lambda: bool(frappe.db.count("Nurture Incoming Event", {"source": source.name})),
	)


def _inbound() -> Good:
	from nurture_app.site.public.test_inbound_hook import WEBINAR, payload

	source = make_source("Fuzzed Hook", "Webhook", **WEBINAR)
	lead = make_lead(f"good{frappe.generate_hash(length=10)}")
	frappe.db.commit()  # nosemgrep: the request has its own connection
	body = json.dumps(payload("attended", lead.email_id, id=frappe.generate_hash(length=12))).encode()
	path = f"/n/inbound/{source.public_key}".encode()
	return Good(
		RawRequest("POST", path, "", body, "application/json"),
		lambda: bool(frappe.db.count("Nurture Incoming Event", {"source": source.name})),
	)


def _hook() -> Good:
	frappe.delete_doc("Nurture Mail Provider", "Fuzzed Provider", force=True, ignore_missing=True)
	provider = frappe.get_doc(
		{"doctype": "Nurture Mail Provider", "title": "Fuzzed Provider", "provider": "Postmark", "enabled": 1}
	).insert(ignore_permissions=True)
	touch = new_touch()
	bounce = {
		"RecordType": "Bounce",
		"ID": frappe.generate_hash(length=12),
		"Type": "HardBounce",
		"Email": touch["address"],
		"BouncedAt": now_datetime().isoformat(),
		"Description": "550 5.1.1 no such user",
	}
	path = f"/n/hook/postmark/{provider.key}".encode()
	return Good(
		RawRequest("POST", path, "", json.dumps(bounce).encode(), "application/json"),
		lambda: bool(frappe.db.exists("Nurture Bounce", {"address": touch["address"]})),
	)


def read_by_a_person(about: str) -> dict[str, str]:
	"""The hidden fields of a page of `about` (see `human`) that was opened five seconds ago."""
	return {human.SHOWN: human._stamp(about, int(time.time()) - 5), human.TRAP: ""}


def _pressed(purpose: str, url: str, has_acted: Callable[[], bool]) -> Good:
	"""The button of a page that was opened five seconds ago."""
	path = urlsplit(url).path
	body = urlencode({**read_by_a_person(f"{purpose}/{path.rsplit('/', 1)[1]}"), "answer": "yes"}).encode()
	frappe.db.commit()  # nosemgrep: the request has its own connection
	return Good(RawRequest("POST", path.encode(), body=body, content_type=FORM), has_acted)


def _confirm() -> Good:
	lead = make_lead(f"good{frappe.generate_hash(length=10)}")
	url = make_link("confirm", address=lead.email_id, party=lead.name, detail={"wording": "Yes."})
	given = {"party": lead.name, "channel": "Email", "status": "Given"}
	return _pressed("confirm", url, lambda: bool(frappe.db.exists("Nurture Consent", given)))


def _download() -> Good:
	lead = make_lead(f"good{frappe.generate_hash(length=10)}")
	url = make_link("download", address=lead.email_id, party=lead.name)
	noted = {"lead": lead.name, "action": "Personal Data Exported"}
	return _pressed("download", url, lambda: bool(frappe.db.exists("Nurture Audit Entry", noted)))


def _erase() -> Good:
	lead = make_lead(f"good{frappe.generate_hash(length=10)}")
	url = make_link("erase", address=lead.email_id, party=lead.name)
	return _pressed(
		"erase",
		url,
		lambda: (
			not frappe.db.exists("Lead", lead.name)
			and not frappe.db.exists("Nurture Suppression", {"address": lead.email_id})
			and bool(frappe.db.exists("Nurture Suppression", {"address_hash": address_hash(lead.email_id)}))
		),
	)


def _preferences() -> Good:
	touch = new_touch()
	path = urlsplit(site_host(commit=False).links.preferences(touch["token"])).path
	return Good(
		RawRequest("POST", path.encode(), body=b"action=unsubscribe", content_type=FORM),
		lambda: bool(frappe.db.exists("Nurture Suppression", {"address": touch["address"]})),
	)


def _answer() -> Good:
	touch = new_touch()
	path = urlsplit(site_host(commit=False).links.answer(touch["token"], "yes")).path
	body = urlencode(read_by_a_person(path.removeprefix("/n/").rpartition("/")[0])).encode()
	return Good(
		RawRequest("POST", path.encode(), body=body, content_type=FORM),
		lambda: bool(frappe.db.exists("Nurture Activity", {"touch": touch["name"]})),
	)


def _playbook() -> str:
	from nurture_app.site.public.test_widget import KEY, make_playbook

	make_playbook()
	frappe.db.commit()  # nosemgrep: the request has its own connection
	return KEY


def _widget() -> Good:
	return Good(RawRequest("GET", f"/n/widget/{_playbook()}.js".encode()), lambda: True)


def _chat() -> Good:
	from nurture_app.site.public import test_widget

	address = f"good{frappe.generate_hash(length=10)}@site.example"
	answers = [["Menu", "Prices"], ["Address", address], ["Name", "Ada"], ["Box", "no"]]
	path = f"/n/chat/{_playbook()}".encode()
	body = json.dumps({"answers": answers}).encode()
	return Good(
		RawRequest("POST", path, "", body, "text/plain", (("Origin", test_widget.SHOP),)),
		lambda: bool(frappe.db.exists("Lead", {"email_id": address})),
	)


def _privacy() -> Good:
	settle_settings(privacy_url=f"https://{STORED_HOST}/privacy")
	frappe.db.commit()  # nosemgrep: the request has its own connection
	return Good(RawRequest("GET", b"/n/privacy"), lambda: True, 302)


def _phone_settings() -> None:
	settle_settings(whatsapp_app_secret="the app's secret")
	frappe.db.commit()  # nosemgrep: the request has its own connection


def new_number() -> str:
	"""A mobile number that nobody else has in a test."""
	return f"+4915112{frappe.generate_hash(length=12).__hash__() % 1_000_000:06}"


def _messaged(channel: str) -> str:
	"""A number that has had a message by `channel`."""
	number = new_number()
	new_touch(address=number, channel=channel)
	return number


def _sms() -> Good:
	_phone_settings()
	number = _messaged("SMS")
	key = frappe.db.get_single_value("Nurture Settings", "sms_key")
	body = urlencode({"from": number, "text": "STOP"}).encode()
	return Good(
		RawRequest("POST", f"/n/sms/{key}".encode(), body=body, content_type=FORM),
		lambda: bool(frappe.db.exists("Nurture Suppression", {"address": number, "channel": "SMS"})),
	)


def whatsapp_request(value: dict, secret: str = "the app's secret", field: str = "messages") -> RawRequest:
	"""What Meta posts, signed."""
	envelope = {
		"object": "whatsapp_business_account",
		"entry": [{"id": "1", "changes": [{"field": field, "value": value}]}],
	}
	body = json.dumps(envelope).encode()
	signed = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
	return RawRequest(
		"POST", b"/n/whatsapp", "", body, "application/json", (("X-Hub-Signature-256", signed),)
	)


def _whatsapp() -> Good:
	_phone_settings()
	number = _messaged("WhatsApp")
	message = {"from": number.lstrip("+"), "id": "wamid.1", "type": "text", "text": {"body": "Stop"}}
	return Good(
		whatsapp_request({"messaging_product": "whatsapp", "messages": [message]}),
		lambda: bool(frappe.db.exists("Nurture Suppression", {"address": number, "channel": "WhatsApp"})),
	)


KNOWN_GOOD: dict[str, Callable[[], Good]] = {
	"u": _unsubscribe,
	"n/form": _form,
	"n/asset": _asset,
	"n/a": _asset_in_mail,
	"n/o": _opening,
	"n/c": _click,
	"n/hook": _hook,
	"n/script": _script,
	"n/hit": _hit,
	"n/block": _block,
	"n/events": _events,
	"n/inbound": _inbound,
	"n/sms": _sms,
	"n/whatsapp": _whatsapp,
	"n/confirm": _confirm,
	"n/preferences": _preferences,
	"n/answer": _answer,
	"n/download": _download,
	"n/erase": _erase,
	"n/widget": _widget,
	"n/chat": _chat,
	"n/privacy": _privacy,
}
