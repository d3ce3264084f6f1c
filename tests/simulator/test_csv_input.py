"""CSV files as people have them: good rows go on, bad ones are named with line and reason."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from nurture_app.simulator.csv_file import InputError
from nurture_app.simulator.csv_input import parse_moment, read_activities, read_leads
from nurture_app.simulator.tables import lead_catalog

UTC = ZoneInfo("UTC")
END = datetime(2026, 3, 1)
TYPES = ("Page View", "Demo Request", "MQL Reached")


@pytest.fixture
def leads(tmp_path):
	def read(text: str | bytes, zone: ZoneInfo = UTC):
		path = tmp_path / "leads.csv"
		path.write_bytes(text if isinstance(text, bytes) else text.encode())
		problems = []
		rows = read_leads(path, lead_catalog(), zone, END, problems)
		return rows, [str(problem) for problem in problems]

	return read


@pytest.fixture
def activities(tmp_path):
	def read(text: str):
		path = tmp_path / "activities.csv"
		path.write_text(text, encoding="utf-8")
		problems = []
		rows = read_activities(path, {"ada@example.com"}, TYPES, UTC, END, problems)
		return rows, [str(problem) for problem in problems]

	return read


def test_a_lead_with_everything(leads):
	((lead,), problems) = leads(
		"email_id,first_name,no_of_employees,annual_revenue,unsubscribed,qualified_on,creation,consent,time_zone,language\n"
		" Ada@Example.com ,Ada,11-50,1000000,no,2026-01-02,2026-01-05 09:30,yes,Europe/Berlin,de\n"
	)
	assert problems == []
	assert lead.address == "ada@example.com"
	assert lead.values == {
		"email_id": "Ada@Example.com",
		"first_name": "Ada",
		"no_of_employees": "11-50",
		"annual_revenue": 1e6,
		"unsubscribed": 0,
		"qualified_on": datetime(2026, 1, 2).date(),
		"language": "de",
	}
	assert (lead.creation, lead.consent, lead.time_zone) == (
		datetime(2026, 1, 5, 9, 30),
		True,
		"Europe/Berlin",
	)


def test_what_is_missing_is_empty_and_means_no_consent(leads):
	((lead,), problems) = leads("email_id,first_name,consent,creation\nada@example.com,,,\n")
	assert problems == []
	assert (lead.creation, lead.consent, lead.time_zone, dict(lead.values)) == (
		None,
		False,
		"",
		{"email_id": "ada@example.com"},
	)


BAD_LEADS = [
	("no address", ",Ada,,,", "email_id is empty"),
	("not an address", "ada.example.com,Ada,,,", "is no e-mail address"),
	("a choice ERPNext does not know", "x@example.com,Ada,about 50,,", "ERPNext allows 1-10, 11-50"),
	("a date nobody can read", "x@example.com,Ada,,31/01/2026,", "'31/01/2026' is no date"),
	("a consent that is neither", "x@example.com,Ada,,,perhaps", "consent is 'perhaps'; write yes or no"),
	("arrives after the end", "x@example.com,Ada,,2026-03-01,", "lies after the simulated period"),
	("too many cells", "x@example.com,Ada,,,,,surplus", "has 7 cells, but the header has 5"),
	("a name too long for ERPNext", f"x@example.com,{'A' * 141},,,", "first_name has 141 characters"),
	("an open quotation mark", 'x@example.com,"Ada,,,', "quotation mark is opened and never closed"),
	("a mark in the middle", 'x@example.com,"A"da"",,,', "cannot be read"),
]


@pytest.mark.parametrize(("row", "reason"), [row[1:] for row in BAD_LEADS], ids=[row[0] for row in BAD_LEADS])
def test_a_bad_row_is_named_and_the_next_one_goes_on(leads, row, reason):
	header = "email_id,first_name,no_of_employees,creation,consent\n"
	rows, problems = leads(f"{header}first@example.com,,,,\n{row}\nlast@example.com,,,,\n")
	assert [lead.address for lead in rows] == ["first@example.com", "last@example.com"]
	assert len(problems) == 1
	assert problems[0].startswith("leads.csv line 3: ")
	assert reason in problems[0]


def test_line_numbers_count_lines_of_the_file_not_rows(leads):
	rows, problems = leads('email_id,company_name\nada@example.com,"Two\nlines"\n\nbroken,x\n')
	assert [lead.values["company_name"] for lead in rows] == ["Two\nlines"]
	assert problems == ["leads.csv line 5: email_id 'broken' is no e-mail address"]


def test_quotation_marks_within_a_cell_enclose_nothing(leads):
	rows, problems = leads(
		'email_id,company_name\na@example.com,19" racks\nb@example.com,Plain\nc@example.com,The "Best", Ltd\n'
		'd@example.com,21" racks\ne@example.com,"Quoted ""well"""\n'
	)
	assert [lead.values["company_name"] for lead in rows] == [
		'19" racks',
		"Plain",
		'21" racks',
		'Quoted "well"',
	]
	assert problems == ["leads.csv line 4: has 3 cells, but the header has 2"]


def test_rows_without_content_are_passed_over(leads):
	rows, problems = leads('email_id;first_name;;\na@example.com;Ada;;\n;;;\n"";" ";;\n\xa0;\xa0;;\n\n')
	assert len(rows) == 1
	assert problems == []


@pytest.mark.parametrize(
	("header", "line"),
	[
		("sep=;\r\nemail_id;city\r\n", 3),
		("SEP=;\nemail_id;city\n", 3),
		(";;\n\nemail_id;city\n", 4),
		('email_id;"city, state, country"\n', 2),
		('"Notes, all\nof them";email_id\n', 3),
	],
)
def test_the_header_is_found_whatever_stands_before_or_within_it(leads, header, line):
	rows, problems = leads(f"{header}broken;broken\na@example.com;a@example.com\n")
	assert [lead.address for lead in rows] == ["a@example.com"]
	assert problems[-1] == f"leads.csv line {line}: email_id 'broken' is no e-mail address"


@pytest.mark.parametrize("text", ["2026-1-5", "2026-01-05", "2026-01-05 00:00:00", "2026-01-05T00:00"])
def test_a_day_is_read_like_a_moment(leads, text):
	rows, problems = leads(f"email_id,qualified_on\na@example.com,{text}\n")
	assert (rows[0].values["qualified_on"], problems) == (date(2026, 1, 5), [])


@pytest.mark.parametrize("text", ["20260105", "2026-W02-1", "05/01/2026", "46027", "2026-01-05 14:30"])
def test_other_texts_are_no_days_whatever_the_python(leads, text):
	rows, problems = leads(f"email_id,qualified_on\na@example.com,{text}\n")
	assert rows == []
	assert problems == [f"leads.csv line 2: qualified_on is {text!r}; expected a date such as 2026-01-05"]


@pytest.mark.parametrize("text", ["1,5", "1_000", "nan", "1e400", "1 000"])
def test_what_is_no_number_is_named(leads, text):
	rows, problems = leads(f"email_id;annual_revenue\na@example.com;{text}\n")
	assert rows == []
	assert problems == [f"leads.csv line 2: annual_revenue is {text!r}; expected a number"]


def test_an_unknown_column_is_ignored_with_a_remark(leads):
	rows, problems = leads("email_id,shoe_size,nurture_score,name\nada@example.com,44,99,X\n")
	assert dict(rows[0].values) == {"email_id": "ada@example.com"}
	assert problems == [
		"leads.csv line 1: the column shoe_size is no field of Lead and is ignored",
		"leads.csv line 1: the column nurture_score is no field of Lead and is ignored",
	]


def test_two_leads_with_one_address_are_both_imported_and_reported(leads):
	rows, problems = leads("email_id\nada@example.com\nADA@example.com\n")
	assert len(rows) == 2
	assert problems[0].startswith("leads.csv line 3: ada@example.com is also in line 2")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_write_is_read(leads, delimiter, mark, line_end):
	text = mark + line_end.join(
		[delimiter.join(("Email_ID", "First_Name")), delimiter.join(("a@example.com", "Jürgen"))]
	)
	rows, problems = leads(text)
	assert problems == []
	assert rows[0].values["first_name"] == "Jürgen"


@pytest.mark.parametrize(
	("content", "message"),
	[
		(b"", "is empty"),
		(b"\n\n", "is empty"),
		(
			b"first_name,company_name\nAda,X\n",
			"has no column email_id, which is required; its columns are: first_name",
		),
		(b"email_id,first_name,email_id\n", "has the column email_id twice"),
		("email_id,Straße\na@example.com,Ulm\n".encode("latin-1"), "its header line is not written in UTF-8"),
		("email_id\n".encode("utf-16"), "is written in UTF-16"),
		(b"PK\x03\x04abc", "is an Excel workbook"),
		(b"\x89PNG\x00\x00", "is not a CSV file"),
	],
)
def test_a_file_that_cannot_be_read_stops_with_one_sentence(leads, content, message):
	with pytest.raises(InputError) as error:
		leads(content)
	assert message in str(error.value)


def test_a_row_in_another_encoding_or_with_binary_data_costs_that_row_only(leads):
	lines = [
		b"email_id,first_name,company_name",
		b"ada@example.com,Ada,X",
		"jo@example.com,Jürgen,Y".encode("cp1252"),
		"eve@example.com,Ève,Z".encode(),
		b"bob@example.com,B\x00b,X",
		b'ann@example.com,"Ann\n\xfc",X',
		b"kim@example.com,Kim,X",
	]
	rows, problems = leads(b"\r\n".join(lines))
	assert [row.values["first_name"] for row in rows] == ["Ada", "Ève", "Kim"]
	assert problems == [
		"leads.csv line 3: is not written in UTF-8; save the file as CSV in UTF-8",
		"leads.csv line 5: holds binary data; save the file as CSV in UTF-8",
		"leads.csv line 6: is not written in UTF-8; save the file as CSV in UTF-8",
	]


def test_activities_come_in_order_of_time_with_the_known_spelling(activities):
	rows, problems = activities(
		"email_id,activity_type,occurred_on,detail,channel\n"
		"ada@example.com,demo request,2026-01-09 10:00,Form,Website\n"
		"ADA@example.com,Page View ,2026-01-08,/pricing,\n"
	)
	assert problems == []
	assert [(row.activity_type, row.occurred_on, row.detail, row.channel) for row in rows] == [
		("Page View", datetime(2026, 1, 8), "/pricing", ""),
		("Demo Request", datetime(2026, 1, 9, 10), "Form", "Website"),
	]


@pytest.mark.parametrize(
	("row", "reason"),
	[
		("who@example.com,Page View,2026-01-08", "there is no lead with the address who@example.com"),
		(
			"ada@example.com,Page Visit,2026-01-08",
			"there is no activity type 'Page Visit'; did you mean 'Page View'?",
		),
		("ada@example.com,Telepathy,2026-01-08", "there is no activity type 'Telepathy'; known are"),
		("ada@example.com,,2026-01-08", "activity_type is empty"),
		("ada@example.com,Page View,", "occurred_on is empty"),
		("ada@example.com,Page View,yesterday", "occurred_on 'yesterday' is no date"),
		("ada@example.com,Page View,2026-03-01", "lies after the simulated period"),
		("ada@example.com,MQL Reached,2026-01-08", "follows from other activities"),
		("ada@example.com,Page View,2026-01-08," + "x" * 256, "detail has 256 characters"),
	],
)
def test_a_bad_activity_is_named(activities, row, reason):
	rows, problems = activities(
		f"email_id,activity_type,occurred_on,detail\n{row}\nada@example.com,Page View,2026-01-08\n"
	)
	assert len(rows) == 1
	assert problems[0].startswith("activities.csv line 2: ")
	assert reason in problems[0]


@pytest.mark.parametrize(
	("text", "zone", "moment"),
	[
		("2026-01-05", "UTC", datetime(2026, 1, 5)),
		("2026-01-05T14:30:00Z", "Europe/Berlin", datetime(2026, 1, 5, 15, 30)),
		("2026-01-05 14:30+05:30", "UTC", datetime(2026, 1, 5, 9)),
		("2026-01-05 14:30:15.25", "Asia/Tokyo", datetime(2026, 1, 5, 14, 30, 15, 250000)),
		("2026-1-5 9:30", "UTC", datetime(2026, 1, 5, 9, 30)),
		("2026-01-05T09:30:00.000000-0700", "UTC", datetime(2026, 1, 5, 16, 30)),
	],
)
def test_moments_are_read_in_the_zone_of_the_simulation(text, zone, moment):
	assert parse_moment(text, ZoneInfo(zone)) == moment


@pytest.mark.parametrize(
	"text",
	[
		"",
		"2026",
		"2026-13-01",
		"2026-01-05 25:00",
		"1066-10-14",
		"2026-01-05 +99:00",
		"٢٠٢٦-01-05",
		"0001-01-01 00:00+10:00",
		"9999-12-31 23:00-10:00",
	],
)
def test_other_texts_are_no_moments(text):
	with pytest.raises(ValueError):
		parse_moment(text, UTC)
