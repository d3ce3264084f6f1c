"""The know-how that ships is complete, harmless until switched on, and fit to be sent."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nurture_app.engine import conditions, sequences
from nurture_app.engine.condition_history import ActivityLeaf
from nurture_app.engine.condition_scope import Known, lead_scope
from nurture_app.engine.definition import definition_from_rows
from nurture_app.engine.ports import Host
from nurture_app.engine.rules import rule_from_row
from nurture_app.engine.sql import Query
from nurture_app.engine.visits import categories
from nurture_app.simulator.sqlite_database import SQLiteDatabase
from nurture_app.simulator.tables import lead_catalog
from nurture_app.simulator.virtual_clock import VirtualClock

APP = Path(sequences.__file__).resolve().parent.parent
FIXTURES = APP / "fixtures"
PRESETS = FIXTURES / "presets"
UTC = ZoneInfo("UTC")
NOW = datetime(2026, 3, 2, 10, 0)

SYSTEM_TYPES = {
	"Opportunity Created",
	"Quotation Sent",
	"Became Customer",
	"Invoice Submitted",
	"Email Bounced",
	"Soft Bounce",
	"Blocked",
	"Spam Complaint",
	"Preferences Changed",
	"Opt-in Confirmed",
	"Segment Entered",
	"Segment Left",
	"MQL Reached",
	"MQL Lost",
	"SQL Reached",
	"SQL Lost",
	"High-Touch Reached",
	"High-Touch Ended",
	"Question Asked",
	"Opportunity Won",
	"Opportunity Lost",
	"Opportunity Stage Changed",
	"Tag Added",
	"Handed Over",
	"Handoff Accepted",
	"Handoff Given Back",
	"Handoff Unanswered",
	"Interest Returned",
	"Colleague Wrote",
	"Task Done",
	"Tag Removed",
	"Field Changed",
}
PEOPLE_TYPES = {
	"Page View",
	"Pricing Page View",
	"Content Download",
	"Webinar Registered",
	"Webinar Attended",
	"Demo Request",
	"Email Open",
	"Email Click",
	"Email Reply",
	"Unsubscribe",
	"Form Submitted",
	"Call",
	"Meeting",
	"Product Usage",
	"Survey Answered",
	"Survey Answer",
	"In-App Click",
	"Chat Started",
	"Repeat Visit",
	"Case Study View",
	"Webinar No-show",
	"Event Registered",
	"Event Attended",
	"Trial Started",
	"Signed Up",
	"Activated",
	"Feature Used",
	"Users Added",
	"Tier Limit Reached",
	"Cart Abandoned",
	"Order Placed",
	"Referral Made",
	"Social Engagement",
	"Intent Signal",
	"Chat Asked",
	"Ad Lead Form",
	"Newsletter Sign-up",
	"Appointment Booked",
	"Appointment Attended",
	"Appointment Missed",
	"Milestone Reached",
	"Went Live",
}
PASSIVE_TYPES = {
	"Survey Answer",
	"Referral Made",
	"Unsubscribe",
	"Webinar No-show",
	"Intent Signal",
	"Appointment Missed",
}
"""No sign of interest in us."""

POINTS = {
	"sc-02-demo-request": 30,
	"sc-03-email-reply": 20,
	"sc-04-pricing-page-view": 15,
	"sc-05-webinar-attended": 15,
	"sc-06-content-download": 10,
	"sc-07-three-opens-in-sequence": 10,
	"sc-08-target-industry": 10,
	"sc-09-company-size": 10,
	"sc-10-seniority": 10,
	"sc-11-inactive-60-days": -15,
	"sc-12-unsubscribed": -25,
	"dh-07-free-mail": -5,
	"dh-07-disposable": -20,
	"dh-07-student": -15,
}


def load(path: Path) -> list[dict]:
	return json.loads(path.read_text(encoding="utf-8"))


ACTIVITY_TYPES = load(FIXTURES / "catalogue" / "activity_types.json")
RULES = load(PRESETS / "scoring_rules.json")
SEGMENTS = load(PRESETS / "segments.json")
PERSONAS = load(PRESETS / "personas.json")
SEQUENCES = [doc for path in sorted(PRESETS.glob("sequences/*.json")) for doc in load(path)]
CONTENTS = [doc for path in sorted(PRESETS.glob("contents/*.json")) for doc in load(path)]
EXPERIMENTS = load(PRESETS / "experiments.json")
TRIED = {
	variant["content"]
	for experiment in EXPERIMENTS
	for variant in experiment["variants"]
	if variant.get("content")
}
"""Texts that experiments put in the place of others."""
MAILS = [content for content in CONTENTS if content.get("channel", "Email") == "Email"]
AUDIENCES = load(PRESETS / "audiences.json")
BLOCKS = load(PRESETS / "content_blocks.json")
EDITABLE = [*RULES, *SEGMENTS, *PERSONAS, *AUDIENCES, *SEQUENCES, *CONTENTS]
EVENT_SOURCES = load(PRESETS / "event_sources.json")
PAGE_CATEGORIES = load(PRESETS / "page_categories.json")
STEPS = [step for sequence in SEQUENCES for step in sequence["steps"]]

CATALOG = lead_catalog()
CONTENT_BY_TITLE = {content["title"]: content for content in CONTENTS}
KNOWN = Known(
	activity_types=frozenset(kind["name"] for kind in ACTIVITY_TYPES),
	segments=frozenset(segment["title"] for segment in SEGMENTS),
	sequences=frozenset(sequence["title"] for sequence in SEQUENCES),
)
DOCTYPES = {
	data["name"]: {field["fieldname"]: field for field in data["fields"]}
	for data in (load(path) for path in (APP / "nurture_app" / "doctype").glob("*/*.json"))
}


def sequence(preset: str) -> dict:
	(found,) = [doc for doc in SEQUENCES if doc["preset"] == preset]
	return found


def contents_of(doc: dict) -> list[dict]:
	"""The texts of a sequence in the order of its steps."""
	return [CONTENT_BY_TITLE[step["content"]] for step in doc["steps"] if step.get("content")]


def by(key: str):
	return lambda doc: doc[key]


def definition_of(sequence: dict) -> sequences.SequenceDefinition:
	return definition_from_rows(sequence, sequence["steps"])


# --- the files fit the DocTypes ---------------------------------------------------------------------------------------


def check_fields(doc: dict, doctype: str, ignored: set[str]) -> None:
	fields = DOCTYPES[doctype]
	for name, value in doc.items():
		if name in ignored:
			continue
		where = f"{doctype} {doc.get('title') or doc.get('step_label') or doc.get('name')}: {name}"
		assert name in fields, where
		field = fields[name]
		kind = field["fieldtype"]
		if kind == "Select":
			assert value in field["options"].split("\n"), where
		elif kind == "Check":
			assert value in (0, 1), where
		elif kind == "Percent":
			assert 0 < value <= 100, where
		elif kind == "Int":
			assert isinstance(value, int) and not isinstance(value, bool), where
			assert value >= 0 or not field.get("non_negative"), where
		elif kind in ("Data", "Link"):
			assert isinstance(value, str) and len(value) <= (field.get("length") or 140), where
		elif kind == "Code" and field.get("options") == "JSON":
			assert isinstance(value, dict | list), where
		elif kind not in ("Table", "Table MultiSelect"):
			assert isinstance(value, str), where
	for name, field in fields.items():
		if field.get("reqd"):
			assert doc.get(name) not in (None, ""), f"{doctype} {doc}: {name} is required"


@pytest.mark.parametrize("doc", EDITABLE, ids=by("preset"))
def test_every_preset_has_only_fields_and_values_its_doctype_allows(doc):
	check_fields(doc, doc["doctype"], {"doctype"})
	for step in doc.get("steps", ()):
		check_fields(step, "Nurture Sequence Step", set())


@pytest.mark.parametrize("doc", ACTIVITY_TYPES, ids=by("name"))
def test_every_activity_type_is_complete(doc):
	check_fields(doc, "Nurture Activity Type", {"doctype", "name", "docstatus", "modified"})
	assert doc["name"] == doc["activity_type"]
	assert set(DOCTYPES["Nurture Activity Type"]) - {"column_1"} <= set(doc)
	assert doc["description"].endswith(".")
	assert doc["is_system"] == int(doc["name"] in SYSTEM_TYPES)
	assert doc["is_engagement"] == int(doc["name"] in PEOPLE_TYPES - PASSIVE_TYPES | {"Opt-in Confirmed"})


@pytest.mark.parametrize("doc", [*EVENT_SOURCES, *PAGE_CATEGORIES], ids=by("preset"))
def test_sources_and_page_categories_have_only_fields_and_values_their_doctypes_allow(doc):
	check_fields(doc, doc["doctype"], {"doctype"})
	assert doc["enabled"] == 0
	kinds = doc.get("types", [doc])
	named = {kind["activity_type"] for kind in kinds if kind.get("activity_type")}
	assert named <= {kind["name"] for kind in ACTIVITY_TYPES}
	for kind in doc.get("types", []):
		check_fields(kind, "Nurture Event Source Type", set())
	for row in doc.get("mappings", []):
		check_fields(row, "Nurture Event Mapping", set())
	assert categories.patterns_in(doc.get("pattern", "/"))


def test_the_activity_types_are_those_agreed_on():
	assert sorted(kind["name"] for kind in ACTIVITY_TYPES) == sorted(PEOPLE_TYPES | SYSTEM_TYPES)


def test_only_records_nobody_edits_are_imported_at_each_migrate():
	assert sorted(path.name for path in FIXTURES.glob("*.json")) == ["custom_html_block.json"]


def test_everything_ships_inactive():
	assert all(doc["enabled"] == 0 for doc in [*RULES, *SEGMENTS, *PERSONAS, *AUDIENCES])
	assert all(doc["status"] == "Draft" for doc in SEQUENCES)


def test_presets_and_titles_are_unique():
	presets = [doc["preset"] for doc in (*EDITABLE, *EVENT_SOURCES, *PAGE_CATEGORIES)]
	assert len(presets) == len(set(presets))
	assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", preset) for preset in presets)
	for docs in (RULES, SEGMENTS, PERSONAS, AUDIENCES, SEQUENCES, CONTENTS):
		titles = [doc["title"].lower() for doc in docs]
		assert len(titles) == len(set(titles))


def test_every_preset_says_what_it_is_for():
	assert all(doc["description"].strip().endswith((".", "?")) for doc in EDITABLE)


# --- rules and segments -----------------------------------------------------------------------------------------------


def test_rules_pay_the_points_of_the_articles():
	assert {rule["preset"]: rule["points"] for rule in RULES} == POINTS


@pytest.mark.parametrize("row", RULES, ids=by("preset"))
def test_every_rule_can_be_used(row):
	rule = rule_from_row({"name": row["title"], **row})
	if rule.is_profile:
		condition = conditions.parse(row["condition"], CATALOG)
		conditions.check_references(condition, KNOWN)
		assert not conditions.is_everybody(condition)
	else:
		assert rule.activity_type in KNOWN.activity_types


def test_behaviour_pays_once_a_day_three_times_in_90_days_and_fades():
	usual = [rule for rule in RULES if rule["rule_type"] == "Behaviour" and rule["cap_count"] != 1]
	assert len(usual) == 5
	for rule in usual:
		assert (rule["cap_count"], rule["cap_window_days"]) == (3, 90)
		assert (rule["cooldown"], rule["cooldown_unit"]) == (1, "Days")
		assert (rule["decay"], rule["decay_days"]) == ("Expire", 90)


def test_fit_and_engagement_are_told_apart():
	fit = {rule["preset"] for rule in RULES if rule["score_part"] == "Fit"}
	addresses = {"dh-07-free-mail", "dh-07-disposable", "dh-07-student"}
	assert fit == {"sc-08-target-industry", "sc-09-company-size", "sc-10-seniority"} | addresses


@pytest.mark.parametrize("persona", PERSONAS, ids=by("preset"))
def test_every_persona_answers_every_question_and_is_marked_as_an_assumption(persona):
	condition = conditions.parse(persona["condition"], CATALOG)
	conditions.check_references(condition, KNOWN)
	assert not conditions.is_everybody(condition)
	asked = {
		name
		for name, field in DOCTYPES["Nurture Persona"].items()
		if field["fieldtype"] == "Small Text" and field.get("description", "").count("?")
	}
	assert len(asked) >= 15 and all(persona.get(name) for name in asked)
	assert not persona.get("evidence")


@pytest.mark.parametrize("segment", SEGMENTS, ids=by("preset"))
def test_every_segment_can_be_built_and_explained(segment):
	condition = conditions.parse(segment["condition"], CATALOG)
	conditions.check_references(condition, KNOWN)
	assert conditions.explain(condition).endswith(".")


class People:
	"""Leads in an empty database, and who of them a shipped condition finds."""

	def __init__(self):
		clock = VirtualClock(NOW, UTC)
		self.db = SQLiteDatabase(clock)
		self.host = Host(self.db, clock, {}, CATALOG, None)
		columns = ("name", "channel", "is_engagement", "is_system")
		kinds = [tuple(kind[column] for column in columns) for kind in ACTIVITY_TYPES]
		self.db.insert("tabNurture Activity Type", columns, kinds)

	def lead(self, name: str, *done: tuple[str, int], **fields) -> None:
		"""`done`: what the lead did, and how many days ago."""
		values = {"name": name, "creation": NOW - timedelta(days=200), **fields}
		self.db.insert("tabLead", tuple(values), [tuple(values.values())])
		for kind, days in done:
			row = (self.db.new_name(), kind, NOW - timedelta(days=days), "Lead", name, "human")
			columns = ("name", "activity_type", "occurred_on", "party_type", "party", "classification")
			self.db.insert("tabNurture Activity", (*columns, "dedupe_key"), [(*row, row[0])])

	def found(self, docs: list[dict], preset: str) -> set[str]:
		(doc,) = [doc for doc in docs if doc["preset"] == preset]
		scope = lead_scope(self.host)
		criterion = conditions.parse(doc["condition"], CATALOG).sql(scope)
		return {
			name for (name,) in self.db.rows(Query.from_(scope.lead).select(scope.lead.name).where(criterion))
		}


@pytest.fixture
def people():
	crowd = People()
	yield crowd
	crowd.db.close()


TEMPERATURES = ("cold-never-engaged", "cold-gone-quiet", "warm", "hot")


def test_temperatures_follow_what_people_did(people):
	people.lead("untouched")
	people.lead("only unsubscribed", ("Unsubscribe", 5))
	people.lead("quiet", ("Webinar Attended", 91), ("Page View", 400))
	people.lead("visitor", ("Page View", 89))
	people.lead("opener", ("Email Open", 3))
	people.lead("asked", ("Demo Request", 2))
	people.lead("asked long ago", ("Demo Request", 45))
	people.lead("scored", nurture_stage="SQL")
	people.lead("scored and visiting", ("Page View", 1), nurture_stage="SQL")
	people.lead("customer", ("Meeting", 1), status="Converted")
	people.lead("leave me alone", status="Do Not Contact")
	members = {preset: people.found(SEGMENTS, preset) for preset in TEMPERATURES}
	assert members == {
		"cold-never-engaged": {"untouched", "only unsubscribed"},
		"cold-gone-quiet": {"quiet"},
		"warm": {"visitor", "asked long ago"},
		"hot": {"asked", "scored", "scored and visiting"},
	}


def test_nobody_is_in_two_temperatures(people):
	kinds = sorted(KNOWN.activity_types)
	for first, second in combinations(range(len(kinds)), 2):
		for days in (10, 60, 120):
			for stage in ("", "MQL", "SQL"):
				name = f"{first}-{second}-{days}-{stage}"
				people.lead(name, (kinds[first], days), (kinds[second], 120), nurture_stage=stage)
	members = {preset: people.found(SEGMENTS, preset) for preset in TEMPERATURES}
	for first, second in combinations(TEMPERATURES, 2):
		assert not members[first] & members[second], (first, second)


def test_warm_leaves_out_exactly_those_that_hot_takes():
	shipped = {segment["preset"]: segment["condition"].get("all") for segment in SEGMENTS}
	assert {"not": shipped["hot"][1]} in shipped["warm"]


def test_customers_are_quiet_without_a_sign_and_a_purchase(people):
	people.lead("quiet", ("Became Customer", 400), ("Email Click", 150), status="Converted")
	people.lead("bought", ("Invoice Submitted", 100), ("Email Click", 150), status="Converted")
	people.lead("reads", ("Invoice Submitted", 300), ("Email Click", 20), status="Converted")
	people.lead("fresh", ("Became Customer", 30), status="Converted")
	people.lead("lead", ("Email Click", 150), status="Lead")
	people.lead("never", status="Converted")
	people.lead("imported", status="Converted", creation=NOW)
	assert people.found(SEGMENTS, "customers-gone-quiet") == {"quiet", "never"}


def test_everything_a_person_does_on_purpose_makes_warm():
	(warm,) = [segment for segment in SEGMENTS if segment["preset"] == "warm"]
	leaves = conditions.leaves(conditions.parse(warm["condition"], CATALOG))
	named = next(leaf for leaf in leaves if isinstance(leaf, ActivityLeaf)).names
	assert set(named) == PEOPLE_TYPES - PASSIVE_TYPES - {"Email Open"}


def test_seniority_counts_whole_words(people):
	senior = (
		"Head of Marketing",
		"head",
		"Co-Founder",
		"CEO/CTO",
		"Sales Director",
		"VP, Sales",
		"Owner & Chef",
	)
	others = ("Headmaster", "Cook", "Chef", "Directorate Clerk", "Homeowner", "", "Cooperation Manager")
	for title in (*senior, *others):
		people.lead(title or "none", job_title=title)
	assert people.found(RULES, "sc-10-seniority") == set(senior)


def test_fit_rules_find_the_shipped_targets(people):
	people.lead("both", industry="Software", no_of_employees="11-50")
	people.lead("neither", industry="Software House", no_of_employees="1-10")
	people.lead("unknown")
	assert people.found(RULES, "sc-08-target-industry") == {"both"}
	assert people.found(RULES, "sc-09-company-size") == {"both"}


def test_silence_costs_points_after_60_days_but_not_for_new_leads(people):
	people.lead("silent", ("Page View", 61))
	people.lead("active", ("Page View", 59))
	people.lead("new", creation=NOW - timedelta(days=59))
	people.lead("never did anything", creation=NOW - timedelta(days=60))
	people.lead("only unsubscribed", ("Unsubscribe", 1))
	assert people.found(RULES, "sc-11-inactive-60-days") == {
		"silent",
		"never did anything",
		"only unsubscribed",
	}


def test_can_be_mailed_asks_for_consent_and_respects_every_no(people):
	for name, fields in {
		"fine": {},
		"customer": {"status": "Converted"},
		"opted out": {"unsubscribed": 1},
		"do not contact": {"status": "Do Not Contact"},
		"no address": {"email_id": ""},
		"withdrawn": {},
		"never asked": {},
	}.items():
		people.lead(name, **{"email_id": "a@example.com", **fields})
		if name != "never asked":
			status = "Withdrawn" if name == "withdrawn" else "Given"
			columns = ("name", "party_type", "party", "channel", "purpose", "status", "consent_key")
			people.db.insert(
				"tabNurture Consent", columns, [(name, "Lead", name, "Email", "Marketing", status, name)]
			)
	assert people.found(SEGMENTS, "can-be-mailed") == {"fine", "customer"}


def test_missing_key_data_finds_any_gap(people):
	complete = {
		"email_id": "a@example.com",
		"first_name": "Ada",
		"company_name": "Example",
		"job_title": "Owner",
		"industry": "Software",
		"no_of_employees": "1-10",
	}
	people.lead("complete", **complete)
	for field in complete:
		people.lead(f"no {field}", **{**complete, field: None})
	assert people.found(SEGMENTS, "missing-key-data") == {f"no {field}" for field in complete}
