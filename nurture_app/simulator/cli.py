"""The `nurture` command."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nurture_app import __version__
from nurture_app.simulator.csv_file import InputError, Problem

if TYPE_CHECKING:
	from nurture_app.simulator.presets import Preset
	from nurture_app.simulator.run import Scenario

SAMPLE = Path(__file__).with_name("sample")
SAMPLE_START = date(2026, 1, 5)
SAMPLE_DAYS = 60
SAMPLE_SEED = 1
TRACKS = SAMPLE / "tracks"
TRACKS_DAYS = 120
TRACKS_SEED = 3
TRACKS_SEQUENCES = (
	"Five-Email Nurture",
	"Cold Re-Engagement",
	"Four-Email Cold Series",
	"SaaS Onboarding",
	"Post-Demo Value Arc",
)
"""Those whose days stand in the requirements: NS-03 to NS-14."""
MOST_DAYS = 3660
REPORT = "report.html"
BAD_INPUT = 2
QUIET_SECONDS = 2

DESCRIPTION = """\
Try lead nurturing on a laptop: the engine of nurture_app with its shipped presets, on SQLite, with a virtual clock.
Nothing is sent to anybody."""

SIMULATE = """\
Play leads and activities from CSV files through scoring, segments and sequences, and write what happens to a folder:
summary.json, leads.csv, touches.csv, report.html and the mails as mailbox/*.eml.

  nurture simulate --leads leads.csv --activities activities.csv --days 60 --start 2026-01-05 --seed 1 --out build/run

leads.csv        ERPNext's Lead field names: email_id (required), first_name, company_name, industry, no_of_employees,
                 job_title, creation, ...; besides: consent (yes / no), time_zone, language
activities.csv   email_id, activity_type, occurred_on; besides: detail, channel

A row that cannot be read is reported with its line number and left out. docs/simulator.md tells the rest."""


@dataclass(frozen=True, slots=True)
class Order:
	"""What the command was asked to do, checked."""

	leads: Path
	activities: Path | None
	start: datetime
	end: datetime
	seed: int
	out: Path
	presets: Path | None
	sequences: Sequence[str] | None
	behaviour: Path | None
	sends: bool
	zone: ZoneInfo


def main(arguments: Sequence[str] | None = None) -> int:
	"""Run the command; returns its exit code: 0, or 2 with one sentence on stderr when the input is not usable."""
	options = _parser().parse_args(arguments)
	for stream in (sys.stdout, sys.stderr):
		if hasattr(
			stream, "reconfigure"
		):  # a name of a file that the terminal cannot show is no reason to fail
			stream.reconfigure(errors="backslashreplace")
	try:
		print(simulate(ORDERS[options.command](options)), flush=True)
	except BrokenPipeError:  # nobody reads what is printed; the files are there
		os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
	except InputError as error:
		print(f"nurture: {error}", file=sys.stderr)
		return BAD_INPUT
	except KeyboardInterrupt:
		print("nurture: stopped before the end; what this run has written is not complete.", file=sys.stderr)
		return 130
	return 0


def simulate(order: Order) -> str:
	"""Run the simulation and write its files; returns a short table. Raises `InputError`."""
	try:
		# Slow to import, and not part of what a site installs: only when really needed.
		from nurture_app.simulator.interruption import Interruption
		from nurture_app.simulator.outcome import FILES, read_outcome, write_files
		from nurture_app.simulator.report import Frame, write_report
		from nurture_app.simulator.run import Simulation
	except ModuleNotFoundError as missing:
		raise InputError(
			f"{missing.name} is not installed; run: pip install 'nurture_app[simulator]'."
		) from None

	results = (*FILES, REPORT)
	_keep_what_is_read(order, results)
	scenario, problems = _read_scenario(order)
	for problem in problems:
		print(problem, file=sys.stderr)
	for remark in _what_is_off(order, scenario.presets):
		print(f"nurture: {remark}", file=sys.stderr)

	if not scenario.leads:
		raise InputError(f"{order.leads} holds no lead that can be used.")

	_make_folder(order.out, results)
	frame = Frame(
		start=order.start.date(),
		end=order.end.date(),
		zone=order.zone.key,
		seed=order.seed,
		presets=str(order.presets) if order.presets else "those of the app, switched on",
		behaviour=order.behaviour.name if order.behaviour else "",
		sends=order.sends,
		problems=problems,
	)
	try:
		with Interruption() as interruption:
			simulation = Simulation(scenario)
			interruption.end_statement = simulation.db.interrupt
			_with_progress(simulation.run, (order.end - order.start).days, interruption.check)
			outcome = read_outcome(simulation)
			interruption.check()
			write_files(outcome, order.out)
			write_report(outcome, frame, order.out / REPORT)
	except OSError as error:
		raise InputError(
			f"{error.filename or order.out} cannot be written: {error.strerror or error}."
		) from None
	left_out = sum(problem.left_out for problem in problems)
	return _table(outcome.summary(), outcome.reached, left_out, order.out)


def _read_scenario(order: Order) -> tuple[Scenario, list[Problem]]:
	"""What is simulated, and what of the files could not be used. Raises `InputError`."""
	from nurture_app.simulator.behaviour import load_behaviour
	from nurture_app.simulator.csv_input import read_activities, read_leads
	from nurture_app.simulator.presets import activity_types, read_presets
	from nurture_app.simulator.run import Scenario
	from nurture_app.simulator.tables import lead_catalog

	problems: list[Problem] = []
	presets = read_presets(order.presets, order.sequences)
	behaviour = load_behaviour(order.behaviour) if order.behaviour else None
	leads = read_leads(order.leads, lead_catalog(), order.zone, order.end, problems)
	activities = []
	if order.activities:
		addresses = {lead.address for lead in leads}
		types = activity_types(presets)
		activities = read_activities(order.activities, addresses, types, order.zone, order.end, problems)
	scenario = Scenario(
		leads=leads,
		activities=activities,
		presets=presets,
		start=order.start,
		end=order.end,
		zone=order.zone,
		seed=order.seed,
		behaviour=behaviour,
		sends=order.sends,
		mailbox=order.out / "mailbox",
	)
	return scenario, problems


def _what_is_off(order: Order, presets: Sequence[Preset]) -> list[str]:
	"""Somebody's own presets are as their files say, and those that ship are all off."""
	remarks = []
	if order.presets is None:
		return remarks
	if not any(one.doctype == "Lead Scoring Rule" and one.values.get("enabled") for one in presets):
		remarks.append(
			f'no scoring rule in {order.presets} is switched on; set "enabled": 1 in those you want.'
		)
	if order.sends and not any(
		one.doctype == "Nurture Sequence" and one.values.get("status") == "Active" for one in presets
	):
		remarks.append(
			f'no sequence in {order.presets} is active; set "status": "Active" in those that shall run.'
		)
	return remarks


class _Parser(argparse.ArgumentParser):
	"""Says what is wrong in one sentence instead of printing all options again."""

	def error(self, message: str) -> NoReturn:
		print(f"{self.prog}: {message}. Try {self.prog} --help.", file=sys.stderr)
		raise SystemExit(BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
	parser = _Parser(
		prog="nurture", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--version", action="version", version=f"nurture_app {__version__}")
	commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")

	run = commands.add_parser(
		"simulate",
		help="play your own leads and activities",
		description=SIMULATE,
		formatter_class=argparse.RawDescriptionHelpFormatter,
	)
	run.add_argument("--leads", required=True, metavar="FILE", help="CSV file with leads")
	run.add_argument("--activities", metavar="FILE", help="CSV file with what they do")
	run.add_argument("--days", required=True, metavar="N", help=f"how many days, 1 to {MOST_DAYS}")
	run.add_argument("--start", required=True, metavar="DATE", help="first day, such as 2026-01-05")
	run.add_argument("--seed", default="0", metavar="S", help="number the reactions are drawn from (0)")
	run.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
	run.add_argument("--presets", metavar="DIR", help="folder with preset files, instead of the shipped ones")
	run.add_argument(
		"--sequence",
		action="append",
		metavar="TITLE",
		help="a shipped sequence to run, as often as wanted (Five-Email Nurture and Cold Re-Engagement)",
	)
	run.add_argument("--behaviour", metavar="FILE", help="JSON file with how people react to mails")
	run.add_argument("--no-sends", action="store_true", help="only score; no sequence runs")
	run.add_argument(
		"--time-zone", default="UTC", metavar="ZONE", help="zone of all times in the files (UTC)"
	)

	demo = commands.add_parser(
		"demo",
		help="run the bundled sample",
		description=f"Run the bundled sample: {SAMPLE_DAYS} days of invented leads who open, click and reply.",
	)
	demo.add_argument(
		"--out", default="build/demo", metavar="DIR", help="folder for the results (build/demo)"
	)
	tracks = commands.add_parser(
		"tracks",
		help="run the sequences with fixed days on a bundled sample",
		description=f"Run {', '.join(TRACKS_SEQUENCES)} for {TRACKS_DAYS} days with invented leads who react. The "
		"report shows that every message kept its day and every branch was taken.",
	)
	tracks.add_argument(
		"--out", default="build/tracks", metavar="DIR", help="folder for the results (build/tracks)"
	)
	return parser


def _order(options: argparse.Namespace) -> Order:
	zone = _zone(options.time_zone)
	start = _start(options.start)
	days = _whole_number("--days", options.days)
	if not 1 <= days <= MOST_DAYS:
		raise InputError(f"--days is {days}; it must be from 1 to {MOST_DAYS}.")
	if options.presets and options.sequence:
		raise InputError(
			'--sequence chooses among the shipped sequences; with --presets, set "status": "Active" in the file.'
		)
	return Order(
		leads=Path(options.leads),
		activities=Path(options.activities) if options.activities else None,
		start=start,
		end=start + timedelta(days=days),
		seed=_whole_number("--seed", options.seed),
		out=Path(options.out),
		presets=Path(options.presets) if options.presets else None,
		sequences=options.sequence,
		behaviour=Path(options.behaviour) if options.behaviour else None,
		sends=not options.no_sends,
		zone=zone,
	)


def _demo_order(options: argparse.Namespace) -> Order:
	start = datetime.combine(SAMPLE_START, time())
	return Order(
		leads=SAMPLE / "leads.csv",
		activities=SAMPLE / "activities.csv",
		start=start,
		end=start + timedelta(days=SAMPLE_DAYS),
		seed=SAMPLE_SEED,
		out=Path(options.out),
		presets=None,
		sequences=None,
		behaviour=SAMPLE / "behaviour.json",
		sends=True,
		zone=ZoneInfo("UTC"),
	)


def _tracks_order(options: argparse.Namespace) -> Order:
	order = _demo_order(options)
	return replace(
		order,
		leads=TRACKS / "leads.csv",
		activities=TRACKS / "activities.csv",
		end=order.start + timedelta(days=TRACKS_DAYS),
		seed=TRACKS_SEED,
		sequences=TRACKS_SEQUENCES,
	)


ORDERS: dict[str, Callable[[argparse.Namespace], Order]] = {
	"simulate": _order,
	"demo": _demo_order,
	"tracks": _tracks_order,
}
"""What each command of the command line asks for."""


def _start(text: str) -> datetime:
	try:
		if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):  # newer Pythons read more than that
			raise ValueError
		day = date.fromisoformat(text)
	except ValueError:
		raise InputError(f"--start is {text!r}, which is no date; write it as 2026-01-05.") from None
	if not 1970 <= day.year <= 2200:
		raise InputError(f"--start is {text}; it must lie between 1970 and 2200.")
	return datetime.combine(day, time())


def _zone(name: str) -> ZoneInfo:
	try:
		return ZoneInfo(name)
	except (ZoneInfoNotFoundError, ValueError, OSError):
		raise InputError(
			f"--time-zone is {name!r}, which is no time zone; write a name such as Europe/Berlin."
		) from None


def _whole_number(option: str, text: str) -> int:
	try:
		return int(text)
	except ValueError:
		raise InputError(f"{option} is {text!r}; it must be a whole number.") from None


def _keep_what_is_read(order: Order, written: Sequence[str]) -> None:
	"""Results have names people give their own files too, such as leads.csv."""
	for path in filter(None, (order.leads, order.activities, order.behaviour)):
		if any(path.resolve() == (order.out / name).resolve() for name in written):
			raise InputError(f"--out {order.out} would overwrite {path}, which is read; name another folder.")
	if order.presets and order.out.resolve().is_relative_to(order.presets.resolve()):
		raise InputError(
			f"--out {order.out} lies in --presets {order.presets}, where every *.json is read; name another folder."
		)


def _make_folder(folder: Path, results: Sequence[str]) -> None:
	"""Ready to be written to, and without the results of an earlier run: those beside half of this one would deceive."""
	try:
		folder.mkdir(parents=True, exist_ok=True)
		for name in results:
			if (folder / name).is_dir():
				raise InputError(
					f"{folder / name} is a folder; move it away, or name another folder with --out."
				)
			(folder / name).unlink(missing_ok=True)
		probe = folder / ".nurture-probe"
		probe.write_text("")
		probe.unlink()
	except (FileExistsError, NotADirectoryError):
		raise InputError(f"--out {folder} is not a folder; name another one.") from None
	except OSError as error:
		raise InputError(
			f"--out {folder} cannot be written to ({error.strerror or error}); name another folder."
		) from None


def _with_progress(
	run: Callable[[Callable[[date], None]], None], days: int, check: Callable[[], None]
) -> None:
	"""A progress bar on stderr: at once on a terminal, elsewhere only when it takes longer than two seconds.

	`check` is called after each day.
	"""
	from tqdm import tqdm

	delay, pause = (0, 0.1) if sys.stderr.isatty() else (QUIET_SECONDS, 5)
	with tqdm(
		total=days,
		unit="day",
		desc="Simulating",
		file=sys.stderr,
		delay=delay,
		leave=False,
		mininterval=pause,
	) as bar:

		def on_day(day: date) -> None:
			bar.update()
			check()

		run(on_day)


def _table(summary: dict, reached: dict[str, int], left_out: int, out: Path) -> str:
	replies = summary["exits"].get("replied", 0)
	opted_out = summary["exits"].get("unsubscribed", 0)
	rows = [
		("Leads", summary["leads"], ""),
		("Activities", summary["activities"], ""),
		("Enrollments", summary["enrollments"], ""),
		("Mails", summary["sent"], ""),
		("Ended by a reply", replies, ""),
		("Ended by an opt-out", opted_out, ""),
		("MQL at the end", summary["mql"], f"{reached['MQL']} reached it"),
		("SQL at the end", summary["sql"], f"{reached['SQL']} reached it"),
	]
	if left_out:
		rows.append(("Rows left out", left_out, "see above"))
	lines = [f"{name:<20}{value:>7}   {remark}".rstrip() for name, value, remark in rows]
	return "\n".join((*lines, "", f"Report: {out / REPORT}"))


if __name__ == "__main__":
	sys.exit(main())
