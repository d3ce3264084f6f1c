"""What is switched on while we measure: the presets that ship, nine more rules to make them twenty, and in the first mail
all that costs time: tracking, a block that changes with the reader, and a subject that is being tried out."""

from __future__ import annotations

import json
from typing import Any

import frappe

from nurture_app.engine import lifecycle
from nurture_app.engine.experiments import life
from nurture_app.site import active
from nurture_app.site.host import site_host

SEQUENCE = "Five-Email Nurture"
FIRST_STEP = "Welcome"
FIRST_MAIL = "Nurture 1 - Welcome"
BLOCK = "Benchmark Story"
STORY = "<p>How a team like yours in {0} got through its first month, told in two minutes.</p>"
ANY_TRADE = "any trade"
PLACE_OF_STORY = "{{ block.benchmark_story }}"
SETTINGS = {
	"company_name": "Example Ltd",
	"sender_name": "Robin Example",
	"postal_address": "1 Main Street, Springfield, 12345, United States",
	"hold_all_sending": 0,
	# open at any hour of any day, or the figures would depend on when they are measured
	"window_start": "00:00:00",
	"window_end": "23:59:59",
	**{
		f"window_{day}": 1
		for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
	},
}
LIMITS = {"needs_count": 1, "count_within": "Lead", "cap_count": 3, "cap_window_days": 90, "cooldown": 1}
LIMITS |= {"cooldown_unit": "Days", "decay": "Expire", "decay_days": 90}
MORE_BEHAVIOUR = (
	("Viewed a page", "Page View", 1, {"cap_count": 10, "decay": "Half-life", "decay_days": 30}),
	("Filled in a form", "Form Submitted", 5, {}),
	("Clicked in a mail", "Email Click", 3, {"decay": "Half-life", "decay_days": 60}),
	("Had a meeting", "Meeting", 20, {"decay_days": 180}),
	("Chatted", "Chat Started", 5, {}),
)
MORE_PROFILE = (
	("Free mail address", -5, ["email_id", "like", "%@gmail.com"]),
	("Student", -20, ["job_title", "has word", ["Student"]]),
	("Has a website", 2, ["website", "is", "set"]),
	("In our market", 5, ["territory", "=", "United States"]),
)


def switch_on() -> None:
	"""All shipped rules and segments, the further rules, and the five-mail sequence; committed."""
	for fieldname, value in SETTINGS.items():
		frappe.db.set_single_value("Nurture Settings", fieldname, value, update_modified=False)
	# by SQL: saving them would queue jobs that recompute everything behind our back
	frappe.db.sql("UPDATE `tabLead Scoring Rule` SET enabled = 1")
	frappe.db.sql("UPDATE `tabNurture Segment` SET enabled = 1 WHERE segment_type = 'Dynamic'")
	for title, activity_type, points, more in MORE_BEHAVIOUR:
		_rule(title, "Behaviour", "Engagement", points, activity_type=activity_type, **LIMITS | more)
	for title, points, condition in MORE_PROFILE:
		_rule(title, "Profile", "Fit", points, condition=json.dumps(condition))
	_change_with_the_reader()
	goal = {"goal_activity": "Opportunity Created", "goal_target": 8}  # a site of an earlier version has none
	frappe.db.set_value("Nurture Sequence", SEQUENCE, goal, update_modified=False)
	lifecycle.date_goal(site_host(commit=True), SEQUENCE)
	lifecycle.activate(site_host(commit=True), SEQUENCE)
	_try_subjects()
	active.forget()
	frappe.db.commit()


def _change_with_the_reader() -> None:
	if not frappe.db.exists("Nurture Content Block", BLOCK):
		variants = [
			{
				"label": industry,
				"condition": json.dumps(["industry", "=", industry]),
				"text": STORY.format(industry),
			}
			for industry in ("Software", "Consulting", "Manufacturing")
		]
		block = {"doctype": "Nurture Content Block", "title": BLOCK, "variants": variants}
		frappe.get_doc({**block, "default_text": STORY.format(ANY_TRADE)}).insert()
	mail = frappe.get_doc("Nurture Content", FIRST_MAIL)
	if PLACE_OF_STORY not in mail.body:
		mail.body += f"<p>{PLACE_OF_STORY}</p>"
		mail.save()


def _try_subjects() -> None:
	if frappe.db.exists("Nurture Experiment", BLOCK):
		return
	variants = [
		{"label": "A", "weight": 50},
		{
			"label": "B",
			"weight": 50,
			"subject": 'Good to have you here, {{ lead.first_name | default("and welcome") }}',
		},
	]
	row = {"doctype": "Nurture Experiment", "title": BLOCK, "sequence": SEQUENCE, "step": FIRST_STEP}
	row |= {"variable": "Subject", "metric": "Human Click", "min_people": 100_000, "variants": variants}
	frappe.get_doc(row).insert()
	life.start(site_host(commit=True), BLOCK)


def rules_in_use() -> int:
	return frappe.db.count("Lead Scoring Rule", {"enabled": 1})


def _rule(title: str, rule_type: str, part: str, points: int, **values: Any) -> None:
	if not frappe.db.exists("Lead Scoring Rule", title):
		values |= {"title": title, "rule_type": rule_type, "score_part": part, "points": points, "enabled": 1}
		doc = frappe.get_doc({"doctype": "Lead Scoring Rule", "name": title, **values})
		doc.db_insert()
