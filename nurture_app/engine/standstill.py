"""What was handed over and has not left yet waits while its sequence, or the person in it, is paused."""

from __future__ import annotations

from typing import Any

from pypika import functions as fn

from nurture_app.engine.codes import EnrollmentStatus
from nurture_app.engine.sql import P, Query, doctype

PAUSED = "Paused"
"""As the status of a sequence."""


def joined(query: Any, touch: Any) -> tuple[Any, Any, Any]:
	"""`query` of a table of touches with their enrollments and sequences, and these two tables."""
	enrollment, sequence = doctype("Nurture Enrollment", "e"), doctype("Nurture Sequence", "s")
	query = query.join(enrollment).on(enrollment.name == touch.enrollment)
	return query.left_join(sequence).on(sequence.name == enrollment.sequence), enrollment, sequence


def stands_still(enrollment: Any, sequence: Any) -> Any:
	"""The criterion on the tables of `joined`."""
	is_paused = enrollment.status == P(str(EnrollmentStatus.PAUSED))
	return is_paused | (fn.Coalesce(sequence.status, P("")) == P(PAUSED))


def touches_at_a_standstill(name: Any) -> Any:
	"""The query of the touch with this name if it must wait; for `sql.exists`. Primary keys."""
	touch = doctype("Nurture Touch", "still")
	query, enrollment, sequence = joined(Query.from_(touch), touch)
	query = query.select(touch.name).where(touch.name == name)
	return query.where(stands_still(enrollment, sequence))
