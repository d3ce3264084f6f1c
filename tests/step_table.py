"""Plays the rows of the step table in a small world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from nurture_app.engine import activities, approvals, optout
from nurture_app.engine.enrollments import pausing
from nurture_app.site.testing.step_table import Event
from tests.world import World

ALL_DAY = {
	"use_default_window": 0,
	"window_start": "00:00:00",
	"window_end": "23:59:59",
	**{
		f"window_{day}": 1
		for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
	},
}


class WorldPlayer:
	def __init__(self, world: World):
		self.world = world
		world.put("User", "Administrator", full_name="Administrator", email="admin@example.com", enabled=1)
		self.lead = world.lead(city="Bonn", country="Germany", mobile_no="0151 12345678")

	def sequence(self, title: str, steps: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
		self.world.sequence(title, [dict(step) for step in steps], **(ALL_DAY | dict(values)))

	def happen(self, event: Event) -> None:
		kind, *arguments = event
		getattr(self, f"_{kind}")(*arguments)
		self.world.tick()

	def touches(self) -> list[tuple[str, str]]:
		rows = self.world.all("Nurture Touch", "visit", "step", "status", sequence="Main")
		return [(step, status) for _, step, status in sorted(rows)]

	def state(self, sequence: str) -> tuple[str, str]:
		rows = self.world.all("Nurture Enrollment", "status", "reason", sequence=sequence)
		return next(((status, reason or "") for status, reason in rows), ("", ""))

	def lead_value(self, fieldname: str) -> Any:
		return self.world.row("Lead", self.lead, fieldname)[0]

	def _put(self, doctype: str, name: str, values: Mapping[str, Any]) -> None:
		self.world.put(doctype, name, title=name, **values)

	def _settle(self, values: Mapping[str, Any]) -> None:
		self.world.settings(**{key: value for key, value in values.items() if key != "sms_gateway_url"})
		if "sms_gateway_url" in values:
			self.world.single("SMS Settings", sms_gateway_url=values["sms_gateway_url"])

	def _agree(self, channel: str) -> None:
		optout.set_consent(self.world.host, self.lead, "", "Given", "test", "tester", channel=channel)

	def _enroll(self, sequence: str) -> None:
		self.world.enroll(sequence, self.lead)

	def _wait(self, span: timedelta) -> None:
		self.world.run_until(self.world.clock.now() + span)

	def _do(self, activity_type: str, detail: str) -> None:
		self.world.record(self.lead, activity_type, detail=detail)

	def _set(self, fieldname: str, value: Any) -> None:
		with self.world.db.transaction():
			self.world.db.update("tabLead", ("name", fieldname), [(self.lead, value)])
		activities.leads_changed(self.world.host, [self.lead])

	def _opt_out(self) -> None:
		address = self.world.row("Lead", self.lead, "email_id")[0]
		optout.unsubscribe(self.world.host, address, "test", party=self.lead)

	def _of(self, sequence: str) -> list[str]:
		return [name for (name,) in self.world.all("Nurture Enrollment", "name", sequence=sequence)]

	def _pause(self, sequence: str) -> None:
		pausing.pause(self.world.host, self._of(sequence))

	def _resume(self, sequence: str) -> None:
		pausing.resume(self.world.host, self._of(sequence))

	def _release(self) -> None:
		approvals.release(self.world.host, self._of("Main")[0], "tester")

	def _refuse(self) -> None:
		approvals.refuse(self.world.host, self._of("Main")[0], "tester")
