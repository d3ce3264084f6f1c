"""What forms offer in fields of choices is what the engine knows: the lists stand in both, and neither may run ahead."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from nurture_app.engine import (
	definition,
	hand_work,
	insights,
	journey,
	personas,
	preferences,
	privacy_rules,
	timing,
)
from nurture_app.engine.bounces.consequences import State
from nurture_app.engine.capture.playbook import StepType
from nurture_app.engine.capture.submission import SOURCE_OF_ACTIVITY, SOURCES
from nurture_app.engine.codes import EnrollmentStatus, TouchStatus
from nurture_app.engine.experiments.definition import METRICS, VARIABLES
from nurture_app.engine.outgoing.parcels import OutgoingStatus
from nurture_app.engine.steps import STEP_TYPES, base, handoff, notification
from nurture_app.simulator.tables import PACKAGE, own_doctypes


def offered(doctype: str, fieldname: str) -> list[str]:
	(field,) = (df for df in own_doctypes()[doctype].fields if df["fieldname"] == fieldname)
	return [choice for choice in field["options"].split("\n") if choice]


@pytest.mark.parametrize(
	("doctype", "fieldname", "known"),
	[
		("Nurture Event Source", "gathers", SOURCES),
		("Nurture Asset", "buying_role", personas.BUYING_ROLES),
		("Nurture Insight", "kind", insights.KINDS),
		("Nurture Insight", "said_by", insights.SAID_BY),
		("Nurture Insight", "heard_in", insights.HEARD_IN),
		("Nurture Persona", "buying_role", personas.BUYING_ROLES),
		("Nurture Persona", "preferred_channel", personas.PREFERRED_CHANNELS),
		("Nurture Lead Type", "best_channel", personas.PREFERRED_CHANNELS),
		("Nurture Journey Stage", "stands_for", journey.JOURNEY_STAGES),
		("Nurture Country Privacy", "mail_tracking", privacy_rules.STRICTNESS),
		("Nurture Preference", "frequency", preferences.FREQUENCIES),
		("Nurture Playbook Step", "step_type", StepType),
		("Nurture Experiment", "variable", VARIABLES),
		("Nurture Experiment", "metric", METRICS),
		("Nurture Experiment Variant", "at_weekday", timing.DAYS_OF_WEEK),
		("Nurture Sequence Step", "at_weekday", timing.DAYS_OF_WEEK),
		("Nurture Sequence Step", "delay_unit", base.DELAY_UNITS),
		("Nurture Sequence Step", "timeout_unit", definition.MINUTES),
		("Nurture Sequence Step", "notify_who", notification.WHOM),
		("Nurture Sequence Step", "handoff_to", handoff.RECEIVERS),
		("Nurture Bounce", "state", State),
		("Nurture Enrollment", "status", EnrollmentStatus),
		("Nurture Outgoing", "status", OutgoingStatus),
		("Nurture Touch", "status", TouchStatus),
	],
	ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_form_offers_exactly_what_the_engine_knows(doctype: str, fieldname: str, known: Iterable[str]):
	assert sorted(offered(doctype, fieldname)) == sorted(str(one) for one in known if one)


def test_a_submission_comes_by_a_source_that_is_listed():
	assert set(SOURCE_OF_ACTIVITY.values()) | {"Website Form"} <= set(SOURCES)


def test_the_channel_guide_speaks_of_steps_and_tasks_there_are():
	assert set(offered("Nurture Channel Guide", "step_type")) <= set(STEP_TYPES)
	assert offered("Nurture Channel Guide", "task_kind") == offered("Nurture Sequence Step", "task_kind")
	assert set(offered("Nurture Sequence Step", "task_kind")) == {*hand_work.CHANNELS, "To Do", "Other"}


def test_the_builder_offers_every_type_of_step_once():
	text = (PACKAGE / "public" / "js" / "nurture" / "step_builder.js").read_text(encoding="utf-8")
	offered_types = re.findall(r'^\t\t\t\["([^"]+)", __\(', text, re.MULTILINE)
	assert sorted(offered_types) == sorted(STEP_TYPES)


def test_no_row_of_a_table_has_a_field_that_is_mandatory_by_condition():
	"""Frappe draws rows anew over old ones, and then asks for what the row before needed."""
	found = [
		(table.name, df["fieldname"])
		for table in own_doctypes().values()
		if table.is_child
		for df in table.fields
		if df.get("mandatory_depends_on")
	]
	assert not found
