"""Web Forms that ship: contact, quote, download, newsletter, demo, survey. Unpublished; each is made once and then yours.

They are on Nurture Form Submission and not on Lead, because a Web Form on Lead can only insert, and fails for an address
that is known already.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import frappe

from nurture_app.engine.visits.came_by import UTM_PARTS
from nurture_app.site.transactions import savepoint

MODULE = "Nurture App"
DOCTYPE = "Nurture Form Submission"
INSTALLED = "nurture_app_web_forms"
SCRIPT = Path(__file__).with_name("web_form.js")
HIDDEN = ("page_url", "visitor", "seconds", *(f"utm_{key}" for key in UTM_PARTS))
PRIVACY = '<a href="/n/privacy" target="_blank" rel="noopener">Privacy notice</a>'
WORDING = "Yes, please send me e-mails about news and offers. I can unsubscribe at any time."


@dataclass(frozen=True, slots=True)
class Shipped:
	"""One Web Form. Fields are (name, label, required)."""

	name: str
	title: str
	route: str
	gets: str
	"""What the person gets for their data (CP-16)."""
	fields: tuple[tuple[str, str, bool], ...]
	thanks: str
	button: str = "Send"
	wording: str = WORDING


NAME = (("address", "E-mail", True), ("first_name", "First name", False), ("last_name", "Last name", False))
FIRM = (("company_name", "Company", False),)

SHIPPED = (
	Shipped(
		"nurture-contact",
		"Contact us",
		"contact-request",
		"Ask us anything: a person reads your message and answers within one working day.",
		(*NAME, *FIRM, ("phone", "Phone", False), ("message", "Your message", True)),
		"Thank you. We answer within one working day.",
	),
	Shipped(
		"nurture-quote",
		"Request a quote",
		"quote-request",
		"Tell us what you need and get a price that holds for 30 days.",
		(
			*NAME,
			*FIRM,
			("phone", "Phone", False),
			("no_of_employees", "Size of your company", False),
			("timeframe", "When do you need it?", False),
			("message", "What do you need?", True),
		),
		"Thank you. Your quote is on its way within two working days.",
	),
	Shipped(
		"nurture-download",
		"Get the guide",
		"guide-download",
		"Leave your address and download the guide at once. You are not subscribed to anything by that.",
		(*NAME, *FIRM),
		"Thank you. Here is your download.",
		"Download",
	),
	Shipped(
		"nurture-newsletter",
		"Newsletter",
		"newsletter-signup",
		"News and practical advice by e-mail, at most once a week. One click and it stops.",
		(
			("address", "E-mail", True),
			("first_name", "First name", False),
			("interest", "What interests you?", False),
		),
		"Thank you. If we ask you to confirm your address by e-mail, please do.",
		"Subscribe",
		"Yes, please send me the newsletter. I can unsubscribe at any time.",
	),
	Shipped(
		"nurture-demo",
		"Book a demo",
		"demo-request",
		"See the product with your own questions: 30 minutes with somebody who knows it, at no charge.",
		(
			*NAME,
			("company_name", "Company", True),
			("job_title", "Your role", False),
			("phone", "Phone", False),
			("no_of_employees", "Size of your company", False),
			("message", "What would you like to see?", False),
		),
		"Thank you. We call or write today to find a time.",
		"Ask for a demo",
	),
	Shipped(
		"nurture-survey",
		"Two questions",
		"short-survey",
		"Two questions, one minute: your answers decide what we improve next.",
		(
			("address", "E-mail", True),
			("rating", "How content are you, from 1 to 5?", True),
			("timeframe", "When do you plan your next step?", False),
			("message", "What should be better?", False),
		),
		"Thank you. We read every answer.",
	),
)


def install_web_forms() -> None:
	"""Make what this site never had. What was deleted does not come back, what was edited stays."""
	known = set(json.loads(frappe.db.get_global(INSTALLED) or "[]"))
	for shipped in SHIPPED:
		if shipped.name in known:
			continue
		try:
			with savepoint():
				if not frappe.db.exists("Web Form", shipped.name):
					_make(shipped)
				known.add(shipped.name)
		except frappe.QueryDeadlockError:
			raise
		except Exception:
			frappe.clear_messages()
			frappe.log_error(title=f"nurture_app: web form {shipped.name} was not installed")
	frappe.db.set_global(INSTALLED, json.dumps(sorted(known)))


def forget_web_forms() -> None:
	"""The forms themselves go with the module."""
	frappe.defaults.clear_default(key=INSTALLED, parent="__global")


def _make(shipped: Shipped) -> None:
	doc = frappe.new_doc("Web Form")
	doc.update(
		{
			"title": shipped.title,
			"route": shipped.route,
			"doc_type": DOCTYPE,
			"module": MODULE,
			"is_standard": 0,
			"published": 0,
			"login_required": 0,
			"anonymous": 1,
			"allow_multiple": 1,
			"introduction_text": f"<p>{shipped.gets}</p><p>{PRIVACY}</p>",
			"button_label": shipped.button,
			"success_title": "Thank you",
			"success_message": shipped.thanks,
			"client_script": SCRIPT.read_text(encoding="utf-8"),
		}
	)
	for row in _rows(shipped):
		doc.append("web_form_fields", row)
	doc.insert(ignore_permissions=True, set_name=shipped.name)


def _rows(shipped: Shipped) -> list[dict[str, Any]]:
	meta = frappe.get_meta(DOCTYPE)
	rows = [_row(meta, name, label, reqd=int(required)) for name, label, required in shipped.fields]
	rows.append(_row(meta, "consent", shipped.wording, default="0"))
	rows += [_row(meta, name, meta.get_label(name), hidden=1) for name in (*HIDDEN, "nickname")]
	return rows


def _row(meta: Any, name: str, label: str, **more: Any) -> dict[str, Any]:
	df = meta.get_field(name)
	return {"fieldname": name, "fieldtype": df.fieldtype, "label": label, "options": df.options, **more}
