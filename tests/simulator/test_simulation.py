"""Whole runs through the command, with the presets that ship."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nurture_app.simulator.cli import main
from nurture_app.simulator.presets import SHIPPED

NURTURE = "Five-Email Nurture"
MAILS = ["Welcome", "Problem", "Education", "Social Proof", "Soft CTA"]


@dataclass
class Result:
	"""The files of a run."""

	folder: Path
	errors: str

	@property
	def summary(self) -> dict:
		return json.loads((self.folder / "summary.json").read_text())

	def rows(self, name: str) -> list[dict]:
		with (self.folder / name).open(encoding="utf-8", newline="") as file:
			return list(csv.DictReader(file))

	def sent(self, address: str = "") -> list[tuple[str, str]]:
		"""(step, moment) of the mails to an address, in order."""
		rows = [
			row for row in self.rows("touches.csv") if row["sent_on"] and address in ("", row["email_id"])
		]
		return [(row["step"], row["sent_on"]) for row in sorted(rows, key=lambda row: row["sent_on"])]


@pytest.fixture
def simulate(tmp_path, capsys):
	"""Run `nurture simulate` on texts; the start is Monday, 5 January 2026."""
	runs = []

	def run(
		leads: str, activities: str = "", *options: str, days: int = 40, behaviour: dict | None = None
	) -> Result:
		runs.append(None)
		(tmp_path / "leads.csv").write_text(leads, encoding="utf-8")
		arguments = [
			"simulate",
			"--leads",
			str(tmp_path / "leads.csv"),
			"--days",
			str(days),
			"--start",
			"2026-01-05",
		]
		if activities:
			(tmp_path / "activities.csv").write_text("email_id,activity_type,occurred_on\n" + activities)
			arguments += ["--activities", str(tmp_path / "activities.csv")]
		if behaviour:
			(tmp_path / "behaviour.json").write_text(json.dumps(behaviour))
			arguments += ["--behaviour", str(tmp_path / "behaviour.json")]
		folder = tmp_path / f"out{len(runs)}"
		code = main([*arguments, "--out", str(folder), *options])
		captured = capsys.readouterr()
		assert code == 0, captured.err
		return Result(folder, captured.err)

	return run


ADA = "email_id,first_name,consent,creation\nada@example.com,Ada,yes,2026-01-05 08:00\n"


def test_five_mails_leave_on_their_days(simulate):
	result = simulate(ADA, days=20)
	assert result.sent() == [
		("Welcome", "2026-01-05 09:00:00"),  # at the opening of the window
		("Problem", "2026-01-07 09:00:00"),
		("Education", "2026-01-12 09:00:00"),  # Day 7 is a Sunday
		("Social Proof", "2026-01-16 09:00:00"),
		("Soft CTA", "2026-01-22 09:00:00"),
	]
	summary = result.summary
	promises = summary.pop("promises")
	assert (promises["messages_on_their_day"], promises["messages_moved_by_window"]) == (4, 1)
	assert promises["messages_on_another_day"] == promises["messages_after_opt_out"] == 0
	assert summary == {
		"leads": 1,
		"activities": 0,
		"enrollments": 1,
		"sent": 5,
		"held": 0,
		"skipped": {},
		"exits": {},
		"mql": 0,
		"sql": 0,
	}


def test_who_comes_in_the_last_minutes_of_the_window_is_written_to_at_the_next_opening(simulate):
	leads = "email_id,consent,time_zone,creation\nada@example.com,yes,Europe/Helsinki,2026-01-08 14:56:38\n"
	result = simulate(leads, days=5)
	assert result.sent() == [("Welcome", "2026-01-09 07:00:00")]
	promises = result.summary["promises"]
	assert (promises["messages_moved_by_window"], promises["messages_on_another_day"]) == (1, 0)


def test_who_opened_nothing_gets_the_other_three_and_who_opened_does_not(simulate):
	assert [step for step, _ in simulate(ADA, days=50).sent()] == [
		*MAILS,
		"Re-engage 1",
		"Re-engage 2",
		"Re-engage 3",
	]
	result = simulate(ADA, days=50, behaviour={"open": {"rate": 1, "max_hours": 5}})
	assert [step for step, _ in result.sent()] == MAILS
	assert result.summary["exits"] == {"finished": 1}


def test_a_reply_ends_the_sequence(simulate):
	result = simulate(ADA, behaviour={"open": 1, "reply": {"rate": 1, "max_hours": 10}})
	assert [step for step, _ in result.sent()] == ["Welcome"]
	assert result.summary["exits"] == {"replied": 1}
	(touch,) = result.rows("touches.csv")
	assert touch["status"] == "Replied"
	(lead,) = result.rows("leads.csv")
	assert (lead["score"], lead["reasons"]) == ("20", "Replied to a mail +20")


def test_an_unsubscribe_ends_it_and_lowers_the_score(simulate):
	result = simulate(ADA, behaviour={"open": 1, "unsubscribe": {"rate": 1, "max_hours": 10}})
	assert [step for step, _ in result.sent()] == ["Welcome"]
	assert result.summary["exits"] == {"unsubscribed": 1}
	assert result.rows("leads.csv")[0]["score"] == "-25"


@pytest.mark.parametrize(
	("activity", "reason", "score"),
	[
		("Unsubscribe", "unsubscribed", -25),
		("Email Bounced", "bounced", 0),
		("Spam Complaint", "complaint", 0),
		("Opportunity Created", "goal_reached", 0),
		("Became Customer", "converted", 0),
		("Email Reply", "replied", 20),
	],
)
def test_an_activity_of_the_file_ends_the_sequence(simulate, activity, reason, score):
	result = simulate(ADA, f"ada@example.com,{activity},2026-01-08 10:00\n")
	assert [step for step, _ in result.sent()] == ["Welcome", "Problem"]
	assert result.summary["exits"] == {reason: 1}
	assert int(result.rows("leads.csv")[0]["score"]) == score


def test_without_consent_nothing_is_sent(simulate):
	result = simulate("email_id,consent\na@example.com,no\nb@example.com,\nc@example.com,yes\n", days=2)
	assert {row["email_id"] for row in result.rows("touches.csv")} == {"c@example.com"}
	assert result.summary["enrollments"] == 1


def test_leads_from_before_the_start_are_there_but_are_not_new(simulate):
	result = simulate(
		"email_id,consent,creation\nold@example.com,yes,2026-01-04 23:59\nnew@example.com,yes,2026-01-05\n",
		days=2,
	)
	assert {row["email_id"] for row in result.rows("touches.csv")} == {"new@example.com"}
	assert [row["email_id"] for row in result.rows("leads.csv")] == ["old@example.com", "new@example.com"]


def test_a_lead_is_mailed_within_minutes_of_its_arrival(simulate):
	result = simulate("email_id,consent,creation\nnow@example.com,yes,2026-01-06 10:02:30\n", days=3)
	assert result.sent() == [("Welcome", "2026-01-06 10:05:00")]


def test_windows_are_those_of_the_recipients_zone(simulate):
	leads = "email_id,consent,time_zone\nmumbai@example.com,yes,Asia/Kolkata\ndenver@example.com,yes,America/Denver\n"
	result = simulate(leads, days=20)
	for address, zone in (("mumbai@example.com", "Asia/Kolkata"), ("denver@example.com", "America/Denver")):
		moments = [
			datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("UTC")) for _, text in result.sent(address)
		]
		assert len(moments) >= 4
		assert all(9 <= moment.astimezone(ZoneInfo(zone)).hour < 17 for moment in moments)


def test_the_clock_may_stand_in_another_zone(simulate):
	result = simulate(ADA, "", "--time-zone", "America/New_York", days=4)
	assert result.sent() == [("Welcome", "2026-01-05 09:00:00"), ("Problem", "2026-01-07 09:00:00")]


def test_history_counts_with_its_own_date(simulate):
	leads = "email_id,consent,creation\nada@example.com,yes,2025-06-01\n"
	activities = (
		"ada@example.com,Demo Request,2025-12-28 10:00\nada@example.com,Content Download,2025-10-01 10:00\n"
	)
	lead = simulate(leads, activities, days=5).rows("leads.csv")[0]
	# the download is older than 90 days
	assert (lead["score"], lead["reasons"]) == ("30", "Asked for a demo +30")
	lead = simulate(leads, activities, days=70).rows("leads.csv")[0]
	# 60 days of silence cost 15; the demo still counts
	assert (lead["score"], lead["stage"]) == ("15", "Recycle")
	lead = simulate(leads, activities, days=100).rows("leads.csv")[0]
	assert (lead["score"], lead["reasons"]) == ("-15", "No activity for 60 days -15")


def test_an_opt_out_in_the_past_is_respected(simulate):
	leads = "email_id,consent,creation\nada@example.com,yes,2025-06-01\nada@example.com,yes,2026-01-06\n"
	result = simulate(leads, "ada@example.com,Unsubscribe,2025-12-01\n", days=5)
	assert result.sent() == []
	assert result.summary["enrollments"] == 0


def test_what_somebody_did_before_becoming_a_lead_counts_once_the_lead_is_there(simulate):
	leads = "email_id,creation\nada@example.com,2026-01-08 10:00\n"
	result = simulate(leads, "ada@example.com,Pricing Page View,2026-01-07 09:00\n", days=5)
	assert result.rows("leads.csv")[0]["score"] == "15"
	assert result.errors == ""


def test_two_leads_with_one_address_get_one_series_of_mails(simulate):
	result = simulate("email_id,consent\nada@example.com,yes\nADA@example.com,yes\n", days=10)
	assert result.summary["leads"] == 2
	assert result.summary["enrollments"] == 1
	assert "leads.csv line 3: ada@example.com is also in line 2" in result.errors


def test_scores_make_stages(simulate):
	leads = (
		"email_id,industry,no_of_employees,job_title\n"
		"fit@example.com,software,51-200,Head of IT\n"
		"misfit@example.com,Agriculture,1-10,Headmaster\n"
	)
	activities = "".join(
		f"fit@example.com,{kind},2026-01-0{day} 10:00\n"
		for kind, day in (("Demo Request", 6), ("Pricing Page View", 7), ("Pricing Page View", 8))
	)
	result = simulate(leads, activities, days=5)
	fit, misfit = result.rows("leads.csv")
	assert (fit["score"], fit["fit"], fit["engagement"], fit["stage"]) == ("90", "30", "60", "SQL")
	assert fit["reasons"].startswith("Asked for a demo +30; Looked at pricing +30")
	assert (misfit["score"], misfit["stage"]) == ("0", "Recycle")
	assert (result.summary["mql"], result.summary["sql"]) == (0, 1)


def test_no_sends_only_scores(simulate):
	result = simulate(ADA, "ada@example.com,Demo Request,2026-01-06\n", "--no-sends")
	assert result.summary["enrollments"] == result.summary["sent"] == 0
	assert result.rows("leads.csv")[0]["score"] == "30"
	assert "This run only scored" in (result.folder / "report.html").read_text()


CROWD = "email_id,first_name,consent,creation,time_zone\n" + "".join(
	f"p{number}@example.com,P{number},yes,2026-01-{5 + number % 9:02} {6 + number % 12:02}:{number * 7 % 60:02},{zone}\n"
	for number, zone in enumerate(["Europe/Berlin", "", "Asia/Tokyo", "America/Denver"] * 6)
)
HABITS = {
	"open": {"rate": 0.6, "max_hours": 40},
	"click": 0.4,
	"reply": 0.1,
	"unsubscribe": 0.05,
	"people_differ": 0.5,
}


def test_the_same_seed_gives_the_same_files_and_another_seed_others(simulate):
	first, again, other = (simulate(CROWD, "", "--seed", seed, behaviour=HABITS) for seed in ("5", "5", "6"))
	names = sorted(path.relative_to(first.folder) for path in first.folder.rglob("*") if path.is_file())
	assert len(names) > 60
	for name in names:
		assert (first.folder / name).read_bytes() == (again.folder / name).read_bytes(), name
	assert (first.folder / "touches.csv").read_bytes() != (other.folder / "touches.csv").read_bytes()
	assert (first.folder / "summary.json").read_bytes() != (other.folder / "summary.json").read_bytes()


def test_the_order_of_the_leads_file_does_not_matter(simulate):
	header, *rows = CROWD.splitlines(keepends=True)
	first = simulate(CROWD, behaviour=HABITS)
	second = simulate(header + "".join(reversed(rows)), behaviour=HABITS)
	assert (first.folder / "touches.csv").read_bytes() == (second.folder / "touches.csv").read_bytes()
	assert first.summary == second.summary


def test_mails_are_files_a_mail_program_opens(simulate):
	result = simulate(ADA, days=8)
	paths = sorted((result.folder / "mailbox").glob("*.eml"))
	assert [path.name[7:] for path in paths] == [
		"2026-01-05-ada@example.com.eml",
		"2026-01-07-ada@example.com.eml",
		"2026-01-12-ada@example.com.eml",
	]
	message = email.message_from_bytes(paths[0].read_bytes(), policy=email.policy.default)
	assert message["To"] == "ada@example.com"
	assert "Ada" in message["Subject"]
	assert message["Date"].datetime.isoformat() == "2026-01-05T09:00:00+00:00"
	assert "Ada" in message.get_body(("plain",)).get_content()
	assert "Example Company" in message.get_body(("html",)).get_content()
	assert message["List-Unsubscribe"].strip("<>") in message.get_body(("html",)).get_content()


def test_a_second_run_into_the_same_folder_leaves_no_old_mails(simulate, tmp_path):
	folder = str(tmp_path / "same")
	simulate(CROWD, "", "--out", folder, days=10)
	for name in ("mine.eml", "2026-01-letter.eml"):
		(tmp_path / "same" / "mailbox" / name).write_text("keep")
	simulate(ADA, "", "--out", folder, days=3)
	assert sorted(path.name for path in (tmp_path / "same" / "mailbox").iterdir()) == [
		"000001-2026-01-05-ada@example.com.eml",
		"000002-2026-01-07-ada@example.com.eml",
		"2026-01-letter.eml",
		"mine.eml",
	]


def test_the_report_is_one_page_that_loads_nothing(simulate):
	result = simulate(CROWD, "p1@example.com,Demo Request,2026-01-06\nnobody,x,y\n", behaviour=HABITS)
	page = (result.folder / "report.html").read_text(encoding="utf-8")
	assert page.count("<svg") == 4
	assert not re.search(r"https?:|src=|url\((?!#)|@import|<link", page)
	assert "prefers-color-scheme: dark" in page
	assert not re.search(r"#0[1-5]0[0-9]0[0-9]", page)  # every drawn colour belongs to the page
	ids = re.findall(r'\bid="([^"]+)"', page)
	assert len(ids) == len(set(ids))
	for target in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page):
		assert "".join(target) in ids
	assert "activities.csv" in page and "is no e-mail address" in page


# --- presets of one's own -------------------------------------------------------------------------------------------


@pytest.fixture
def presets(tmp_path):
	folder = tmp_path / "presets"
	shutil.copytree(SHIPPED, folder)
	return folder


def switch_on(folder: Path, name: str, title: str = "", **values) -> None:
	path = folder / name
	documents = json.loads(path.read_text())
	for document in documents:
		if title in ("", document["title"]):
			document.update(values)
	path.write_text(json.dumps(documents))


def test_own_presets_are_as_their_files_say(simulate, presets):
	activity = "ada@example.com,Demo Request,2026-01-06\n"
	result = simulate(ADA, activity, "--presets", str(presets), days=5)
	assert (result.summary["enrollments"], result.rows("leads.csv")[0]["score"]) == (0, "0")
	switch_on(presets, "scoring_rules.json", enabled=1)
	result = simulate(ADA, activity, "--presets", str(presets), days=5)
	assert (result.summary["enrollments"], result.rows("leads.csv")[0]["score"]) == (0, "30")
	switch_on(presets, "sequences/welcome-and-core.json", "Five-Email Nurture", status="Active")
	result = simulate(ADA, activity, "--presets", str(presets), days=5)
	assert (result.summary["enrollments"], result.summary["sent"]) == (1, 1)
	# who asks for a demo has no need of the second mail
	assert result.summary["exits"] == {"exit_activity": 1}


def test_hours_without_a_contact_start_a_sequence_the_same_day(simulate, presets):
	reminder = {
		"doctype": "Nurture Sequence",
		"title": "Remind",
		"status": "Active",
		"trigger_type": "Not Contacted After",
		"trigger_activity": "Demo Request",
		"trigger_hours": 4,
		"goal_activity": "Meeting",
		"goal_target": 5,
		"steps": [
			{"step_label": "Call", "step_type": "Task", "task_description": "Speak with them.", "delay": 0}
		],
	}
	(presets / "more.json").write_text(json.dumps([reminder]))
	activity = "ada@example.com,Demo Request,2026-01-06 09:30\n"
	result = simulate(ADA, activity, "--presets", str(presets), days=3)
	(touch,) = result.rows("touches.csv")
	assert (touch["sequence"], touch["due_on"][:13]) == ("Remind", "2026-01-06 13")


SATURDAY = "email_id,first_name,consent,creation\nada@example.com,Ada,yes,2026-01-10 11:00\n"


@pytest.mark.parametrize(
	("setting", "second", "on_their_day"), [(0, "2026-01-12 09:00:00", 3), (1, "2026-01-13 09:00:00", 2)]
)
def test_who_comes_on_a_saturday_gets_two_mails_on_monday_unless_days_are_kept_apart(
	simulate, presets, setting, second, on_their_day
):
	switch_on(presets, "sequences/welcome-and-core.json", "Five-Email Nurture", status="Active")
	(presets / "more.json").write_text(json.dumps([{"doctype": "Nurture Settings", "days_apart": setting}]))
	result = simulate(SATURDAY, "", "--presets", str(presets), days=20)
	assert result.sent() == [
		("Welcome", "2026-01-12 09:00:00"),
		("Problem", second),
		("Education", "2026-01-16 09:00:00"),
		("Social Proof", "2026-01-21 09:00:00"),
	]
	promises = result.summary["promises"]
	assert promises["messages_on_another_day"] == promises["messages_moved_by_cap"] == 0
	assert promises["messages_on_their_day"] == on_their_day


def test_own_presets_may_hold_settings_and_activity_types(simulate, presets):
	switch_on(presets, "scoring_rules.json", enabled=1)
	(presets / "more.json").write_text(
		json.dumps(
			[
				{
					"doctype": "Nurture Settings",
					"nurture_threshold": 10,
					"mql_threshold": 20,
					"sql_threshold": 40,
				},
				{"doctype": "Nurture Activity Type", "activity_type": "Fair Visit", "is_engagement": 1},
				{
					"doctype": "Lead Scoring Rule",
					"title": "Met <b>at</b> the fair",
					"enabled": 1,
					"points": 25,
					"activity_type": "Fair Visit",
				},
			]
		)
	)
	result = simulate(ADA, "ada@example.com,Fair Visit,2026-01-06\n", "--presets", str(presets), days=3)
	(lead,) = result.rows("leads.csv")
	assert (lead["stage"], lead["reasons"]) == ("MQL", "Met <b>at</b> the fair +25")
	assert "Met &lt;b&gt;at&lt;/b&gt; the fair" in (result.folder / "report.html").read_text()


def test_a_whole_year_passes(simulate):
	result = simulate(ADA, "ada@example.com,Page View,2026-01-06\n", days=366)
	assert result.summary["exits"]["finished"] == 1
	last = max(datetime.fromisoformat(moment) for _, moment in result.sent())
	assert last - datetime(2026, 1, 5) < timedelta(days=366)
