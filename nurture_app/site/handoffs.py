"""Leads that colleagues were handed: they take them, or give them back and say why; a word when they say nothing (SM-04, SM-14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, format_date, get_fullname

from nurture_app.engine.capture.forms import lines
from nurture_app.engine.config import HANDOFF_REASONS, load_settings
from nurture_app.engine.handovers import LastHandover, last_handover, note_accepted
from nurture_app.engine.ports import Host
from nurture_app.engine.unanswered import Unanswered, note_unanswered, unanswered
from nurture_app.site.channels.colleagues import about_lead, enabled_users, notify, responsible_for
from nurture_app.site.host import site_host

OPEN = "Open"
AT_ONCE = 200


def standing(host: Host, lead: str) -> dict[str, Any]:
	"""The handover the lead stands at, for its panel; empty where nobody has it by one.

	`is_mine` is the user's own, of several that came first, who may then say something to it, choosing among `reasons`.
	They are `asked` to until they have taken the lead.
	"""
	takers = _takers(lead)
	last = _users_own(host, lead, takers) or _standing_at(host, lead, takers)
	if not last:
		return {}
	taker = takers[last.task]
	is_mine = taker == frappe.session.user
	return {
		"sequence": last.sequence,
		"who": get_fullname(taker),
		"handed_on": last.handed_on,
		"accepted_on": last.accepted_on,
		"is_mine": is_mine,
		"asked": _asked(last.sequence, last.handed_on) if is_mine and not last.accepted_on else "",
		"reasons": choices(host) if is_mine else [],
		"is_owner": is_mine and frappe.db.get_value("Lead", lead, "lead_owner") == taker,
	}


def reasons(host: Host) -> tuple[str, ...]:
	"""Those of the settings; nobody can give a lead back for none."""
	return lines(load_settings(host.db).handoff_reasons) or HANDOFF_REASONS


def choices(host: Host) -> list[dict[str, str]]:
	"""`reasons`, with what the user reads for each."""
	return [{"value": one, "label": _(one)} for one in reasons(host)]


def accept(lead: str) -> None:
	"""The user takes the lead. Harmless when said twice."""
	host = site_host(commit=False)
	note_accepted(host, lead, _own(host, lead).task, frappe.session.user)


def give_back(lead: str, reason: str, note: str = "") -> None:
	"""The user does not want the lead, for one of `reasons`; the `note` goes to its timeline, with the reason."""
	host = site_host(commit=False)
	if reason not in reasons(host):
		frappe.throw(_("Choose one of the reasons to give a lead back."))
	last = _own(host, lead)
	text = _("Gave the lead back: {0}").format(_(reason))
	text = "\n".join(filter(None, [text, note.strip()]))
	frappe.get_doc("Lead", lead).add_comment("Comment", escape_html(text).replace("\n", "<br>"))
	todo = frappe.get_doc("ToDo", last.task)
	todo.status = "Cancelled"
	todo.flags.nurture_reason = reason
	todo.save()
	# a handler of ours that fails keeps nobody from saving a ToDo
	noted = last_handover(host, lead, [last.task])
	if not noted or not noted.given_back:
		frappe.throw(
			_(
				"It could not be noted that you give the lead back. Nothing was changed; tell an administrator."
			)
		)


def own_no_more(lead: str) -> None:
	"""The user is the lead's owner no more, if they were; a handover made them so whatever they may write."""
	doc = frappe.get_doc("Lead", lead)
	if doc.lead_owner == frappe.session.user:
		doc.lead_owner = None
		doc.save(ignore_permissions=True)


def ask_again(host: Host) -> None:
	"""Of handovers that nobody has answered in time: a word to the colleague, and to whoever looks after the sequence.

	At most `AT_ONCE`; the next tick tells of the others.
	"""
	found = unanswered(host)
	if not found:
		return
	tasks = {"name": ["in", [one.task for one in found]], "status": OPEN}
	rows = frappe.get_all("ToDo", tasks, ["name", "allocated_to"], as_list=True, order_by=None)
	takers = dict(rows)
	still = [one for one in found if takers.get(one.task) == one.user]
	note_unanswered(host, still[:AT_ONCE], _tell)


def _own(host: Host, lead: str) -> LastHandover:
	last = _users_own(host, lead, _takers(lead))
	if not last:
		frappe.throw(
			_("This lead is not handed to you, or you gave it back. Reload the page to see how it stands.")
		)
	return last


def _users_own(host: Host, lead: str, takers: Mapping[str, str]) -> LastHandover | None:
	mine = [task for task, taker in takers.items() if taker == frappe.session.user]
	return _standing_at(host, lead, mine)


def _standing_at(host: Host, lead: str, tasks: Collection[str]) -> LastHandover | None:
	last = last_handover(host, lead, tasks) if tasks else None
	return last if last and not last.given_back else None


def _takers(lead: str) -> dict[str, str]:
	"""Who has the lead, by the open assignment that says so: others were closed, taken away or deleted."""
	filters = {"reference_type": "Lead", "reference_name": lead, "status": OPEN}
	rows = frappe.get_all("ToDo", filters, ["name", "allocated_to"], as_list=True, order_by=None)
	return {task: taker for task, taker in rows if taker}


def _asked(sequence: str, handed_on: datetime) -> str:
	return _("{0} handed this lead to you on {1}. Take it, or give it back with a reason.").format(
		sequence, format_date(handed_on)
	)


def _tell(one: Unanswered) -> None:
	asked = _asked(one.sequence, one.handed_on)
	if enabled_users({one.user}):
		notify(one.user, about_lead(one.party, asked), "Lead", one.party)
	responsible = responsible_for(one.sequence)
	if responsible and responsible != one.user:
		told = _(
			"{0} has not said anything to this lead, which {1} handed over on {2}. Ask them, or assign it to somebody else."
		)
		told = told.format(get_fullname(one.user), one.sequence, format_date(one.handed_on))
		notify(responsible, about_lead(one.party, told), "Lead", one.party)
