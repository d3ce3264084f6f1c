"""The command says what is wrong in one sentence and ends with 2."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from nurture_app import __version__
from nurture_app.simulator import collation, mailbox
from nurture_app.simulator.cli import SAMPLE, main
from nurture_app.simulator.presets import SHIPPED


@pytest.fixture
def files(tmp_path):
	(tmp_path / "leads.csv").write_text("email_id\nada@example.com\n")
	(tmp_path / "activities.csv").write_text("email_id,activity_type,occurred_on\n")
	(tmp_path / "empty").mkdir()
	(tmp_path / "notes.txt").write_text("not a table at all")
	(tmp_path / "workbook.csv").write_bytes(b"PK\x03\x04...")
	(tmp_path / "latin.csv").write_bytes("email_id,first_name\na@example.com,Jürgen\n".encode("latin-1"))
	(tmp_path / "nobody.csv").write_text("email_id\nnot an address\n")
	(tmp_path / "behaviour.json").write_text('{"opens": 1}')
	(tmp_path / "deep.json").write_text("[" * 100_000)
	return tmp_path


def run(files, capsys, *arguments: str) -> tuple[int, str]:
	"""Exit code and stderr, with paths shown as the test wrote them."""
	given = {
		"--leads": "leads.csv",
		"--activities": "activities.csv",
		"--days": "5",
		"--start": "2026-01-05",
		"--out": "out",
	}
	for option, value in zip(arguments[::2], arguments[1::2], strict=True):
		given[option] = value
	words = [word for option, value in given.items() if value for word in (option, value)]
	before = os.getcwd()
	os.chdir(files)
	try:
		code = main(["simulate", *words])
	except SystemExit as stop:
		code = stop.code
	finally:
		os.chdir(before)
	return code, capsys.readouterr().err


@pytest.mark.parametrize(
	("arguments", "message"),
	[
		(["--days", "0"], "--days is 0; it must be from 1 to 3660."),
		(["--days", "-3"], "--days is -3"),
		(["--days", "many"], "--days is 'many'; it must be a whole number."),
		(["--days", "99999"], "--days is 99999"),
		(["--start", "2026-02-30"], "--start is '2026-02-30', which is no date; write it as 2026-01-05."),
		(["--start", "05.01.2026"], "--start is '05.01.2026'"),
		(["--start", "20260105"], "--start is '20260105', which is no date; write it as 2026-01-05."),
		(["--start", "2026-W02-1"], "--start is '2026-W02-1', which is no date"),
		(["--start", "0001-01-01"], "it must lie between 1970 and 2200"),
		(["--seed", "x"], "--seed is 'x'; it must be a whole number."),
		(["--time-zone", "Mars/Base"], "--time-zone is 'Mars/Base', which is no time zone"),
		(["--time-zone", "../etc"], "which is no time zone"),
		(["--leads", "missing.csv"], "There is no file missing.csv."),
		(["--leads", "empty"], "empty is a folder"),
		(["--leads", "notes.txt"], "notes.txt has no column email_id, which is required"),
		(["--leads", "workbook.csv"], "workbook.csv is an Excel workbook"),
		(
			["--leads", "latin.csv"],
			"latin.csv line 2: is not written in UTF-8; save the file as CSV in UTF-8",
		),
		(["--leads", "activities.csv", "--activities", "leads.csv"], "leads.csv has no column activity_type"),
		(["--leads", "nobody.csv"], "nobody.csv holds no lead that can be used."),
		(["--activities", "missing.csv"], "There is no file missing.csv."),
		(["--behaviour", "missing.json"], "There is no file missing.json."),
		(["--behaviour", "behaviour.json"], "'opens' is unknown"),
		(["--presets", "missing"], "There is no folder missing with presets."),
		(["--presets", "empty"], "There are no preset files (*.json) in empty."),
		(
			["--presets", "empty", "--sequence", "SaaS Onboarding"],
			'--sequence chooses among the shipped sequences; with --presets, set "status": "Active" in the file.',
		),
		(["--presets", ".", "--out", "run"], "--out run lies in --presets ., where every *.json is read"),
		(["--presets", "empty", "--out", "empty"], "--out empty lies in --presets empty"),
		(["--out", "notes.txt"], "--out notes.txt is not a folder; name another one."),
		(["--out", "notes.txt/deeper"], "--out notes.txt/deeper is not a folder; name another one."),
		(["--out", "/proc/nurture"], "--out /proc/nurture cannot be written to"),
		(["--out", "."], "--out . would overwrite leads.csv, which is read; name another folder."),
		(["--behaviour", "deep.json"], "deep.json is no JSON"),
		(["--leads", ""], "the following arguments are required: --leads"),
	],
)
def test_what_is_wrong_is_said_in_one_sentence(files, capsys, arguments, message):
	code, errors = run(files, capsys, *arguments)
	assert code == 2
	assert message in errors
	last = errors.strip().splitlines()[-1]
	assert last.startswith("nurture")
	assert "Traceback" not in errors


BAD_PRESETS = [
	("no JSON", "sequences/welcome-and-core.json", lambda documents: "[", "is no JSON"),
	(
		"one key twice",
		"more.json",
		lambda _: '[{"doctype": "Nurture Segment", "title": "X", "title": "Y"}]',
		"more.json is no JSON: 'title' stands twice in one object.",
	),
	("brackets without end", "more.json", lambda _: "[" * 100_000, "more.json is no JSON"),
	(
		"a strange document",
		"more.json",
		lambda _: [{"doctype": "User"}],
		"more.json: document 1 is a 'User'; presets are",
	),
	("no title", "more.json", lambda _: [{"doctype": "Nurture Segment"}], "a Nurture Segment, has no title"),
	(
		"an unknown field",
		"more.json",
		lambda _: [{"doctype": "Nurture Segment", "title": "X", "colour": "red"}],
		"more.json: Nurture Segment 'X' has a field 'colour'",
	),
	(
		"an unknown choice",
		"more.json",
		lambda _: [{"doctype": "Nurture Segment", "title": "X", "segment_type": "Odd"}],
		"segment_type is 'Odd'; allowed are Dynamic, Static",
	),
	(
		"an unknown field in a condition",
		"more.json",
		lambda _: [{"doctype": "Nurture Segment", "title": "X", "condition": ["shoe_size", "=", "44"]}],
		"more.json: Nurture Segment 'X': ",
	),
	(
		"a draft that leads into a sequence that is not there",
		"more.json",
		lambda _: [
			{
				"doctype": "Nurture Sequence",
				"title": "X",
				"steps": [{"step_label": "Over", "step_type": "Enroll", "target_sequence": "Lost"}],
			}
		],
		"more.json: Nurture Sequence 'X': Step “Over”: there is no sequence “Lost”.",
	),
	(
		"twice the same",
		"more.json",
		lambda _: [{"doctype": "Nurture Segment", "title": "warm"}],
		"Nurture Segment 'Warm' is also in",
	),
	(
		"a rule about an activity nobody knows",
		"more.json",
		lambda _: [{"doctype": "Lead Scoring Rule", "title": "X", "points": 5, "activity_type": "Telepathy"}],
		"Lead Scoring Rule 'X': ",
	),
	(
		"a text that is too long",
		"more.json",
		lambda _: [{"doctype": "Nurture Segment", "title": "X" * 141}],
		"title has 141 characters; at most 100 fit.",
	),
	(
		"half a character",
		"more.json",
		lambda _: '[{"doctype": "Nurture Segment", "title": "X", "description": "\\ud800"}]',
		"more.json: Nurture Segment 'X': description holds half a character",
	),
	(
		"a figure in the place of a text",
		"more.json",
		lambda _: [{"doctype": "Nurture Segment", "title": "X", "description": True}],
		"more.json: Nurture Segment 'X': description is true; expected a text.",
	),
	(
		"a part of a point",
		"more.json",
		lambda _: [
			{"doctype": "Lead Scoring Rule", "title": "X", "points": 2.5, "activity_type": "Page View"}
		],
		"more.json: Lead Scoring Rule 'X': points is 2.5; expected a whole number",
	),
	(
		"more than fits",
		"more.json",
		lambda _: [{"doctype": "Lead Scoring Rule", "title": "X", "points": 10**30}],
		"points is 1000000000000000000000000000000; expected a whole number up to 2147483647.",
	),
	(
		"without end",
		"more.json",
		lambda _: '[{"doctype": "Lead Scoring Rule", "title": "X", "points": Infinity}]',
		"points is inf; expected a whole number",
	),
	(
		"below zero",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "cap_days": -1}],
		"more.json: Nurture Settings: cap_days is -1; it cannot be below zero.",
	),
	(
		"neither yes nor no",
		"more.json",
		lambda _: [{"doctype": "Nurture Segment", "title": "X", "enabled": 2}],
		"enabled is 2; expected 0 or 1.",
	),
	(
		"no day",
		"more.json",
		lambda _: [{"doctype": "Nurture Sequence", "title": "X", "goal_date": "31.12.2026"}],
		"goal_date is '31.12.2026'; expected a date such as 2026-01-05.",
	),
	(
		"thresholds that do not rise",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "mql_threshold": 90}],
		"more.json: Nurture Settings: The thresholds must rise: Nurture (30) below MQL (90) below SQL (80).",
	),
	(
		"stages that overlap",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "hysteresis": 20}],
		"more.json: Nurture Settings: A stage is lost 20 points below its threshold; that must be less",
	),
	(
		"a cap for no time",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "cap_days": 0}],
		"more.json: Nurture Settings: Say within how many days at most 3 messages",
	),
	(
		"a window that is no time of day",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "window_start": "nine"}],
		"more.json: Nurture Settings: window_start or window_end is no time of day; write it as 09:00.",
	),
	(
		"a window of no length",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "window_end": "09:00"}],
		"more.json: Nurture Settings: The send window opens and closes at 09:00:00",
	),
	(
		"a time zone that there is not",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "default_time_zone": "Mars/Phobos"}],
		"more.json: Nurture Settings: default_time_zone is 'Mars/Phobos'; expected one such as Europe/Berlin.",
	),
	(
		"countries that there are not",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "double_opt_in_countries": "Atlantis"}],
		"more.json: Nurture Settings: ",
	),
	(
		"batches of nobody",
		"more.json",
		lambda _: [{"doctype": "Nurture Settings", "batch_size": 0}],
		"more.json: Nurture Settings: batch_size is 0; it must be at least 1.",
	),
	(
		"segments that name each other",
		"more.json",
		lambda _: [
			{"doctype": "Nurture Segment", "title": "X", "condition": {"segment": "Y"}},
			{"doctype": "Nurture Segment", "title": "Y", "condition": {"segment": "X"}},
		],
		"more.json: Nurture Segment 'X': ",
	),
	(
		"a rule that follows the score it changes",
		"more.json",
		lambda _: [
			{
				"doctype": "Lead Scoring Rule",
				"title": "X",
				"rule_type": "Profile",
				"points": 5,
				"condition": ["nurture_score", ">", 10],
			}
		],
		"more.json: Lead Scoring Rule 'X': ",
	),
	(
		"a sequence without its text",
		"sequences/welcome-and-core.json",
		lambda documents: [
			{
				**document,
				"status": "Active",
				"steps": [{**step, "content": step.get("content") and "Gone"} for step in document["steps"]],
			}
			for document in documents
		],
		"sequences/welcome-and-core.json: Nurture Sequence 'Five-Email Nurture': ",
	),
]


@pytest.mark.parametrize(
	("name", "change", "message"), [row[1:] for row in BAD_PRESETS], ids=[row[0] for row in BAD_PRESETS]
)
def test_a_bad_preset_is_named_with_its_file(files, capsys, name, change, message):
	folder = files / "presets"
	shutil.copytree(SHIPPED, folder)
	path = folder / name
	changed = change(json.loads(path.read_text()) if path.exists() else None)
	path.write_text(changed if isinstance(changed, str) else json.dumps(changed))
	code, errors = run(files, capsys, "--presets", "presets")
	assert code == 2
	assert message in errors


@pytest.mark.parametrize("within", ["compare", "like"])
@pytest.mark.parametrize("call", [1, 30])
def test_ctrl_c_stops_the_run_even_while_sqlite_calls_back(files, capsys, monkeypatch, within, call):
	"""SQLite swallows what is raised within a comparison, and calls an exception in a function its own error."""
	signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs this in the background may ignore it
	function, calls = getattr(collation, within), 0

	def interrupted(*arguments):
		nonlocal calls
		calls += 1
		if calls == call:
			os.kill(os.getpid(), signal.SIGINT)
		return function(*arguments)

	monkeypatch.setattr(collation, within, interrupted)
	(files / "leads.csv").write_text("email_id,consent,job_title\n" + "ada@example.com,yes,CEO\n" * 9)
	(files / "out").mkdir()
	(files / "out" / "summary.json").write_text("of an earlier run")
	(files / "out" / "notes.txt").write_text("mine")
	code, errors = run(files, capsys, "--days", "9")
	assert calls >= call
	assert code == 130
	assert errors.splitlines()[-1] == (
		"nurture: stopped before the end; what this run has written is not complete."
	)
	assert {path.name for path in (files / "out").iterdir()} == {"notes.txt", "mailbox"}
	assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_full_disk_stops_the_run_instead_of_holding_steps(files, capsys, monkeypatch):
	"""Mails are written when a batch is recorded, and the runner holds what cannot be recorded."""
	opened = mailbox.Path.write_bytes

	def write_bytes(path, data):
		if path.suffix == ".eml" and path.name.startswith("000002"):
			raise OSError(28, "No space left on device", str(path))
		return opened(path, data)

	monkeypatch.setattr(mailbox.Path, "write_bytes", write_bytes)
	(files / "leads.csv").write_text(
		"email_id,consent\n" + "".join(f"p{number}@example.com,yes\n" for number in range(5))
	)
	code, errors = run(files, capsys)
	assert code == 2
	assert errors.endswith("-p1@example.com.eml cannot be written: No space left on device.\n")
	assert not (files / "out" / "summary.json").exists()


def test_a_result_that_cannot_be_replaced_is_noticed_before_the_run(files, capsys):
	(files / "out" / "report.html").mkdir(parents=True)
	code, errors = run(files, capsys)
	assert code == 2
	assert "report.html is a folder; move it away, or name another folder with --out." in errors
	assert not (files / "out" / "mailbox").exists()


def test_presets_with_nothing_switched_on_are_pointed_out(files, capsys):
	shutil.copytree(SHIPPED, files / "presets")
	code, errors = run(files, capsys, "--presets", "presets")
	assert code == 0
	assert errors.splitlines() == [
		'nurture: no scoring rule in presets is switched on; set "enabled": 1 in those you want.',
		'nurture: no sequence in presets is active; set "status": "Active" in those that shall run.',
	]
	assert run(files, capsys) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are characters elsewhere")
def test_names_of_files_that_no_terminal_shows(files):
	"""Bytes that are no text, and a terminal that knows ASCII only."""
	name = os.fsdecode(b"Kunden-\xfc.csv")
	(files / name).write_text("email_id\nada@example.com\nbroken\n")
	arguments = ["simulate", "--leads", name, "--days", "1", "--start", "2026-01-05", "--out", "Übung"]
	done = subprocess.run(
		[sys.executable, "-m", "nurture_app.simulator", *arguments],
		cwd=files,
		env={"PYTHONPATH": str(SAMPLE.parent.parent.parent), "PYTHONIOENCODING": "ascii"},
		capture_output=True,
		text=True,
	)
	assert (done.returncode, done.stderr) == (
		0,
		"Kunden-\\udcfc.csv line 3: email_id 'broken' is no e-mail address\n",
	)
	assert "Report: \\xdcbung/report.html" in done.stdout
	assert "Kunden-\\udcfc.csv" in (files / "Übung" / "report.html").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way")
def test_nobody_needs_to_read_what_is_printed(files):
	command = (
		f"{sys.executable} -m nurture_app.simulator simulate --leads leads.csv --days 1 --start 2026-01-05"
	)
	done = subprocess.run(
		["bash", "-c", f"{command} --out out | true; exit ${{PIPESTATUS[0]}}"],
		cwd=files,
		env={**os.environ, "PYTHONPATH": str(SAMPLE.parent.parent.parent)},
		capture_output=True,
		text=True,
	)
	assert (done.returncode, done.stderr) == (0, "")
	assert (files / "out" / "report.html").exists()


def test_bad_rows_are_printed_and_counted(files, capsys):
	(files / "leads.csv").write_text("email_id\nada@example.com\nbroken\n")
	(files / "activities.csv").write_text(
		"email_id,activity_type,occurred_on\nwho@example.com,Page View,2026-01-05\n"
	)
	before = os.getcwd()
	os.chdir(files)
	try:
		arguments = [
			"--leads",
			"leads.csv",
			"--activities",
			"activities.csv",
			"--days",
			"2",
			"--start",
			"2026-01-05",
		]
		assert main(["simulate", *arguments, "--out", "out"]) == 0
	finally:
		os.chdir(before)
	captured = capsys.readouterr()
	assert captured.err.splitlines() == [
		"leads.csv line 3: email_id 'broken' is no e-mail address",
		"activities.csv line 2: there is no lead with the address who@example.com",
	]
	assert "Rows left out             2" in captured.out
	assert f"Report: {os.path.join('out', 'report.html')}" in captured.out


@pytest.mark.parametrize(
	("arguments", "code", "text"),
	[
		(["--version"], 0, __version__),
		(["--help"], 0, "simulate"),
		(["simulate", "--help"], 0, "email_id (required)"),
		(["demo", "--help"], 0, "build/demo"),
	],
)
def test_help_and_version(capsys, arguments, code, text):
	with pytest.raises(SystemExit) as stop:
		main(arguments)
	assert stop.value.code == code
	assert text in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["fly"], ["simulate", "--fast"]])
def test_a_wrong_command_is_one_sentence(capsys, arguments):
	with pytest.raises(SystemExit) as stop:
		main(arguments)
	assert stop.value.code == 2
	assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_missing_library_is_named(files):
	"""Matplotlib and tqdm come with the extra `simulator` only."""
	code = "import sys; sys.modules['matplotlib'] = None; from nurture_app.simulator.cli import main; sys.exit(main())"
	arguments = ["simulate", "--leads", "leads.csv", "--days", "1", "--start", "2026-01-05", "--out", "out"]
	root = SAMPLE.parent.parent.parent
	done = subprocess.run(
		[sys.executable, "-c", code, *arguments],
		cwd=files,
		env={"PYTHONPATH": str(root)},
		capture_output=True,
		text=True,
	)
	assert done.returncode == 2
	assert done.stderr == "nurture: matplotlib is not installed; run: pip install 'nurture_app[simulator]'.\n"


def test_the_demo_runs(tmp_path, capsys):
	assert main(["demo", "--out", str(tmp_path)]) == 0
	shown = capsys.readouterr().out
	summary = json.loads((tmp_path / "summary.json").read_text())
	assert summary["leads"] >= 300
	assert summary["sent"] > 500
	assert summary["mql"] > 0 and summary["sql"] > 0
	assert {"replied", "unsubscribed", "finished"} <= set(summary["exits"])
	assert f"Leads{summary['leads']:>22}" in shown
	assert f"Report: {tmp_path / 'report.html'}" in shown
	assert len(list((tmp_path / "mailbox").glob("*.eml"))) == summary["sent"]
