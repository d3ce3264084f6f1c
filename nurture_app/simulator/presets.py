"""Presets in a simulation: the files put into the tables as a site's installer would, then switched on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nurture_app.engine import conditions, lifecycle
from nurture_app.engine.codes import NurtureError
from nurture_app.engine.condition_scope import load_known
from nurture_app.engine.config import check_cap, check_thresholds, settings_from
from nurture_app.engine.known_names import check_activity_types
from nurture_app.engine.library.contents import check_parts
from nurture_app.engine.ports import Host
from nurture_app.engine.regions import region_of
from nurture_app.engine.rules import rule_from_row
from nurture_app.engine.score_circles import check_rule
from nurture_app.engine.segments import check_cycle
from nurture_app.engine.timing import check_window, zone_or_none
from nurture_app.simulator.collation import fold
from nurture_app.simulator.csv_file import InputError
from nurture_app.simulator.json_file import read_json
from nurture_app.simulator.preset_values import checked
from nurture_app.simulator.sqlite_database import SQLiteDatabase
from nurture_app.simulator.tables import PACKAGE, DocTypeTable, own_doctypes

SHIPPED = PACKAGE / "fixtures" / "presets"
USUAL = ("Five-Email Nurture", "Cold Re-Engagement")
"""The shipped sequences that run in a simulation unless others are asked for."""
ACTIVITY_TYPES = PACKAGE / "fixtures" / "catalogue" / "activity_types.json"

_ORDER = (
	"Nurture Activity Type",
	"Nurture Settings",
	"Nurture Content Format",
	"Nurture Asset",
	"Nurture Calculation",
	"Nurture Content Block",
	"Nurture Content",
	"Lead Scoring Rule",
	"Nurture Segment",
	"Nurture Persona",
	"Nurture Channel Guide",
	"Nurture Audience",
	"Nurture Sequence",
)
"""Each refers only to those before it. Nothing else can be a preset."""

_ONLY_ON_SITES = (
	"Nurture Event Source",
	"Nurture Experiment",
	"Nurture Form",
	"Nurture Launch Check",
	"Nurture Lead Type",
	"Nurture Touch Tier",
	"Nurture Page Category",
	"Nurture Playbook",
)
"""What they are about comes into a simulation as activities, or begins with somebody's decision."""


@dataclass(frozen=True, slots=True)
class Preset:
	"""One document of a preset file."""

	file: str
	doctype: str
	name: str
	"""Empty for the settings."""
	values: Mapping[str, Any]


def read_presets(folder: Path | None, sequences: Collection[str] | None = None) -> list[Preset]:
	"""The shipped presets, switched on, or those in `folder` as their files say. Raises `InputError`.

	Of the shipped sequences those run whose titles are in `sequences`, the two of `USUAL` unless told otherwise; many
	of them answer the same event and are meant to be chosen from. The shipped activity types always belong to them.
	"""
	if folder is not None and not folder.is_dir():
		raise InputError(f"There is no folder {folder} with presets.")
	files = sorted((folder or SHIPPED).rglob("*.json"))
	if not files:
		raise InputError(f"There are no preset files (*.json) in {folder or SHIPPED}.")
	own = own_doctypes()
	presets: dict[tuple[str, str], Preset] = {}
	for path in (ACTIVITY_TYPES, *files):
		label = path.relative_to(folder or SHIPPED).as_posix() if path != ACTIVITY_TYPES else path.name
		for preset in _read_file(path, label, own):
			key = (preset.doctype, fold(preset.name))
			if key in presets and presets[key].file != ACTIVITY_TYPES.name:
				raise InputError(f"{label}: {preset.doctype} {preset.name!r} is also in {presets[key].file}.")
			presets[key] = preset
	if folder is None:
		chosen = _check_chosen(USUAL if sequences is None else sequences, presets)
		presets = {key: _switched_on(preset, chosen) for key, preset in presets.items()}
	return sorted(presets.values(), key=lambda preset: _ORDER.index(preset.doctype))


def activity_types(presets: Iterable[Preset]) -> list[str]:
	return [preset.name for preset in presets if preset.doctype == "Nurture Activity Type"]


def install(host: Host, db: SQLiteDatabase, presets: Iterable[Preset]) -> None:
	"""Write the presets into the tables; sequences stay drafts. Raises `InputError` naming file and document."""
	own = own_doctypes()
	for preset in presets:
		table = own[preset.doctype]
		if table.is_single:
			db.write_settings(table.name, _own_values(table, preset))
			_insert_rows(db, table, preset)
		else:
			_insert(db, table, preset)
	known = load_known(host)
	for preset in presets:
		with _blamed_on(preset):
			_check(host, preset, known)


def activate(host: Host, presets: Iterable[Preset]) -> list[str]:
	"""Activate the sequences whose status says Active and return their names. Raises `InputError`."""
	active = []
	for preset in presets:
		if preset.doctype == "Nurture Sequence" and preset.values.get("status") == "Active":
			with _blamed_on(preset):
				lifecycle.date_goal(host, preset.name)
				lifecycle.activate(host, preset.name)
			active.append(preset.name)
	return active


def _read_file(path: Path, label: str, own: Mapping[str, DocTypeTable]) -> Iterator[Preset]:
	data = read_json(path, label)
	for number, document in enumerate(data if isinstance(data, list) else [data], 1):
		if not isinstance(document, dict):
			raise InputError(f"{label}: document {number} is no object.")
		doctype = document.get("doctype")
		if doctype in _ONLY_ON_SITES:
			continue
		if doctype not in _ORDER:
			raise InputError(f"{label}: document {number} is a {doctype!r}; presets are {', '.join(_ORDER)}.")
		table = own[doctype]
		title = document.get(table.title_field)
		name = "" if table.is_single or isinstance(title, dict | list) else str(title or "").strip()
		if not name and not table.is_single:
			raise InputError(f"{label}: document {number}, a {doctype}, has no {table.title_field}.")
		what = f"{doctype} {name!r}" if name else doctype
		yield Preset(label, doctype, name, _values(label, what, table, document, own))


def _values(
	label: str, what: str, table: DocTypeTable, document: Mapping[str, Any], own: Mapping[str, DocTypeTable]
) -> dict[str, Any]:
	"""The fields of a document, checked against its DocType; child rows as a list of the same."""
	fields = {field["fieldname"]: field for field in table.columns()}
	children = table.child_tables()
	values: dict[str, Any] = {}
	for key, value in document.items():
		if key in children:
			if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
				raise InputError(f"{label}: {what}: {key} must be a list of rows.")
			child = own[children[key]]
			values[key] = [
				_values(label, f"{what}, row {n} of {key}", child, row, own) for n, row in enumerate(value, 1)
			]
		elif key in fields:
			try:
				values[key] = checked(fields[key], value)
			except ValueError as wrong:
				raise InputError(f"{label}: {what}: {wrong}.") from None
		elif key not in (
			"doctype",
			"name",
			"docstatus",
			"modified",
			"creation",
			"owner",
			"modified_by",
			"idx",
			"__islocal",
		):
			raise InputError(f"{label}: {what} has a field {key!r} that {table.name} does not know.")
	return values


def _check_chosen(sequences: Collection[str], presets: Mapping[tuple[str, str], Preset]) -> set[str]:
	"""The folded names of the sequences that shall run. Raises `InputError` for one that is not there."""
	there = {
		name: preset.name for (doctype, name), preset in presets.items() if doctype == "Nurture Sequence"
	}
	for title in sequences:
		if fold(title) not in there:
			raise InputError(
				f"There is no sequence {title!r}; there are {', '.join(sorted(there.values()))}."
			)
	return {fold(title) for title in sequences}


def _switched_on(preset: Preset, sequences: Collection[str]) -> Preset:
	if preset.doctype == "Nurture Sequence" and fold(preset.name) not in sequences:
		return preset
	switch = {
		"Nurture Sequence": {"status": "Active"},
		"Lead Scoring Rule": {"enabled": 1},
		"Nurture Segment": {"enabled": 1},
		"Nurture Persona": {"enabled": 1},
		"Nurture Audience": {"enabled": 1},
	}
	return Preset(
		preset.file, preset.doctype, preset.name, {**preset.values, **switch.get(preset.doctype, {})}
	)


def _insert(db: SQLiteDatabase, table: DocTypeTable, preset: Preset) -> None:
	values = _own_values(table, preset)
	if table.name == "Nurture Sequence":
		values["status"] = "Draft"
	db.insert(table.table, ("name", *values), [(preset.name, *values.values())])
	_insert_rows(db, table, preset)


def _own_values(table: DocTypeTable, preset: Preset) -> dict[str, Any]:
	"""Without the rows of its tables, and without what is left to the default."""
	rows = table.child_tables()
	return {key: value for key, value in preset.values.items() if key not in rows and value is not None}


def _insert_rows(db: SQLiteDatabase, table: DocTypeTable, preset: Preset) -> None:
	for field, child in table.child_tables().items():
		for index, row in enumerate(preset.values.get(field, ()), 1):
			row = {key: value for key, value in row.items() if value is not None}
			columns = ("name", "parent", "parenttype", "parentfield", "idx", *row)
			db.insert(
				f"tab{child}",
				columns,
				[(db.new_name(), preset.name or table.name, table.name, field, index, *row.values())],
			)


def _check(host: Host, preset: Preset, known: Any) -> None:
	"""What the controllers of a site check when such a document is saved."""
	values = preset.values
	if preset.doctype == "Lead Scoring Rule":
		rule = rule_from_row({"name": preset.name, **values})
		if not rule.is_profile and rule.activity_type != "Any":
			check_activity_types([rule.activity_type], known.activity_types)
	if preset.doctype in (
		"Lead Scoring Rule",
		"Nurture Segment",
		"Nurture Persona",
	) and values.get("condition"):
		condition = conditions.parse(values["condition"], host.catalog)
		conditions.check_references(condition, known)
		if preset.doctype == "Lead Scoring Rule":
			check_rule(host, preset.name, condition)
		if preset.doctype == "Nurture Segment":
			check_cycle(host, preset.name, condition)
	if preset.doctype == "Nurture Settings":
		_check_settings(preset)
	if preset.doctype == "Nurture Sequence":
		lifecycle.check_definition(host, lifecycle.load_definition(host, preset.name))
	if preset.doctype == "Nurture Content":
		check_parts(host, values, values.get("language") or "")


def _check_settings(preset: Preset) -> None:
	try:
		settings = settings_from(dict(preset.values))
	except ValueError:
		raise InputError(
			f"{preset.file}: {preset.doctype}: window_start or window_end is no time of day; write it as 09:00."
		) from None
	for name in ("batch_size", "lease_minutes"):
		if getattr(settings, name) < 1:
			raise InputError(
				f"{preset.file}: {preset.doctype}: {name} is {getattr(settings, name)}; it must be at least 1."
			)
	if settings.default_time_zone and zone_or_none(settings.default_time_zone) is None:
		raise InputError(
			f"{preset.file}: {preset.doctype}: default_time_zone is {settings.default_time_zone!r}; "
			"expected one such as Europe/Berlin."
		)
	region_of(settings.double_opt_in_countries)
	check_window(settings.window)
	check_thresholds(
		settings.nurture_threshold, settings.mql_threshold, settings.sql_threshold, settings.hysteresis
	)
	check_cap(settings.cap_messages, settings.cap_days)


@contextmanager
def _blamed_on(preset: Preset) -> Iterator[None]:
	"""Turns the engine's complaint into one that names the preset and its file."""
	try:
		yield
	except NurtureError as error:
		what = f"{preset.doctype} {preset.name!r}" if preset.name else preset.doctype
		raise InputError(f"{preset.file}: {what}: {error}") from error
