"""The stages of the journey as this site has them: their order, their words, and ready-made lists (PJ-10, PJ-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import frappe
from frappe import _

from nurture_app.engine.personas import FUNNEL, JOURNEY_STAGES

DOCTYPE = "Nurture Journey Stage"
WITH_BOXES = ("Nurture Asset", "Nurture Content Format", "Nurture Channel Guide")
"""What is for one or several of the four."""
LISTS: dict[str, dict[str, tuple[str, str]]] = {
	"four": {stage: (stage, "") for stage in JOURNEY_STAGES},
	"three": {
		"Awareness": ("Awareness", ""),
		"Consideration": ("Consideration", ""),
		"Evaluation": ("Evaluation", "Consideration"),
		"Decision": ("Decision", ""),
	},
	"funnel": {
		"Awareness": ("TOFU", ""),
		"Consideration": ("MOFU", ""),
		"Evaluation": ("Evaluation", "Consideration"),
		"Decision": ("BOFU", ""),
	},
}
"""By name of the list, for each of the four: its title, and the stage its leads go to when it is not in the list."""


@dataclass(frozen=True, slots=True)
class Stage:
	"""`name` is what leads and sequences hold."""

	name: str
	title: str
	stands_for: str
	funnel: str
	meaning: str
	aim: str
	goes_to: str = ""
	"""Of one that is not in use."""


def journey_stages(known: Sequence[Stage] | None = None) -> list[Stage]:
	"""Those in use, in their order; of all stages where they are `known` already."""
	return [stage for stage in (all_stages() if known is None else known) if not stage.goes_to]


def all_stages() -> list[Stage]:
	"""In their order, those that are not in use included; titles in the user's language."""
	fields = ["name", "title", "stands_for", "funnel", "meaning", "aim", "enabled", "goes_to"]
	rows = frappe.get_all(DOCTYPE, fields=fields, order_by="position asc, name asc")
	return [
		Stage(
			row.name,
			_(row.title),
			row.stands_for,
			row.funnel,
			row.meaning or _meanings()[row.stands_for],
			row.aim or "",
			"" if row.enabled else row.goes_to or "",
		)
		for row in rows
	]


def titles() -> dict[str, str]:
	"""By name, those out of use too."""
	return {stage.name: stage.title for stage in all_stages()}


def place_of(stages: list[Stage], name: str | None) -> str:
	"""Where a lead or a sequence with this stage belongs: of a stage that is not in use, the one its leads go to."""
	return next((stage.goes_to or stage.name for stage in stages if stage.name == name), name or "")


def titles_of_base(known: Sequence[Stage] | None = None) -> dict[str, str]:
	"""For each of the four the titles of the stages that stand for it; "" where none in use does."""
	stages = journey_stages(known)
	return {
		base: ", ".join(stage.title for stage in stages if stage.stands_for == base)
		for base in JOURNEY_STAGES
	}


def ensure_stages() -> None:
	"""The four are always there, as sequences that ship name them. What a site made of them stays."""
	for place, stage in enumerate(JOURNEY_STAGES, 1):
		if not frappe.db.exists(DOCTYPE, stage):
			values = {"title": stage, "position": 10 * place, "stands_for": stage, "funnel": FUNNEL[stage]}
			doc = frappe.get_doc({"doctype": DOCTYPE, "enabled": 1, **values})
			doc.insert(ignore_permissions=True, set_name=stage)


def show_titles() -> None:
	"""On forms whose boxes and texts are about one of the four, by the titles of the stages that stand for it."""
	for base, called in titles_of_base().items():
		for doctype, fieldname in _fields_about(base):
			ours = {"doc_type": doctype, "field_name": fieldname, "is_system_generated": 1}
			frappe.db.delete("Property Setter", ours | {"property": ["in", ["label", "hidden"]]})
			if called and called != _(base):
				frappe.make_property_setter(_property(doctype, fieldname, "label", called, "Data"))
			if not called:
				frappe.make_property_setter(_property(doctype, fieldname, "hidden", "1", "Check"))
	for doctype in (*WITH_BOXES, "Nurture Settings"):
		frappe.clear_cache(doctype=doctype)


def _fields_about(base: str) -> list[tuple[str, str]]:
	boxes = [(doctype, f"for_{base.lower()}") for doctype in WITH_BOXES]
	return [*boxes, ("Nurture Settings", f"goal_{base.lower()}")]


def _property(doctype: str, fieldname: str, name: str, value: str, kind: str) -> dict[str, str]:
	about = {"doctype": doctype, "fieldname": fieldname}
	return about | {"property": name, "value": value, "property_type": kind}


def use_list(kind: str) -> None:
	"""Make the four those of a ready-made list, as the present user. Stages of the site's own stay."""
	wanted = LISTS.get(kind)
	if wanted is None:
		frappe.throw(_("There is no such list."))
	# those in use first: what is taken out of use needs one that its leads can go to
	for stage, (title, goes_to) in sorted(wanted.items(), key=lambda one: bool(one[1][1])):
		doc = frappe.get_doc(DOCTYPE, stage)
		place = 10 * (JOURNEY_STAGES.index(stage) + 1)
		doc.update({"title": title, "enabled": not goes_to, "goes_to": goes_to or None, "position": place})
		doc.save()


def _meanings() -> dict[str, str]:
	"""PJ-11."""
	return {
		"Awareness": _("Realises a problem."),
		"Consideration": _("Researches solutions and vendors."),
		"Evaluation": _("Compares offerings: demos, prices, return."),
		"Decision": _("Chooses a provider."),
	}
