"""Tasks for people: a ToDo on the Lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import frappe
from frappe.utils import escape_html

from nurture_app.engine.codes import Reason, TouchStatus
from nurture_app.engine.ports import Database, Delivery, Task
from nurture_app.engine.sql import P, Query, chunks, doctype, params
from nurture_app.site.database import RETRYABLE, savepoint


@dataclass(frozen=True, slots=True)
class TaskChannel:
	"""`engine.ports.Channel` for tasks. Each goes through ToDo itself, so that people are notified as usual."""

	db: Database

	def deliver(self, tasks: Sequence[Task]) -> list[Delivery]:
		owners = self._lead_owners(tasks)
		enabled = self._enabled_users({task.assign_to for task in tasks} | set(owners.values()))
		return [self._deliver_one(task, owners.get(task.party, ""), enabled) for task in tasks]

	def cancel(self, queue_rows: Sequence[str]) -> list[str]:
		"""A task is there at once; nothing waits."""
		return []

	def _deliver_one(self, task: Task, owner: str, enabled: set[str]) -> Delivery:
		assignee = next((user for user in (task.assign_to, owner) if user in enabled), None)
		try:
			with savepoint():
				todo = frappe.get_doc(
					{
						"doctype": "ToDo",
						"allocated_to": assignee,
						"assigned_by": frappe.session.user,
						"reference_type": "Lead",
						"reference_name": task.party,
						"description": escape_html(task.description).replace("\n", "<br>"),
						"date": task.due_on,
						"priority": "Medium",
					}
				).insert(ignore_permissions=True)
		except RETRYABLE:
			raise
		except Exception:
			frappe.log_error(
				title="nurture_app: a task could not be created",
				reference_doctype="Lead",
				reference_name=task.party,
			)
			return Delivery(task.touch, TouchStatus.FAILED, reason=Reason.STEP_ERROR)
		return Delivery(task.touch, TouchStatus.DONE, queue_row=todo.name)

	def _lead_owners(self, tasks: Sequence[Task]) -> dict[str, str]:
		lead = doctype("Lead", "l")
		found: dict[str, str] = {}
		for names in chunks(sorted({task.party for task in tasks})):
			query = Query.from_(lead).select(lead.name, lead.lead_owner).where(lead.name.isin(params(names)))
			found.update((name, owner or "") for name, owner in self.db.rows(query))
		return found

	def _enabled_users(self, users: set[str]) -> set[str]:
		user = doctype("User", "u")
		query = (
			Query.from_(user).select(user.name).where(user.name.isin(params(sorted(users - {""})) or [P("")]))
		)
		return {name for (name,) in self.db.rows(query.where(user.enabled == P(1)))}
