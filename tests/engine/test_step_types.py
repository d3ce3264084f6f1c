"""Every kind of step is complete: checked, shown in the form, drawn in the outline, described for people."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nurture_app.engine import steps
from nurture_app.engine.effects import EFFECTS, LAST_EFFECTS, Effect
from nurture_app.engine.steps import STEP_TYPES
from nurture_app.engine.steps.base import StepType

APP = Path(steps.__file__).resolve().parents[2]
FORM = json.loads(
	(APP / "nurture_app/doctype/nurture_sequence_step/nurture_sequence_step.json").read_text("utf-8")
)
FIELDS = {field["fieldname"]: field for field in FORM["fields"]}
OUTLINE = (APP / "public/js/nurture/outline.js").read_text("utf-8")
GUIDE = (APP.parent / "docs/steps.md").read_text("utf-8")
SILENT = {"Wait"}
"""Drawn by their delay alone."""


def shown_for(fieldname: str) -> set[str]:
	"""The step types for which the form shows a field: by its own condition or that of its section."""
	told = ""
	for field in FORM["fields"]:
		if field["fieldtype"] == "Section Break":
			told = field.get("depends_on") or ""
		if field["fieldname"] == fieldname:
			own, of_section = (
				set(re.findall(r"'([A-Z][\w ]+)'", text)) & set(STEP_TYPES)
				for text in (field.get("depends_on") or "", told)
			)
			return own or of_section
	return set()


def test_the_form_offers_exactly_the_known_types_in_their_order():
	assert FIELDS["step_type"]["options"].split("\n") == list(STEP_TYPES)


def test_every_effect_of_a_step_is_written_by_the_tick():
	known = {kind.__name__ for kind in (*EFFECTS, *LAST_EFFECTS)}
	assert {kind.__name__ for kind in Effect.__subclasses__()} == known


@pytest.mark.parametrize("name", STEP_TYPES)
def test_a_type_knows_its_name_and_does_its_own_checking_and_deciding(name):
	kind = type(STEP_TYPES[name])
	assert kind.name == name
	assert kind.check is not StepType.check and kind.decide is not StepType.decide


@pytest.mark.parametrize("name", STEP_TYPES)
def test_the_form_shows_the_fields_of_a_type_for_that_type_alone(name):
	for fieldname in STEP_TYPES[name].fields:
		assert fieldname in FIELDS
		users = {other for other, kind in STEP_TYPES.items() if fieldname in kind.fields}
		assert shown_for(fieldname) == users, fieldname


@pytest.mark.parametrize("name", sorted(set(STEP_TYPES) - SILENT))
def test_the_outline_draws_a_type(name):
	assert f'case "{name}":' in OUTLINE


@pytest.mark.parametrize("name", STEP_TYPES)
def test_the_guide_describes_a_type_and_its_fields(name):
	section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", GUIDE, re.S | re.M)
	assert section, f"docs/steps.md has no section {name}"
	for fieldname in STEP_TYPES[name].fields:
		label = FIELDS[fieldname]["label"].removesuffix(" (JSON)")
		assert label in section[1], fieldname
