"""The form behind `{{ links.survey }}` in a text: there must be one, and people must be able to fill it in (CH-12)."""

from __future__ import annotations

from collections.abc import Collection

from nurture_app.engine.answers import ANSWERED, SURVEY
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype

SURVEY_PROBLEMS = ("survey_without_form", "survey_form_counts_otherwise", "survey_form_off")


def survey_problem(
	host: Host, placeholders: Collection[tuple[str, str]], form: str, *, sending: bool
) -> NurtureError | None:
	"""What keeps the survey of a text with these `placeholders` from being answered; about to be sent, the form must be switched on as well."""
	if ("links", SURVEY) not in placeholders:
		return None
	if not form:
		return NurtureError("survey_without_form")
	table = doctype("Nurture Form", "f")
	query = Query.from_(table).select(table.activity_type, table.enabled).where(table.name == P(form))
	rows = host.db.rows(query)
	if not rows or rows[0][0] != ANSWERED:
		return NurtureError("survey_form_counts_otherwise", form=form, activity=ANSWERED)
	return NurtureError("survey_form_off", form=form) if sending and not int(rows[0][1] or 0) else None
