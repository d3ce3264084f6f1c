"""Variants of a form's page on a site: which one a visitor sees, and what came of them (AB-10)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from nurture_app.engine.capture.form_variants import FEWEST_ANSWERS, Compared, choose, compare


def weights_of(form: Any) -> dict[str, int]:
	return {row.label: row.weight for row in form.variants}


def variant_for(form: Any, visitor: str) -> Any:
	"""The row a visitor sees, or None. `visitor` is what the request tells of them; nothing is stored."""
	if not form.variants:
		return None
	return row_of(form, choose(weights_of(form), form.name, str(form.variants_since or ""), visitor))


def row_of(form: Any, label: str) -> Any:
	"""The variant of that label, or None: whoever posts may write anything."""
	return next((row for row in form.variants if row.label == label), None)


def answers(form: Any) -> dict[str, int]:
	"""People who filled in each variant since they are tried, by address. Index (form)."""
	submission = frappe.qb.DocType("Nurture Form Submission")
	query = frappe.qb.from_(submission).select(submission.variant, Count(submission.address).distinct())
	query = query.where((submission.form == form.name) & (submission.status != "Refused"))
	query = query.where(submission.variant.isin(list(weights_of(form)) or [""]))
	if form.variants_since:
		query = query.where(submission.creation >= form.variants_since)
	return dict(query.groupby(submission.variant).run())


def sentences(form: Any) -> list[str]:
	"""What the variants have shown so far."""
	if not form.variants:
		return []
	counts, weights = answers(form), weights_of(form)
	told = ", ".join(_("“{0}” {1} answers").format(label, counts.get(label, 0)) for label in weights)
	return [f"{told}.", *(_in_words(one) for one in compare(weights, counts))]


def _in_words(one: Compared) -> str:
	if one.answers < FEWEST_ANSWERS:
		return _("Not enough answers yet to compare “{0}” with “{1}”: {2} of {3}.").format(
			one.second, one.first, one.answers, FEWEST_ANSWERS
		)
	low, high = round(one.low, 2), round(one.high, 2)
	text = _("“{0}” is filled in {1} to {2} times as often as “{3}”.").format(
		one.second, low, high, one.first
	)
	if one.better:
		return f"{text} {_('“{0}” is better; in at most 5 of 100 such tests is that wrong, however often one looks.').format(one.better)}"
	return f"{text} {_('No difference can be told.')}"
