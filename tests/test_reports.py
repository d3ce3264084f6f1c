"""A run of the site tests is counted by what it printed where the runner leaves its report empty, as Frappe 16's does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DEV = Path(__file__).parents[1] / "dev"
RED = "\x1b[31mFAILED\x1b[0m"


def run(script: str, argument: Path) -> subprocess.CompletedProcess[str]:
	return subprocess.run([sys.executable, DEV / script, argument], capture_output=True, text=True)


@pytest.mark.parametrize(
	"printed, count",
	[
		("Ran 3 tests in 1.2s\n\nOK\n", "3 passed, 0 failed, 0 skipped"),
		(f"Ran 9 tests in 2s\n\n{RED} (failures=1, errors=2, skipped=1)\n", "5 passed, 3 failed, 1 skipped"),
		(
			"Ran 1 test in 1s\n\nOK\n...\nRan 2 tests in 1s\n\nOK (skipped=2)\n",
			"1 passed, 0 failed, 2 skipped",
		),
	],
)
def test_what_was_printed_is_counted(tmp_path: Path, printed: str, count: str) -> None:
	log, report = tmp_path / "site.log", tmp_path / "site.xml"
	log.write_text(printed)
	made = run("junit-from-text", log)
	report.write_text(made.stdout)
	assert (made.returncode, run("test-summary", report).stdout.strip()) == (0, count)


def test_a_run_that_broke_off_makes_no_report(tmp_path: Path) -> None:
	log = tmp_path / "site.log"
	log.write_text("Running 12 tests\nTraceback (most recent call last):\n")
	made = run("junit-from-text", log)
	assert (made.returncode, made.stdout) == (1, "")
