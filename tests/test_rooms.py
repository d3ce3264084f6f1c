"""The rooms of the house: who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "nurture_app"
FORBIDDEN = {
	"engine": ("frappe", "erpnext", "nurture_app.site", "nurture_app.simulator", "nurture_app.nurture_app"),
	"simulator": ("frappe", "erpnext", "nurture_app.site", "nurture_app.nurture_app"),
	"site": ("nurture_app.simulator",),
	"nurture_app": ("nurture_app.simulator",),
}
MAY_SIMULATE = {"site/api/simulate.py"}
"""The one action on a site that runs the simulator."""


def imported(path: Path) -> Iterator[str]:
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if isinstance(node, ast.Import):
			yield from (name.name for name in node.names)
		elif isinstance(node, ast.ImportFrom) and node.module:
			yield node.module
			yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_only_what_it_may_know(room):
	files = sorted((PACKAGE / room).rglob("*.py"))
	assert files
	for path in files:
		if path.name.startswith("test_") or str(path.relative_to(PACKAGE)) in MAY_SIMULATE:
			continue
		for name in imported(path):
			for forbidden in FORBIDDEN[room]:
				assert name != forbidden and not name.startswith(f"{forbidden}."), f"{path} imports {name}"


def test_the_check_sees_imports_of_every_form(tmp_path):
	source = "import frappe\ndef f():\n\tfrom frappe.utils import now\n\tfrom nurture_app import site\n"
	path = tmp_path / "sample.py"
	path.write_text(source, encoding="utf-8")
	assert {"frappe", "frappe.utils", "nurture_app.site"} <= set(imported(path))


ENROLLMENTS = ("rows", "pausing", "ending", "consequences", "judging", "entering")
"""The modules of `engine/enrollments`, each of which may import only those before it."""


def test_people_in_sequences_are_read_paused_ended_and_entered_in_that_order():
	package = "nurture_app.engine.enrollments"
	files = {path.stem for path in (PACKAGE / "engine" / "enrollments").glob("*.py")}
	assert files == {"__init__", *ENROLLMENTS}
	for place, module in enumerate(ENROLLMENTS):
		known = set(imported(PACKAGE / "engine" / "enrollments" / f"{module}.py"))
		for later in ENROLLMENTS[place:]:
			assert f"{package}.{later}" not in known, f"{module} imports {later}"
