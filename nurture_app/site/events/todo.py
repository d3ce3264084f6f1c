"""A task that a sequence gave: done, dropped or taken up again, and what the person answered (CH-02, PZ-06).

And a lead that was handed over, when the colleague gives it back.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_fullname, now_datetime

from nurture_app.site.events.safely import safely

FORMAT = "Personal Video"
CLOSED_IN_THE_SIDEBAR = "frappe.desk.form.assign_to.close"
REMOVED_IN_THE_SIDEBAR = "frappe.desk.form.assign_to.remove"
BY_HAND = (CLOSED_IN_THE_SIDEBAR, REMOVED_IN_THE_SIDEBAR, f"{REMOVED_IN_THE_SIDEBAR}_multiple")


def validate(doc: Any, method: str | None = None) -> None:
	"""Only refuses tasks of ours, and only to somebody who calls them done while what they need is missing.

	An Assignment Rule closes what is assigned when its document is saved, and must not keep that from being saved: such
	a task counts as dropped.
	"""
	if not doc.get("nurture_touch"):
		return
	if doc.status != "Closed":
		doc.nurture_done_on = None
	elif not doc.nurture_done_on and _is_by_hand(doc):
		_check(doc)
		doc.nurture_done_on = now_datetime()


@safely
def on_update(doc: Any) -> None:
	before = doc.get_doc_before_save()
	if before is None:
		return
	if not doc.get("nurture_touch"):
		_handover_changed(doc, before.status)
		return
	if doc.status != before.status:
		_status_changed(doc)
	if cint(doc.nurture_answered) and not cint(before.nurture_answered):
		_answered(doc)


@safely
def on_trash(doc: Any) -> None:
	"""Whoever deletes an assignment of theirs has not done what it asks."""
	if doc.status == "Open" and not doc.get("nurture_touch"):
		_given_back(doc)


def _handover_changed(doc: Any, before: str) -> None:
	if doc.reference_type != "Lead":
		return
	if (before, doc.status) == ("Open", "Cancelled"):
		_given_back(doc)
	elif (before, doc.status) == ("Open", "Closed"):
		_done(doc)
	elif (before, doc.status) == ("Cancelled", "Open"):
		from nurture_app.engine.handovers import note_taken_again
		from nurture_app.site.host import site_host

		note_taken_again(site_host(commit=False), doc.reference_name, doc.name)


def _given_back(doc: Any) -> None:
	"""By the colleague who had it: what a rule or a manager takes away was not refused."""
	from nurture_app.engine.handovers import note_given_back
	from nurture_app.site.host import site_host

	if doc.reference_type == "Lead" and _is_own(doc):
		reason = doc.flags.nurture_reason or ""
		host = site_host(commit=False)
		for sequence in note_given_back(host, doc.reference_name, doc.name, reason, doc.allocated_to):
			_tell_responsible(doc, sequence, reason)


def _done(doc: Any) -> None:
	"""Whoever is through with a lead has taken it, said or not."""
	from nurture_app.engine.handovers import note_accepted
	from nurture_app.site.host import site_host

	if _is_own(doc):
		note_accepted(site_host(commit=False), doc.reference_name, doc.name, doc.allocated_to)


def _tell_responsible(doc: Any, sequence: str, reason: str) -> None:
	"""Nobody else would hear of a lead that sales does not want (SM-14)."""
	from nurture_app.site.channels.colleagues import about_lead, notify, responsible_for

	responsible = responsible_for(sequence)
	if responsible and responsible != doc.allocated_to:
		text = _(
			"{0} gave back the lead that the sequence {1} had handed over. Assign it to somebody else, or nurture it on."
		)
		text = text.format(get_fullname(doc.allocated_to), sequence)
		if reason:
			text = "\n".join((text, _("Reason: {0}").format(_(reason))))
		notify(responsible, about_lead(doc.reference_name, text), "Lead", doc.reference_name)


def _is_own(doc: Any) -> bool:
	return doc.allocated_to == frappe.session.user and _is_by_hand(doc)


def _is_by_hand(doc: Any) -> bool:
	"""Frappe closes assignments without regard to permissions, those of the sidebar too."""
	return not doc.flags.ignore_permissions or frappe.form_dict.get("cmd") in BY_HAND


def _check(doc: Any) -> None:
	from nurture_app.engine import hand_work
	from nurture_app.engine.codes import NurtureError
	from nurture_app.site.sentences import errors_as_messages

	values = {name: doc.get(f"nurture_{name}") for name in (*hand_work.LABELS, "video_seconds")}
	needs = [need for need in (doc.nurture_needs or "").split(",") if need]
	with errors_as_messages(_("Not Done Yet")):
		try:
			hand_work.check_done(needs, values, _longest_video())
		except NurtureError as error:
			if "missing" in error.params:
				error.params["missing"] = ", ".join(_(label) for label in error.params["missing"])
			raise


def _longest_video() -> int:
	from nurture_app.engine.hand_work import LONGEST_VIDEO

	return cint(frappe.db.get_value("Nurture Content Format", FORMAT, "longest_seconds")) or LONGEST_VIDEO


def _status_changed(doc: Any) -> None:
	from nurture_app.engine import hand_work
	from nurture_app.site.host import site_host

	host = site_host(commit=False)
	if doc.status == "Closed" and doc.nurture_done_on:
		outcome = doc.nurture_outcome or ""
		hand_work.note_done(host, doc.nurture_touch, doc.name, doc.nurture_kind or "", outcome)
	else:
		is_cancelled = doc.status in ("Cancelled", "Closed")
		hand_work.note_undone(host, doc.nurture_touch, doc.name, is_cancelled=is_cancelled)


def _answered(doc: Any) -> None:
	from nurture_app.engine import hand_work
	from nurture_app.site.host import site_host

	text = (doc.nurture_answer or "").strip()
	kind = doc.nurture_kind or ""
	if not hand_work.note_answer(site_host(commit=False), doc.nurture_touch, doc.name, kind, text):
		return
	if text and doc.reference_type == "Lead":
		lead = frappe.get_doc("Lead", doc.reference_name)
		lead.add_comment("Comment", frappe.utils.escape_html(f"{_(kind)}: {text}").replace("\n", "<br>"))
