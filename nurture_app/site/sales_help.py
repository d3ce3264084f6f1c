"""What somebody who talks to a lead needs at hand: who it is, what to say, what to show, what the lead has had (CM-17, PJ-09)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import frappe
from frappe.utils import now_datetime

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.assets import Asset, load_assets
from nurture_app.engine.library.had import USUAL_PIECES, Had, Reading, reading_of
from nurture_app.engine.library.locales import load_locales, locale_for
from nurture_app.engine.personas import JOURNEY_STAGES
from nurture_app.engine.ports import Host
from nurture_app.site import insights
from nurture_app.site.capture.assets import personal_link
from nurture_app.site.journey_stages import all_stages, place_of, titles_of_base
from nurture_app.site.stage_goals import stage_goals

LATELY = 6
"""Assets named on the panel."""
LEAD_FIELDS = (
	"language",
	"country",
	"industry",
	"email_id",
	"nurture_persona",
	"nurture_journey_stage",
	"nurture_buying_role",
)
PERSONA_FIELDS = (
	"tone",
	"goals",
	"goals_this_quarter",
	"pain_points",
	"motivations",
	"buying_triggers",
	"objections",
	"decision_authority",
	"content_preferences",
)
"""What one wants to read before a call, in this order."""
CHANNELS = ("email", "sms", "whatsapp", "linkedin", "phone", "website")


def reading(host: Host, lead: str) -> dict[str, Any]:
	"""What the lead has had, and how many pieces it took in, for the panel (CM-09, CM-10)."""
	found = reading_of(host, lead)
	least, most = USUAL_PIECES
	return {
		"pieces": found.pieces,
		"least": least,
		"most": most,
		"had": [_had(one) for one in found.had[:LATELY]],
		"more": max(0, len(found.had) - LATELY),
	}


def locale(host: Host, who: Mapping[str, Any]) -> dict[str, Any]:
	"""How people of the lead's language and country are written to; the persona's own manner goes before (LO-02, LO-03)."""
	found = locale_for(load_locales(host), who["language"] or "", who["country"] or "")
	own = frappe.db.get_value(
		"Nurture Persona", who["nurture_persona"] or "", ("formality", "directness"), as_dict=True
	)
	if not found and not (own and (own.formality or own.directness)):
		return {}
	return {
		"title": found.title if found else "",
		"formality": (own and own.formality) or (found.formality if found else ""),
		"directness": (own and own.directness) or (found.directness if found else ""),
		"channels": list(found.channels) if found else [],
		"market": found.market_note if found else "",
		"tone": found.tone_note if found else "",
	}


def help_with(host: Host, lead: str) -> dict[str, Any]:
	"""The persona with its playbook, and the assets that may be used today: those that fit the lead first."""
	who = frappe.db.get_value("Lead", lead, LEAD_FIELDS, as_dict=True)
	known = all_stages()
	stage = place_of(known, who.nurture_journey_stage)
	its_own = next((one for one in known if one.name == stage), None)
	who.base_stage = its_own.stands_for if its_own else ""
	return {
		"persona": _persona(who.nurture_persona),
		"stage": its_own.title if its_own else "",
		"locale": locale(host, who),
		"aim": stage_goals(known).get(stage, ""),
		"answers": insights.answers(who.nurture_persona),
		"assets": _assets(host, lead, who, titles_of_base(known)),
		"can_read_assets": bool(frappe.has_permission("Nurture Asset", "read")),
	}


def give(host: Host, lead: str, asset: str) -> dict[str, str]:
	"""What a colleague passes on by hand: an address, or a text; noted as had by the lead.

	Raises `asset_not_available` for what may not be given away today, or not to this lead.
	"""
	who = frappe.db.get_value("Lead", lead, LEAD_FIELDS, as_dict=True)
	one = _usable(load_assets(host, [asset], ()).by_name.get(asset), host, who.country)
	if one is None:
		raise NurtureError("asset_not_available", asset=asset)
	if one.has_file:
		url = personal_link(frappe.get_cached_doc("Nurture Asset", asset), who.email_id or "", lead)
	else:
		url = one.url
	use = {"doctype": "Nurture Content Use", "party_type": "Lead", "party": lead, "asset": asset}
	frappe.get_doc({**use, "used_on": now_datetime()}).insert(ignore_permissions=True)
	return {"url": url, "text": one.text or one.proof}


def _had(one: Had) -> dict[str, Any]:
	return {name: getattr(one, name) for name in Had.__dataclass_fields__}


def _persona(name: str | None) -> dict[str, Any] | None:
	if not name or not frappe.has_permission("Nurture Persona", "read", doc=name):
		return None
	doc = frappe.get_cached_doc("Nurture Persona", name)
	label = doc.meta.get_label
	return {
		"name": name,
		"playbook": doc.playbook or "",
		"evidence": doc.evidence_count,
		"channel": doc.preferred_channel or "",
		"lines": [
			{"label": label(field), "text": text} for field in PERSONA_FIELDS if (text := (doc.get(field) or "").strip())
		],
	}  # fmt: skip


def _assets(host: Host, lead: str, who: Mapping[str, Any], called: Mapping[str, str]) -> list[dict[str, Any]]:
	"""`called` are the titles of the four stages."""
	rows = _rows()
	if not rows:
		return []
	library = load_assets(host, [row.name for row in rows], ())
	had = reading_of(host, lead)
	personas = _of_personas([row.name for row in rows])
	found = []
	for row in rows:
		one = _usable(library.get(row.name, who.language or ""), host, who.country)
		if one is not None:
			found.append(_shown(row, one, had, who, personas.get(row.name, ()), called))
	return sorted(found, key=lambda one: (not one["fits"], not one["on_time"], one["title"]))


def _rows() -> list[frappe._dict]:
	"""Enabled assets the user may read, versions in other languages left out."""
	if not frappe.has_permission("Nurture Asset", "read"):
		return []
	fields = ["name", "format", "funnel_question", "buying_role", "industry", "video_seconds", "topic"]
	fields += [f"for_{stage.lower()}" for stage in JOURNEY_STAGES] + [f"by_{channel}" for channel in CHANNELS]
	return frappe.get_list(
		"Nurture Asset",
		filters={"enabled": 1, "version_of": ["is", "not set"]},
		fields=fields,
		order_by="title asc",
		limit_page_length=0,
	)


def _of_personas(names: Collection[str]) -> dict[str, set[str]]:
	found: dict[str, set[str]] = {}
	filters = {"parent": ["in", list(names)]}
	for row in frappe.get_all("Nurture Asset Persona", filters, ["parent", "persona"], order_by=None):
		found.setdefault(row.parent, set()).add(row.persona)
	return found


def _usable(asset: Asset | None, host: Host, country: str | None) -> Asset | None:
	if asset is None or asset.problem(host.clock.now().date()):
		return None
	return None if asset.countries and (country or "") not in asset.countries else asset


def _shown(
	row: Mapping[str, Any],
	asset: Asset,
	had: Reading,
	who: Mapping[str, Any],
	personas: Collection[str],
	called: Mapping[str, str],
) -> dict[str, Any]:
	stages = [stage for stage in JOURNEY_STAGES if row[f"for_{stage.lower()}"]]
	same = all(
		not theirs or theirs == lead
		for theirs, lead in ((row.industry, who.industry), (row.buying_role, who.nurture_buying_role))
	)
	past = had.of(row.name)
	return {
		"name": asset.name,
		"title": asset.title,
		"format": row.format or "",
		"questions": [line.strip() for line in (row.funnel_question or "").splitlines() if line.strip()],
		"stages": [called[stage] for stage in stages if called[stage]],
		"on_time": not stages or who.base_stage in stages,
		"fits": same and (not personas or who.nurture_persona in personas),
		"channels": [channel for channel in CHANNELS if row[f"by_{channel}"]],
		"seconds": row.video_seconds or 0,
		"description": asset.description,
		"text": asset.text,
		"proof": asset.proof,
		"link": bool(asset.url or asset.has_file),
		"until": asset.valid_until if asset.is_offer else None,
		"had": _had(past) if past else None,
	}
