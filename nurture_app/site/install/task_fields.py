"""The fields the app adds to ToDo: seen on tasks of a sequence alone (CH-02, CH-07, CH-10, CH-13, CH-14, PZ-06, PZ-10)."""

from __future__ import annotations

from typing import Any

from nurture_app.engine.hand_work import (
	LABELS,
	OBSERVATION,
	OUTCOMES,
	POSTED_LINK,
	QUESTION,
	RESEARCH,
	VIDEO_LINK,
)
from nurture_app.engine.hand_work import OUTCOME as CALL_OUTCOME
from nurture_app.site.install.one_field import field, written

OURS = "eval:doc.nurture_touch"


def task_fields() -> list[dict[str, Any]]:
	"""In their order on the form."""
	return [
		field("nurture_task_section", "Section Break", "Task of a Sequence", depends_on=OURS),
		written("nurture_kind", "Data", "Kind", in_standard_filter=1),
		written("nurture_step", "Data", "Step"),
		written("nurture_profile", "Data", "Profile", options="URL", depends_on="nurture_profile"),
		written("nurture_address", "Small Text", "Postal Address", depends_on="nurture_address"),
		written("nurture_done_on", "Datetime", "Done on", depends_on="nurture_done_on"),
		field("nurture_task_column", "Column Break", ""),
		field(
			"nurture_text",
			"Small Text",
			"Prepared Text",
			depends_on="nurture_text",
			description="Make it yours before you send it.",
		),
		field("nurture_work_section", "Section Break", "What You Did", depends_on=OURS),
		_needed(
			OBSERVATION,
			"Small Text",
			description="What you noticed about this person or their company, and nobody else's.",
		),
		_needed(QUESTION, "Small Text", description="The one question you asked."),
		_needed(
			RESEARCH,
			"Small Text",
			description="A recent announcement of the company, or a challenge of its industry.",
		),
		_needed(VIDEO_LINK, "Data", options="URL"),
		field(
			"nurture_video_seconds",
			"Int",
			"Length of the Video (seconds)",
			depends_on=_when(VIDEO_LINK),
			mandatory_depends_on=_when_closed(VIDEO_LINK),
			non_negative=1,
		),
		_needed(POSTED_LINK, "Data", options="URL"),
		field("nurture_work_column", "Column Break", ""),
		_needed(CALL_OUTCOME, "Select", options="\n".join(("", *OUTCOMES))),
		field(
			"nurture_next_step",
			"Small Text",
			"Agreed Next Step",
			depends_on=_when(CALL_OUTCOME),
		),
		field(
			"nurture_answered",
			"Check",
			"They Answered",
			default="0",
			description="Counts as a reply to the sequence. May be ticked later as well.",
		),
		field("nurture_answer", "Small Text", "Their Answer", depends_on="nurture_answered"),
		written("nurture_touch", "Data", "Step in the Ledger", hidden=1, search_index=1),
		written("nurture_needs", "Data", "Needs", hidden=1),
	]


def _needed(name: str, fieldtype: str, **more: Any) -> dict[str, Any]:
	"""Shown where the task needs it, and to be filled in before it is closed."""
	dependent = {"depends_on": _when(name), "mandatory_depends_on": _when_closed(name)}
	return field(f"nurture_{name}", fieldtype, LABELS[name], **dependent, **more)


def _when(name: str) -> str:
	return f"eval:(doc.nurture_needs || '').split(',').includes('{name}')"


def _when_closed(name: str) -> str:
	return f"{_when(name)} && doc.status == 'Closed'"
