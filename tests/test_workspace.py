"""The workspace leads everywhere from the first day on."""

from __future__ import annotations

import json

from nurture_app.site.testing.translatable import PACKAGE

WORKSPACE = json.loads((PACKAGE / "nurture_app/workspace/nurture/nurture.json").read_text(encoding="utf-8"))


def test_no_link_asks_for_records_that_nobody_makes_by_hand():
	"""A link with dependencies is grey on an empty site: "You need to create these first: Nurture Touch"."""
	assert [link["label"] for link in WORKSPACE["links"] if link.get("dependencies")] == []


def test_labels_are_none_that_erpnext_translates_as_something_else():
	"""Its German for these is Vermögenswerte and Preise."""
	assert {link["label"] for link in WORKSPACE["links"]} & {"Assets", "Rates"} == set()


def test_a_report_is_called_what_the_link_to_it_says():
	reports = {
		link["link_to"]: link["label"] for link in WORKSPACE["links"] if link.get("link_type") == "Report"
	}
	folders = {path.parent.name for path in (PACKAGE / "nurture_app/report").glob("*/__init__.py")}
	assert {_folder(name) for name in reports} == folders
	for name, label in reports.items():
		folder = _folder(name)
		script = (PACKAGE / f"nurture_app/report/{folder}/{folder}.js").read_text(encoding="utf-8")
		assert f'report.page.set_title(__("{label}"))' in script


def _folder(name: str) -> str:
	return name.lower().replace(" ", "_").replace("-", "_")
