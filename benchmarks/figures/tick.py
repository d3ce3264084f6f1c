"""Personalised mails queued per second, beside ERPNext's Email Campaign and beside the bare inserts.

Round by round: the job works off 5,000 due mails in batches of 500, in its two lanes; then Frappe's `bulk_insert` of the
very rows it wrote (queue, recipients, communications, touches), under new names; then ERPNext's own daily function over
Email Campaign documents of some of these leads, with the same text as Email Template. Nothing is sent: emails are muted
on this site.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import frappe
from erpnext.crm.doctype.email_campaign.email_campaign import send_email_to_leads_or_contacts

from benchmarks import measure
from benchmarks.measure import Figure
from benchmarks.plain_erpnext import without_app_hooks
from benchmarks.setting import ANY_TRADE, PLACE_OF_STORY, SEQUENCE, STORY
from nurture_app.engine import runner
from nurture_app.engine.enrollments import entering
from nurture_app.site import due_steps
from nurture_app.site.host import site_host

BATCH = 500
SMALL_BATCH = 50
ROUNDS = 6
DUE = 10 * BATCH
"""In each round."""

CAMPAIGNS = 50
"""Mails ERPNext's function makes per round: enough for a steady figure, few enough to wait for."""

BATCHES_FOR_MEMORY = 20
PEER_LIMIT = 100.0
FLOOR_LIMIT = 5.0
MEMORY_LIMIT = 1.05
WRITTEN = ("Communication", "Email Queue", "Email Queue Recipient", "Nurture Touch")
ALSO_WRITTEN = ("Nurture Content Use", "Communication Link", "Nurture Enrollment", "Email Campaign")
NAMED_ONCE = {"Nurture Touch": ("token", "tracking_token", "touch_key")}
"""Columns that are unique besides the name."""

TEMPLATE = "Benchmark"


def measure_all(leads: int) -> list[Figure]:
	seconds = _Seconds([], [], [])
	for number in range(-1, ROUNDS):
		_round(seconds, warm_up=number < 0)
	size = _bytes_per_mail()
	_enroll(SMALL_BATCH + (BATCHES_FOR_MEMORY + 1) * BATCH)
	few, many = _queries(SMALL_BATCH), _queries(BATCH)
	memory = []
	while _tick(BATCH).claimed:
		memory.append(measure.memory_mb())
	tick = DUE / measure.middle(seconds.tick)
	floor = DUE / measure.middle(seconds.floor)
	peer = CAMPAIGNS / measure.middle(seconds.peer)
	return [
		measure.at_least(
			"mails_queued_beside_email_campaign",
			leads,
			tick,
			"mails/s",
			"ERPNext's Email Campaign",
			peer,
			PEER_LIMIT,
		),
		Figure(
			"mails_queued_beside_bulk_insert",
			leads,
			tick,
			"mails/s",
			"frappe.db.bulk_insert of the rows the tick wrote",
			floor,
			floor / tick,
			FLOOR_LIMIT,
			floor / tick <= FLOOR_LIMIT,
			{"bytes_per_mail": size},
		),
		measure.at_most(
			f"queries_of_a_batch_of_{BATCH}", leads, many, "queries", f"a batch of {SMALL_BATCH}", few, 1.0
		),
		measure.at_most(
			f"memory_after_{len(memory)}_batches",
			leads,
			memory[-1],
			"MB",
			"after the third batch",
			memory[2],
			MEMORY_LIMIT,
		),
	]


@dataclass(slots=True)
class _Seconds:
	tick: list[float]
	floor: list[float]
	peer: list[float]


def _round(seconds: _Seconds, *, warm_up: bool) -> None:
	_enroll(DUE)
	frappe.db.set_single_value("Nurture Settings", "batch_size", BATCH, update_modified=False)
	frappe.db.commit()
	tick = measure.timed(_work_off)
	rows = {doctype: _written(doctype) for doctype in WRITTEN}
	parties = frappe.db.sql("SELECT party FROM `tabNurture Touch` LIMIT %s", (CAMPAIGNS,))
	floor = measure.timed(lambda: _insert_again(rows))
	_forget_copies()
	_schedule([party for (party,) in parties])
	with without_app_hooks():
		peer = measure.timed(_run_email_campaigns)
	frappe.db.sql("UPDATE `tabEmail Campaign` SET status = 'Completed'")
	frappe.db.commit()
	if not warm_up:
		seconds.tick.append(tick)
		seconds.floor.append(floor)
		seconds.peer.append(peer)


def _work_off() -> None:
	"""As the job does it."""
	failures: list[str] = []
	result = due_steps.work_off_due(time.monotonic() + 600, failures)
	if failures or result.queued != DUE:
		raise AssertionError(f"not every mail was queued: {result}, {failures}")


def _tick(size: int) -> Any:
	frappe.db.set_single_value("Nurture Settings", "batch_size", size, update_modified=False)
	result = runner.tick(site_host(commit=True), "benchmark")
	if result.queued != result.claimed:
		raise AssertionError(f"not every mail was queued: {result}")
	return result


def _queries(size: int) -> int:
	"""Statements of one tick, without those of this benchmark around it."""
	frappe.db.set_single_value("Nurture Settings", "batch_size", size, update_modified=False)
	frappe.db.commit()
	host = site_host(commit=True)
	with measure.counted_queries() as statements:
		result = runner.tick(host, "benchmark")
	if result.queued != size:
		raise AssertionError(f"a batch of {size} queued {result}")
	return len(statements)


def _enroll(leads: int) -> None:
	"""Put so many leads, or all there are, into the sequence, as if for the first time; its first mail is due at once."""
	for doctype in (*WRITTEN, *ALSO_WRITTEN):
		frappe.db.sql_ddl(f"TRUNCATE TABLE `tab{doctype}`")
	mailable = frappe.db.sql(
		"""SELECT name FROM `tabLead` WHERE nurture_email_consent = 'Given' AND unsubscribed = 0
		AND status NOT IN ('Converted', 'Do Not Contact') ORDER BY name LIMIT %s""",
		leads,
	)
	names = [name for (name,) in mailable]
	entered = sum(1 for one in entering.enroll(site_host(commit=True), SEQUENCE, names) if one.enrollment)
	measure.say(f"{entered} leads entered the sequence")


def _written(doctype: str) -> tuple[list[str], list[tuple]]:
	"""Columns and rows of what this round wrote, under new names."""
	rows = frappe.db.sql(f"SELECT * FROM `tab{doctype}`", as_dict=True)
	columns = [column for column in rows[0] if any(row[column] is not None for row in rows)]
	rows = [[row[column] for column in columns] for row in rows]
	renamed = [columns.index(column) for column in ("name", *NAMED_ONCE.get(doctype, ()))]
	copies = []
	for row in rows:
		copy = list(row)
		for place in renamed:
			copy[place] = f"copy-{row[place]}"
		copies.append(tuple(copy))
	return columns, copies


def _insert_again(rows: dict[str, tuple[list[str], list[tuple]]]) -> None:
	for doctype, (columns, values) in rows.items():
		frappe.db.bulk_insert(doctype, columns, values)
	frappe.db.commit()


def _forget_copies() -> None:
	for doctype in WRITTEN:
		frappe.db.sql(f"DELETE FROM `tab{doctype}` WHERE name LIKE 'copy-%'")
	frappe.db.commit()


def _schedule(parties: list[str]) -> None:
	"""An Email Campaign document for each lead, in progress, its mail due today."""
	_make_campaign()
	for party in parties:
		frappe.get_doc(
			{
				"doctype": "Email Campaign",
				"campaign_name": TEMPLATE,
				"email_campaign_for": "Lead",
				"recipient": party,
				"sender": "Administrator",
				"start_date": frappe.utils.today(),
			}
		).insert()
	frappe.db.commit()


def _run_email_campaigns() -> None:
	send_email_to_leads_or_contacts()
	frappe.db.commit()


def _make_campaign() -> None:
	if frappe.db.exists("Campaign", TEMPLATE):
		return
	content = frappe.get_doc("Nurture Content", "Nurture 1 - Welcome")
	settings = frappe.get_doc("Nurture Settings")

	def as_template(text: str) -> str:
		"""The same text with the placeholders of an Email Template."""
		text = text.replace("{{ lead.", "{{ doc.").replace("{{ company.name }}", settings.company_name)
		text = text.replace(PLACE_OF_STORY, STORY.format(ANY_TRADE))
		return text.replace("{{ sender.name }}", settings.sender_name)

	template = {"doctype": "Email Template", "name": TEMPLATE, "subject": as_template(content.subject)}
	frappe.get_doc({**template, "use_html": 1, "response_html": as_template(content.body)}).insert()
	schedule = [{"email_template": TEMPLATE, "send_after_days": 0}]
	frappe.get_doc(
		{"doctype": "Campaign", "campaign_name": TEMPLATE, "campaign_schedules": schedule}
	).insert()


def _bytes_per_mail() -> int:
	((size,),) = frappe.db.sql(
		"""SELECT AVG(LENGTH(queue.message) + LENGTH(mail.content)) FROM `tabNurture Touch` touch
		JOIN `tabEmail Queue` queue ON queue.name = touch.email_queue
		JOIN `tabCommunication` mail ON mail.name = touch.communication"""
	)
	return int(size)
