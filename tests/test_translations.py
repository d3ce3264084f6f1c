"""Texts can be translated, and the translations we ship fit them."""

from __future__ import annotations

import ast
import csv
import re

import pytest

from nurture_app.site.testing.translatable import LANGUAGES, PACKAGE, texts_for_people_outside

HOLES = re.compile(r"\{\w*\}")


OF_THE_DESK = re.compile(r'__\("([^"]+)", null, "Nurture"\)')


def rows_of(language: str) -> list[tuple[str, ...]]:
	path = PACKAGE / "translations" / f"{language}.csv"
	with path.open(encoding="utf-8", newline="") as file:
		return [tuple(row) for row in csv.reader(file)]


def entries(language: str) -> list[tuple[str, str]]:
	"""What people outside read: texts without a context."""
	return [row for row in rows_of(language) if len(row) < 3]


def desk_words(language: str) -> dict[str, str]:
	"""Words of the Desk that other apps translate into something else, by the context that makes them ours."""
	return {source: text for source, text, _ in (row for row in rows_of(language) if len(row) == 3)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_entry_is_a_text_of_ours_and_its_translation(language):
	rows = entries(language)
	assert {len(row) for row in rows} == {2}
	sources = [source for source, _ in rows]
	assert len(sources) == len(set(sources))
	# also says when a text was reworded and its translation was not
	assert set(sources) - texts_for_people_outside() == set()
	assert [source for source, text in rows if not text.strip() or text != text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_pauses_and_what_ends_for_good_are_two_words(language):
	"""ERPNext's German has one word for Pause and Stop, and its French calls Resume a curriculum vitae."""
	found = desk_words(language)
	scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
	assert set(found) == set(OF_THE_DESK.findall(scripts))
	assert {row[2] for row in rows_of(language) if len(row) > 2} == {"Nurture"}
	assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_text(language):
	wrong = [
		row for row in entries(language) if sorted(HOLES.findall(row[0])) != sorted(HOLES.findall(row[1]))
	]
	assert wrong == []


def test_all_languages_say_the_same_things():
	known = {language: {source for source, _ in entries(language)} for language in LANGUAGES}
	assert known["de"] == known["es"] == known["fr"]


PYTHON = [path for path in PACKAGE.rglob("*.py") if "test" not in path.name and "testing" not in path.parts]
SCRIPTS = [
	path for path in PACKAGE.rglob("*.js") if "dist" not in path.parts and "node_modules" not in path.parts
]

SHOWN = re.compile(
	r"""\b(?:label|title|message|primary_action_label|description|placeholder):\s*["'`][A-Z]"""
	r"""|(?:show_alert|msgprint|confirm|throw|add_custom_button|add_inner_button|add_comment|set_description|prompt)"""
	r"""\(\s*["'`][A-Z]"""
	r"""|>\s*[A-Z][a-z]+[^<>${}`]*<"""
)


def test_messages_of_the_server_can_be_translated():
	"""`frappe.throw(_("…"))`, and nothing is put into a text before it is translated."""
	wrong = []
	for path in PYTHON:
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if not isinstance(node, ast.Call) or not node.args:
				continue
			name, first = ast.unparse(node.func), node.args[0]
			is_plain = isinstance(first, (ast.Constant, ast.JoinedStr))
			is_filled = isinstance(first, (ast.JoinedStr, ast.BinOp)) or (
				isinstance(first, ast.Call) and ast.unparse(first.func).endswith(".format")
			)
			if (name in ("frappe.throw", "frappe.msgprint") and is_plain) or (name == "_" and is_filled):
				wrong.append(f"{path.name}:{node.lineno}")
	assert wrong == []


def test_words_of_the_desk_can_be_translated():
	wrong = []
	for path in SCRIPTS:
		for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
			is_comment = line.strip().startswith(("//", "*", "/*"))
			if not is_comment and SHOWN.search(line) and "__(" not in line:
				wrong.append(f"{path.relative_to(PACKAGE)}:{number}")
	assert wrong == []
