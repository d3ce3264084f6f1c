"""The documentation speaks of what is there: its links lead somewhere, its examples are understood, its settings exist."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from nurture_app.engine import conditions
from nurture_app.engine.condition_fields import OPERATORS
from nurture_app.engine.condition_leaves import LEAF_TYPES
from nurture_app.simulator.behaviour import load_behaviour
from nurture_app.simulator.tables import lead_catalog
from nurture_app.site.testing.translatable import PACKAGE

ROOT = PACKAGE.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
SETTINGS = json.loads(
	(PACKAGE / "nurture_app/doctype/nurture_settings/nurture_settings.json").read_text(encoding="utf-8")
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
OF_SETTINGS = re.compile(r"\*Nurture\s+Settings\s+[→>] ([^*]+)\*")
A_BUTTON = "…"


def text_of(page: Path) -> str:
	return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
	"""Of the headings of a page, as they are linked to."""
	headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
	plain = (re.sub(r"[`*]|\]\([^)]*\)|\[", "", one).lower() for one in headings)
	return {re.sub(r"[^\w\- ]", "", one).replace(" ", "-") for one in plain}


def examples(name: str) -> list[str]:
	return [body for kind, body in FENCED.findall(text_of(ROOT / name)) if kind == "json"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
	for link in LINK.findall(text_of(page)):
		if link.startswith(("http://", "https://", "mailto:")):
			continue
		path, _, anchor = link.partition("#")
		target = (page.parent / path).resolve() if path else page
		assert target.exists(), f"{page.name}: {link}"
		assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_that_are_named_exist(page):
	labels = {field.get("label") for field in SETTINGS["fields"]}
	named = {" ".join(way.split()) for way in OF_SETTINGS.findall(text_of(page))}
	steps = {step for way in named for step in re.split(" [→>] ", way) if not step.endswith(A_BUTTON)}
	assert steps - labels == set()


def test_examples_of_conditions_are_understood():
	page = text_of(ROOT / "docs/conditions.md")
	found = [*examples("docs/conditions.md"), *re.findall(r"`(\{\"[^`]*\})`", page)]
	assert len(found) > 10
	catalog = lead_catalog()
	for text in found:
		filled = text.replace("[...]", '["One"]').replace("...", "[]").replace(": name", ': "Warm"')
		if '"not": []' in filled:
			filled = '{"not": ["status", "=", "Lead"]}'
		elif '"all": ["One"]' in filled or '"any": ["One"]' in filled:
			filled = filled.replace('"One"', '["status", "=", "Lead"]')
		conditions.parse(filled, catalog, in_sequence=True)


def test_every_operator_and_kind_of_leaf_has_an_example():
	page = text_of(ROOT / "docs/conditions.md")
	fields = [json.loads(text) for text in re.findall(r"`(\[\"[^`]*\])`", page)]
	for leaf in fields:
		conditions.parse(leaf, lead_catalog())
	assert {leaf[1] for leaf in fields} == set(OPERATORS)
	for key in LEAF_TYPES:
		assert f'`{{"{key}": ' in page, key


def test_the_example_of_a_behaviour_is_understood(tmp_path):
	(text,) = examples("docs/simulator.md")
	path = tmp_path / "behaviour.json"
	path.write_text(text, encoding="utf-8")
	assert load_behaviour(path)


def test_every_table_about_people_is_named_where_administrators_look():
	registry = ast.parse((PACKAGE / "site/privacy/registry.py").read_text(encoding="utf-8"))
	tables = {
		node.args[0].value
		for node in ast.walk(registry)
		if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Personal" and node.args
	}
	ours = {name for name in tables if name.startswith("Nurture ")}
	page = " ".join(text_of(ROOT / "docs/privacy.md").split())
	assert len(ours) > 20
	assert {name for name in ours if not re.search(rf"\b{name}\b", page)} == set()


def test_all_examples_are_json():
	for page in PAGES:
		for text in examples(str(page.relative_to(ROOT))):
			json.loads(text)
