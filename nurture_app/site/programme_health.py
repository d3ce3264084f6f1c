"""The five elements of a programme that works, as a panel, and whether it is complete (GL-10, GL-11)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import frappe
from frappe import _

from nurture_app.engine import conditions
from nurture_app.engine.condition_leaves import ConsentLeaf
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import SequenceDefinition
from nurture_app.engine.journey import stands_for
from nurture_app.engine.library.sequence_checks import Mail, asks_early, mails_of, promotes_more
from nurture_app.engine.ports import Host
from nurture_app.engine.step_days import days_to_first_word
from nurture_app.site.deliverability.lines import FIX, OK, UNKNOWN
from nurture_app.site.journey_stages import titles

FOR_ALL = ("New Lead", "Manual")
"""Triggers that choose nobody."""
SOON = 1.0
"""Days from what somebody did to the first word."""
JUST_THE_NAME = frozenset({"first_name", "lead_name", "last_name"})
SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Element:
	"""One of the five. `state` is `ok`, `fix` or `unknown`; texts are plain."""

	title: str
	state: str
	found: str


def panel(host: Host, doc: Any, definition: SequenceDefinition) -> dict[str, Any]:
	"""For the form of the sequence `doc`. A fixed number of queries."""
	mails = mails_of(host, definition)
	elements = [
		_segmentation(host, definition),
		_personalisation(mails),
		_timely(definition),
		_channels(definition),
		_value_first(host, mails),
	]
	missing = _missing(host, doc, elements[0])
	text = (
		_("Not complete yet: {0}.").format("; ".join(missing))
		if missing
		else _("Complete: segmentation, scoring and content mapping are there.")
	)
	return {
		"elements": [asdict(one) for one in elements],
		"is_complete": not missing,
		"complete": text,
		"in_order": sum(one.state == OK for one in elements),
	}


def _segmentation(host: Host, definition: SequenceDefinition) -> Element:
	found = conditions.leaves(conditions.parse(definition.condition, host.catalog))
	chosen = [leaf for leaf in found if not isinstance(leaf, ConsentLeaf)]
	title = _("Segmentation")
	if chosen or definition.trigger_type not in FOR_ALL:
		return Element(title, OK, _("Who enters is chosen by what they are or did."))
	return Element(title, FIX, _("Everybody enters. Choose a segment, a stage or a condition."))


def _personalisation(mails: list[Mail]) -> Element:
	title = _("Personalisation")
	if not mails:
		return Element(title, UNKNOWN, _("It sends no mail."))
	personal = sum(_is_personal(mail) for mail in mails)
	text = _("{0} of {1} mails say more of the reader than the name.").format(personal, len(mails))
	if 2 * personal >= len(mails):
		return Element(title, OK, text)
	return Element(
		title, FIX, f"{text} {_('Use the company, the industry, the interest, or a dynamic block.')}"
	)


def _is_personal(mail: Mail) -> bool:
	compiled = mail.content.compiled
	return bool(mail.content.expanded.blocks or (compiled and set(compiled.lead_fields) - JUST_THE_NAME))


def _timely(definition: SequenceDefinition) -> Element:
	days, title = days_to_first_word(definition), _("Timely Follow-up")
	if days is None:
		return Element(title, UNKNOWN, _("It reaches nobody."))
	text = (
		_("The first word comes within a day.")
		if days <= SOON
		else _("The first word comes after {0} days.").format(round(days, 1))
	)
	if definition.on_reply == "Continue" and definition.sends_email:
		return Element(
			title, FIX, f"{text} {_('It goes on after a reply, as if nobody had answered: see On Reply.')}"
		)
	if days <= SOON:
		return Element(title, OK, text)
	return Element(title, FIX, f"{text} {_('People remember today what they did today.')}")


def _channels(definition: SequenceDefinition) -> Element:
	ways, title = definition.channels, _("Several Channels")
	if not ways:
		return Element(title, UNKNOWN, _("It reaches nobody."))
	named = ", ".join(_(way) for way in ways)
	if len(ways) >= SEVERAL:
		return Element(title, OK, _("{0} channels: {1}.").format(len(ways), named))
	return Element(
		title, FIX, _("Only {0}. A call, a message or a letter reaches other people.").format(named)
	)


def _value_first(host: Host, mails: list[Mail]) -> Element:
	title = _("Value First")
	if not mails:
		return Element(title, UNKNOWN, _("It sends no mail."))
	early = [advice.params["step"] for advice in asks_early(mails)]
	if early:
		return Element(title, FIX, _("Asks for a sale early: {0}.").format(", ".join(early)))
	if list(promotes_more(mails, load_settings(host.db).promotional_percent)):
		return Element(title, FIX, _("More of its mails promote than help."))
	return Element(title, OK, _("The first mails ask for nothing, and most of them help."))


def _missing(host: Host, doc: Any, segmentation: Element) -> list[str]:
	"""What keeps a programme from being called complete."""
	found = []
	if segmentation.state != OK:
		found.append(_("segmentation (everybody enters)"))
	if not frappe.db.exists("Lead Scoring Rule", {"enabled": 1}):
		found.append(_("scoring (no rule is enabled)"))
	stage = stands_for(host, doc.journey_stage or "")
	if not stage:
		found.append(_("content mapping (the sequence names no Buyer Stage)"))
	elif not frappe.db.exists("Nurture Asset", {"enabled": 1, f"for_{stage.lower()}": 1}):
		found.append(
			_("content mapping (no asset of the library is for the stage {0})").format(
				titles().get(doc.journey_stage, doc.journey_stage)
			)
		)
	return found
