"""Fills a site with the simulator's sample of leads, so that the Desk has something to show.

Run by `dev/demo-leads` with the bench's Python, from the bench's `sites` folder:

	python demo_leads.py <site>

The last two months are lived through with a moved clock, by the site's own jobs and hooks. A site that has leads is
left alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_system_timezone, now_datetime
from freezegun import freeze_time

from nurture_app.engine.countries import country_code
from nurture_app.engine.lifecycle import activate, date_goal
from nurture_app.simulator import cli
from nurture_app.simulator.behaviour import Reaction, load_behaviour
from nurture_app.simulator.csv_file import Problem
from nurture_app.simulator.csv_input import read_activities, read_leads
from nurture_app.simulator.presets import USUAL, activity_types, read_presets
from nurture_app.simulator.tables import lead_catalog
from nurture_app.simulator.world import Scenario, World, first_moment
from nurture_app.site import active, nurture_jobs
from nurture_app.site.clock import SiteClock
from nurture_app.site.host import site_host

COMPANY = {
	"company_name": "Demo Company",
	"sender_name": "Alex Example",
	"postal_address": "Demo Company, 1 Sample Street, 12345 Sampletown",
	"booking_url": "https://example.com/book",
}
SALESPERSON = "sam.seller@demo.example"
ANSWER = "<p>Thank you, that is what we are looking for. Could you call me this week?</p>"


def main(site: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	try:
		if frappe.db.count("Lead"):
			sys.exit(f"!! {site} has leads; only a site without any is filled.")
		frappe.set_user("Administrator")
		frappe.flags.mute_emails = True
		scenario = _scenario()
		with freeze_time(_utc(first_moment(scenario), scenario.zone)) as frozen:
			DemoSite(scenario, frozen).run(lambda day: print(f"\r   {day}", end="", flush=True))
		print(f"\r-- {frappe.db.count('Lead')} leads, {frappe.db.count('Nurture Touch')} touches on {site}.")
	finally:
		frappe.destroy()


class FrozenClock(SiteClock):
	"""The site's wall clock, which stands still until it is moved."""

	def __init__(self, frozen) -> None:
		self._frozen = frozen

	def move_to(self, moment: datetime) -> None:
		self._frozen.move_to(_utc(moment, self.zone))


class DemoSite(World):
	"""A scenario played on the connected site. What its people do is committed at once."""

	def __init__(self, scenario: Scenario, frozen):
		super().__init__(scenario)
		self.clock = FrozenClock(frozen)
		self.host = site_host(commit=True)

	def set_up(self) -> None:
		settings = frappe.get_doc("Nurture Settings")
		account = frappe.db.get_value("Email Account", {"default_outgoing": 1})
		settings.update({**COMPANY, "email_account": account, "hold_all_sending": 0}).save()
		if not frappe.db.exists("User", SALESPERSON):
			user = {"email": SALESPERSON, "first_name": "Sam", "last_name": "Seller", "send_welcome_email": 0}
			frappe.get_doc({"doctype": "User", "roles": [{"role": "Sales User"}], **user}).insert()
		for doctype, field in (("Industry Type", "industry"), ("Lead Source", "source_name")):
			column = {"Lead Source": "source"}.get(doctype, field)
			for value in {lead.values.get(column) for lead in self.scenario.leads} - {None, ""}:
				if not frappe.db.exists(doctype, value):
					frappe.get_doc({"doctype": doctype, field: value}).insert()
		for doctype in ("Lead Scoring Rule", "Nurture Segment"):
			for name in frappe.get_all(doctype, {"preset": ["is", "set"]}, pluck="name"):
				frappe.db.set_value(doctype, name, "enabled", 1)
		active.forget()
		frappe.db.commit()  # nosemgrep: the engine works in transactions of its own

	def activate(self) -> None:
		for sequence in USUAL:
			date_goal(self.host, sequence)
			activate(self.host, sequence)
		active.forget()
		nurture_jobs.run_rescore()

	def make_leads(self, numbers: Sequence[int]) -> None:
		frappe.flags.in_import = True  # no picture is asked of the network for people who do not exist
		for number in numbers:
			row = self.scenario.leads[number]
			values = {key: value for key, value in row.values.items() if key != "name"}
			if row.time_zone:
				values["nurture_time_zone"] = row.time_zone
			if code := country_code(values.get("country")):  # names of countries differ between versions
				values["country"] = frappe.db.get_value("Country", {"code": code.lower()})
			lead = frappe.new_doc("Lead").update({"lead_owner": SALESPERSON, **values})
			self.names[number] = lead.insert().name
		frappe.flags.in_import = False
		frappe.db.commit()  # nosemgrep: what a request does at its end

	def tick(self) -> None:
		nurture_jobs.run_tick()

	def night(self) -> None:
		nurture_jobs.run_nightly()

	def take_sent(self) -> list[str]:
		"""Call the queued mails sent, as the mail server would; nothing leaves."""
		waiting = frappe.get_all(
			"Nurture Touch", {"status": "Queued", "email_queue": ["is", "set"]}, ["name", "email_queue"]
		)
		if waiting:
			rows = [touch.email_queue for touch in waiting]
			frappe.db.set_value("Email Queue", {"name": ["in", rows]}, "status", "Sent")
			frappe.db.set_value("Email Queue Recipient", {"parent": ["in", rows]}, "status", "Sent")
			frappe.db.commit()  # nosemgrep: as the sender of the queue does
			nurture_jobs.run_tick()
		return [touch.name for touch in waiting]

	def answer(self, reactions: Sequence[Reaction]) -> None:
		"""Replies arrive as mails, and the hooks see them; openings and clicks are recorded."""
		seen = [reaction for reaction in reactions if reaction.kind != "reply"]
		if seen:
			super().answer(seen)
		for reaction in reactions:
			if reaction.kind == "reply":
				self._reply(reaction)

	def _reply(self, reaction: Reaction) -> None:
		sent = frappe.db.get_value("Nurture Touch", reaction.mail.touch, "communication")
		subject = frappe.db.get_value("Communication", sent, "subject")
		frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_medium": "Email",
				"sent_or_received": "Received",
				"sender": reaction.mail.address,
				"subject": f"Re: {subject}",
				"content": ANSWER,
				"reference_doctype": "Lead",
				"reference_name": reaction.mail.party,
				"in_reply_to": sent,
				"communication_date": reaction.moment,
			}
		).insert(ignore_permissions=True)
		frappe.db.commit()  # nosemgrep: what the mailbox's job does after each mail


def _scenario() -> Scenario:
	"""The sample of `nurture demo`, moved by whole weeks so that it ends within the last seven days."""
	zone, now = ZoneInfo(get_system_timezone()), now_datetime()
	start = datetime.combine(cli.SAMPLE_START, datetime.min.time())
	end = start + timedelta(days=cli.SAMPLE_DAYS)
	weeks = (now - end) // timedelta(weeks=1) * timedelta(weeks=1)
	problems: list[Problem] = []
	presets = read_presets(None)
	leads = read_leads(cli.SAMPLE / "leads.csv", lead_catalog(), zone, end, problems)
	once = {lead.address: lead for lead in reversed(leads)}  # ERPNext takes each address but once
	leads = [lead for lead in leads if lead is once[lead.address]]
	rows = read_activities(
		cli.SAMPLE / "activities.csv", set(once), activity_types(presets), zone, end, problems
	)
	return Scenario(
		leads=[replace(one, creation=one.creation and one.creation + weeks) for one in leads],
		activities=[replace(one, occurred_on=one.occurred_on + weeks) for one in rows],
		presets=presets,
		start=start + weeks,
		end=now.replace(second=0, microsecond=0),
		zone=zone,
		seed=cli.SAMPLE_SEED,
		behaviour=load_behaviour(cli.SAMPLE / "behaviour.json"),
	)


def _utc(moment: datetime, zone: ZoneInfo) -> datetime:
	"""What freezegun takes: naive, in UTC."""
	return moment.replace(tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None)


if __name__ == "__main__":
	main(sys.argv[1])
