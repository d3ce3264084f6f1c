"""Write a value into a field of the lead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.definition import Step
from nurture_app.engine.effects.tell import TellFieldChanged
from nurture_app.engine.effects.write_field import WriteField
from nurture_app.engine.field_values import read_value
from nurture_app.engine.outcome import Outcome, carry_out, hold
from nurture_app.engine.personas import BY_HAND
from nurture_app.engine.ports import FieldInfo, Host
from nurture_app.engine.sql import Query, doctype, params
from nurture_app.engine.steps.base import CheckContext, StepType

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

PROTECTED_FIELDS = ("name", "creation", "modified", "owner", "modified_by", "docstatus", "idx", "email_id")
PROTECTED_FIELDS += ("unsubscribed",)


class SetFieldStep(StepType):
	name = "Set Field"
	fields = ("field_name", "field_value")

	def check(self, step: Step, context: CheckContext) -> None:
		info = context.catalog.get(step.field_name)
		ours = step.field_name.startswith("nurture_") and step.field_name not in BY_HAND
		if info is None or step.field_name in PROTECTED_FIELDS or ours:
			raise NurtureError("set_field_unknown", step=step.label, field=step.field_name)
		if info.options and step.field_value and step.field_value not in info.options:
			raise NurtureError(
				"set_field_bad_value",
				step=step.label,
				field=step.field_name,
				value=step.field_value,
				known=", ".join(option for option in info.options if option),
			)
		field_value(info, step)

	def load(self, host: Host, batch: Batch, members: Sequence[Claimed]) -> None:
		"""Which of the records that are to be named are there: one query for each DocType."""
		wanted: dict[str, set[str]] = {}
		for step in map(batch.step_of, members):
			info = batch.catalog.get(step.field_name)
			if info and info.links_to and step.field_value:
				wanted.setdefault(info.links_to, set()).add(step.field_value)
		batch.loaded[self.name] = {
			(kind, name.casefold()) for kind, names in wanted.items() for name in existing(host, kind, names)
		}

	def decide(self, one: Claimed, step: Step, batch: Batch) -> Outcome:
		info = batch.catalog.get(step.field_name)
		if info is None:
			raise NurtureError("set_field_unknown", step=step.label, field=step.field_name)
		record = (info.links_to, step.field_value.casefold())
		if info.links_to and step.field_value and record not in batch.loaded[self.name]:
			return hold(one, Reason.RECORD_GONE, f"{info.links_to}: {step.field_value}")
		written = WriteField(step.field_name, field_value(info, step))
		return carry_out(one, step, batch, written, TellFieldChanged(step.field_name, step.field_value))


def existing(host: Host, kind: str, names: Collection[str]) -> list[str]:
	"""Those of `names` that are records of the DocType `kind`. Primary key."""
	table = doctype(kind, "t")
	query = Query.from_(table).select(table.name).where(table.name.isin(params(sorted(names))))
	return [name for (name,) in host.db.rows(query)]


def field_value(info: FieldInfo, step: Step) -> Any:
	"""The value the step writes, in the field's kind. Raises `set_field_bad_value` for what no column could hold."""
	try:
		return read_value(info.kind, step.field_value)
	except ValueError as error:
		raise NurtureError(
			"set_field_bad_value",
			step=step.label,
			field=step.field_name,
			value=step.field_value[:140],
			known=str(error),
		) from None
