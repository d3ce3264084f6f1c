"""A simulation: a world on SQLite with the presets, a mailbox of files and a clock that is moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nurture_app.engine import time_zones
from nurture_app.engine.ports import Host
from nurture_app.simulator import presets as preset_files
from nurture_app.simulator.csv_input import LeadRow
from nurture_app.simulator.mailbox import DOMAIN, Handovers, Mailbox, SimulatedLinks, TaskList
from nurture_app.simulator.set_up_memory import SetUpMemory
from nurture_app.simulator.sqlite_database import SQLiteDatabase
from nurture_app.simulator.tables import lead_catalog
from nurture_app.simulator.virtual_clock import VirtualClock
from nurture_app.simulator.world import Scenario, World, first_moment

SETTINGS = {
	"company_name": "Example Company",
	"sender_name": "Alex Example",
	"postal_address": "Example Company, 1 Sample Street, 12345 Sampletown",
	"email_account": "Simulation",
	"booking_url": "https://example.com/book",
}
"""What somebody must fill in on a site before anything is sent. A preset file may overrule it."""


class Simulation(World):
	"""Plays a scenario in memory."""

	def __init__(self, scenario: Scenario):
		super().__init__(scenario)
		self.clock = VirtualClock(first_moment(scenario), scenario.zone)
		self.db = SQLiteDatabase(self.clock)
		self.mailbox = Mailbox(scenario.mailbox, self.clock, self.db.after_commit)
		self.tasks = TaskList(self.db.after_commit)
		self.host = Host(
			db=self.db,
			clock=self.clock,
			channels={
				"Email": self.mailbox,
				"Task": self.tasks,
				"Notification": TaskList(self.db.after_commit),
				"Handoff": Handovers(self.db.after_commit),
				"Approval": TaskList(self.db.after_commit),
				"Record": TaskList(self.db.after_commit),
			},
			catalog=lead_catalog(),
			links=SimulatedLinks(scenario.seed),
			memory=SetUpMemory(self.db),
		)

	def set_up(self) -> None:
		self.db.write_settings("Nurture Settings", SETTINGS)
		account = (SETTINGS["email_account"], f"alex@{DOMAIN}", 1, 1)
		self.db.insert(
			"tabEmail Account", ("name", "email_id", "enable_outgoing", "default_outgoing"), [account]
		)
		preset_files.install(self.host, self.db, self.scenario.presets)

	def activate(self) -> None:
		preset_files.activate(self.host, self.scenario.presets)

	def make_leads(self, numbers: Sequence[int]) -> None:
		leads = [(self.names[number], self.scenario.leads[number]) for number in numbers]
		rows = [_lead_values(name, lead, self.clock.now()) for name, lead in leads]
		columns = sorted({column for row in rows for column in row} - {"name"})
		empty = {
			name: 0 for name, field in self.host.catalog.items() if field.kind in ("int", "float", "check")
		}
		values = [(row["name"], *(row.get(column, empty.get(column)) for column in columns)) for row in rows]
		self.db.insert("tabLead", ("name", *columns), values)

	def tick(self) -> None:
		super().tick()
		self.mailbox.check()

	def take_sent(self) -> list[str]:
		return self.mailbox.take_sent()


def _lead_values(name: str, lead: LeadRow, now: datetime) -> dict[str, Any]:
	"""The row of a lead, completed as ERPNext completes it when it saves one."""
	values: dict[str, Any] = dict(lead.values)
	people = (values.get(part) for part in ("salutation", "first_name", "middle_name", "last_name"))
	values.setdefault(
		"lead_name",
		" ".join(filter(None, people)) or values.get("company_name") or lead.address.split("@")[0],
	)
	values["lead_name"] = values["lead_name"][:140]
	values.setdefault("title", values.get("company_name") or values["lead_name"])
	values.setdefault("status", "Lead")
	values["email_id"] = values["email_id"].strip()
	creation = lead.creation or now
	return {
		**values,
		"name": name,
		**_time_zone(lead),
		"creation": creation,
		"modified": creation,
	}


def _time_zone(lead: LeadRow) -> dict[str, str]:
	known = time_zones.Origin(lead.time_zone, time_zones.GIVEN) if lead.time_zone else None
	known = known or time_zones.derive_for(lead.values)
	return {time_zones.ZONE: known.zone, time_zones.ORIGIN: known.origin}
