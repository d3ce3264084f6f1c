"""Messages in the form mail servers write them, and what each must be taken for. The name of a file begins with its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from nurture_app.engine.bounces.parse import parse_message
from nurture_app.engine.bounces.report import Kind

SAMPLES = sorted(Path(__file__).with_name("samples").glob("*.eml"))
KINDS = {
	"hard": Kind.HARD,
	"soft": Kind.SOFT,
	"block": Kind.BLOCK,
	"delayed": Kind.DELAYED,
	"complaint": Kind.COMPLAINT,
	"auto": Kind.AUTO_REPLY,
	"unsubscribe": Kind.UNSUBSCRIBE,
}
OURS = "Zk3vQ8aLr2XwTn5yPb7cHg@crm.company.example"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_each_sample_is_what_its_name_says(path):
	reports = parse_message(path.read_bytes())
	kind = path.stem.partition("_")[0]
	if kind == "nothing":
		assert reports == []
		return
	assert [report.kind for report in reports] == [KINDS[kind]], reports


@pytest.mark.parametrize(
	"path", [path for path in SAMPLES if path.stem.partition("_")[0] in ("hard", "soft", "block", "complaint")],
	ids=lambda path: path.stem,
)  # fmt: skip
def test_each_failure_names_the_person_and_the_message(path):
	(report,) = parse_message(path.read_bytes())
	assert report.address in ("ada.king@customer.example", "ada.king@yahoo.example")
	assert report.message_id == OURS
	assert report.diagnostic


def test_there_are_enough_of_each_kind():
	counts = {kind: sum(path.stem.startswith(kind) for path in SAMPLES) for kind in KINDS}
	assert len(SAMPLES) >= 40
	assert counts["hard"] >= 12
	assert min(counts["soft"], counts["block"], counts["auto"]) >= 8
	assert counts["delayed"] >= 4 and counts["complaint"] >= 3
