"""One activity, from the door to the score on the Lead, beside one `Lead.save()` of the same lead.

ERPNext's save is measured without this app's document events, and without the network: leads have a picture, so
gravatar.com is not asked. What a lead without a picture costs on this machine stands in the details.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

import frappe

from benchmarks import measure
from benchmarks.dataset import lead_name
from benchmarks.measure import Figure
from benchmarks.plain_erpnext import without_app_hooks
from nurture_app.engine import activities
from nurture_app.engine.activities import ActivityIn
from nurture_app.site.host import site_host

ROUNDS = 60
TOGETHER = 100
KINDS = (
	("Pricing Page View", "Website"),
	("Content Download", "Website"),
	("Page View", "Website"),
	("Email Click", "Email"),
	("Form Submitted", "Website"),
)
LIMIT = 0.1
# the score stays as the ledger says it is, so that the other figures find it so
IN_ONE_GO = """BEGIN NOT ATOMIC
	INSERT INTO `tabNurture Activity` (name, activity_type, occurred_on, party_type, party, dedupe_key)
	VALUES (%(name)s, 'Page View', %(now)s, 'Lead', %(lead)s, CONCAT('benchmark|', %(name)s));
	INSERT INTO `tabNurture Score Entry` (name, party_type, party, activity, points, occurred_on, entry_key)
	VALUES (%(name)s, 'Lead', %(lead)s, %(name)s, 0, %(now)s, CONCAT('benchmark|', %(name)s));
	UPDATE `tabLead` SET nurture_score = nurture_score, nurture_last_activity_on = %(now)s WHERE name = %(lead)s;
END"""
_numbers = count(1)


def measure_all(leads: int) -> list[Figure]:
	sample = random.Random(1).sample(range(1, leads + 1), ROUNDS * (TOGETHER + 1))
	alone, together = sample[:ROUNDS], sample[ROUNDS:]

	def record(number: int) -> Callable[[], None]:
		host, given = site_host(commit=False), [_activity(alone[number], number)]
		return lambda: activities.record(host, given)

	def record_together(number: int) -> Callable[[], None]:
		some = together[max(number, 0) * TOGETHER :][:TOGETHER]
		host, given = site_host(commit=False), [_activity(lead, number) for lead in some]
		return lambda: activities.record(host, given)

	def save(number: int) -> Callable[[], None]:
		return _save(alone[number])

	def least(number: int) -> Callable[[], None]:
		return _least_possible(alone[number])

	with without_app_hooks():
		seconds = measure.in_turns(
			ROUNDS, record=record, record_together=record_together, least=least, save=save
		)
		unpictured = measure.in_turns(5, save=lambda number: _save(alone[number], image=None))
	one, peer = measure.middle(seconds["record"]), measure.middle(seconds["save"])
	many = measure.middle(seconds["record_together"]) / TOGETHER
	with measure.counted_queries() as statements:
		record(0)()
	frappe.db.commit()
	compared_to = "one Lead.save() of ERPNext alone, lead with a picture"
	return [
		measure.at_most(
			"activity_to_score",
			leads,
			one * 1000,
			"ms",
			compared_to,
			peer * 1000,
			LIMIT,
			queries=len(statements),
			save_without_picture_ms=measure.middle(unpictured["save"]) * 1000,
			least_possible_ms=measure.middle(seconds["least"]) * 1000,
		),
		measure.at_most(
			"activity_to_score_in_batches_of_100", leads, many * 1000, "ms", compared_to, peer * 1000, LIMIT
		),
	]


def _activity(lead: int, number: int) -> ActivityIn:
	kind, channel = KINDS[number % len(KINDS)]
	host_now = frappe.utils.now_datetime()
	return ActivityIn(
		lead_name(lead),
		kind,
		host_now,
		channel,
		"/pricing",
		dedupe_key=f"benchmark|{host_now}|{next(_numbers)}",
	)


def _least_possible(lead: int) -> Callable[[], None]:
	"""An activity, an entry of the ledger and a score written in one round trip that asks nothing before."""
	name = site_host(commit=False).db.new_name()
	values = {"name": name, "lead": lead_name(lead), "now": frappe.utils.now_datetime()}
	frappe.db.sql("SELECT 1")  # a connection, if there was none
	cursor = frappe.db._cursor
	return lambda: cursor.execute(IN_ONE_GO, values)


def _save(
	lead: int, image: str | None = "/assets/frappe/images/frappe-framework-logo.svg"
) -> Callable[[], None]:
	doc = frappe.get_doc("Lead", lead_name(lead))
	doc.image = image
	doc.mobile_no = f"+1 555 {random.randrange(10**7):07}"
	return doc.save
