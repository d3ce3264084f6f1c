"""Assets that suit a sequence: for its stage, and best on a channel it uses (CM-20)."""

from __future__ import annotations

from nurture_app.engine.definition import MAIL_STEPS, SequenceDefinition, Step
from nurture_app.engine.journey import stands_for
from nurture_app.engine.library.assets import COLUMNS, asset_from_row
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype

CHANNELS = {"Email": "email", "SMS": "sms", "WhatsApp": "whatsapp", "LinkedIn": "linkedin", "Call": "phone"}
"""What a step sends through, or the kind of its task, and the asset's tick for it."""


def suggestions(host: Host, definition: SequenceDefinition, stage: str) -> dict[str, list[str]]:
	"""By channel, titles of assets that may be used today and whose authors named the channel; empty without a stage.

	`stage` is one of the site's. At most two queries; a library has some hundred assets.
	"""
	used = list(dict.fromkeys(filter(None, map(_channel_of, definition.steps))))
	stage = stands_for(host, stage)
	if not stage or not used:
		return {}
	asset = doctype("Nurture Asset", "a")
	ticks = [asset[f"by_{CHANNELS[channel]}"] for channel in used]
	query = Query.from_(asset).select(*(asset[column] for column in COLUMNS), *ticks).orderby(asset.title)
	query = query.where((asset.enabled == P(1)) & (asset[f"for_{stage.lower()}"] == P(1)))
	query = query.where(asset.version_of.isnull() | (asset.version_of == P("")))
	found: dict[str, list[str]] = {}
	for values in host.db.rows(query):
		one = asset_from_row(dict(zip(COLUMNS, values, strict=False)))
		if one.problem(host.clock.now().date()):
			continue
		for channel, tick in zip(used, values[len(COLUMNS) :], strict=True):
			if int(tick or 0):
				found.setdefault(channel, []).append(one.title)
	return found


def _channel_of(step: Step) -> str:
	kind = step.task_kind if step.step_type == "Task" else step.step_type
	return "Email" if kind in MAIL_STEPS else kind if kind in CHANNELS else ""
