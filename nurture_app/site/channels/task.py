"""Tasks for people: a ToDo on the Lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nurture_app.engine.codes import TouchStatus
from nurture_app.engine.hand_work import NOTE
from nurture_app.engine.ports import Database, Delivery, Task
from nurture_app.engine.sql import Query, chunks, doctype, params
from nurture_app.site.channels.colleagues import assign, enabled_users, for_whom, lines_as_html, one_by_one
from nurture_app.site.channels.postal_addresses import postal_addresses


@dataclass(frozen=True, slots=True)
class TaskChannel:
	"""`engine.ports.Channel` for tasks. Each goes through ToDo itself, so that people are notified as usual."""

	db: Database

	def deliver(self, tasks: Sequence[Task]) -> list[Delivery]:
		owners = self._lead_owners(tasks)
		addresses = postal_addresses({task.party for task in tasks if task.kind == NOTE})
		enabled = enabled_users({task.assign_to for task in tasks} | set(owners.values()))

		def deliver(task: Task) -> Delivery:
			possible = (task.assign_to, owners.get(task.party, ""))
			assignee = next((user for user in possible if user in enabled), None)
			if assignee is None and any(possible):  # who was to do it has left
				assignee = for_whom(*possible)["allocated_to"]
			return _make(task, assignee, addresses.get(task.party, ""))

		return one_by_one(tasks, deliver, "a task could not be created")

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""A task is there at once; nothing waits."""
		return []

	def _lead_owners(self, tasks: Sequence[Task]) -> dict[str, str]:
		lead = doctype("Lead", "l")
		found: dict[str, str] = {}
		for names in chunks(sorted({task.party for task in tasks})):
			query = Query.from_(lead).select(lead.name, lead.lead_owner).where(lead.name.isin(params(names)))
			found.update((name, owner or "") for name, owner in self.db.rows(query))
		return found


def _make(task: Task, assignee: str | None, address: str) -> Delivery:
	values = {
		"description": lines_as_html(task.description),
		"date": task.due_on,
		"priority": "Medium",
		"nurture_touch": task.touch,
		"nurture_kind": task.kind,
		"nurture_step": task.step[:140],
		"nurture_text": task.text,
		"nurture_profile": task.profile,
		"nurture_needs": ",".join(task.needs),
		"nurture_address": address,
	}
	todo = assign(task.party, assignee or "", task.description, values)
	return Delivery(task.touch, TouchStatus.GIVEN, queue_row=todo)
