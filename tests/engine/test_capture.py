"""What strangers write: cleaned, checked, merged; what an address says by its domain."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from nurture_app.engine.capture.domains import domains_from, read_list, unreadable_entries
from nurture_app.engine.capture.merging import merge, properties
from nurture_app.engine.capture.plain import one_line, paragraphs
from nurture_app.engine.capture.submission import Submission, check
from nurture_app.engine.codes import NurtureError
from nurture_app.simulator.tables import lead_catalog

CATALOG = lead_catalog()
DOMAINS = domains_from("", "", "")
NOW = datetime(2026, 3, 2, 10)


def checked(**values):
	return check(Submission(**{"address": "ada@engines.example", **values}), CATALOG, DOMAINS, False)


@pytest.mark.parametrize(
	("address", "kind"),
	[
		("ada@engines.example", "Business"),
		("ada@gmail.com", "Free"),
		("Ada@GMAIL.com ", "Free"),
		("ada@mailinator.com", "Disposable"),
		("ada@mx.mailinator.com", "Disposable"),
		("ada@mit.edu", "Student"),
		("ada@cs.ox.ac.uk", "Student"),
		("ada@unimelb.edu.au", "Student"),
		("ada@stud.uni-hannover.de", "Student"),
		("ada@edu.com", "Business"),
		("ada@stud.de", "Business"),
		("ada@seduction.example", "Business"),
		("nobody", ""),
		("", ""),
		(None, ""),
	],
)
def test_what_a_domain_says(address, kind):
	assert DOMAINS.kind(address) == kind


def test_the_sites_own_entries_come_before_the_lists():
	own = domains_from(
		"post.example, intern.test # ours\n-gmail.com",
		"-aeace.bond\nthrow.example",
		".schule.de\n-mit.edu",
	)
	kinds = {
		"a@post.example": "Free",
		"a@sub.post.example": "Free",
		"a@gmail.com": "Business",
		"a@aeace.bond": "Business",
		"a@throw.example": "Disposable",
		"a@heine.schule.de": "Student",
		"a@mit.edu": "Business",
		"a@yale.edu": "Student",
	}
	assert {address: own.kind(address) for address in kinds} == kinds


def test_the_nearest_entry_decides():
	own = domains_from("", "big.example\n-good.big.example", "")
	assert own.kind("a@bad.big.example") == "Disposable"
	assert own.kind("a@good.big.example") == "Business"


def test_entries_nobody_can_mean_are_told():
	assert unreadable_entries("gmail.com\nplease block\n-x.example\nhttps://x.example/") == [
		"please",
		"block",
		"https://x.example/",
	]
	assert read_list(None).added == frozenset()


@pytest.mark.parametrize(
	("raw", "clean"),
	[
		("  Ada \t Lovelace ", "Ada Lovelace"),
		("Ada\r\nBcc: x@y.example", "Ada Bcc: x@y.example"),
		("=1+1", "1+1"),
		("@SUM(A1)", "SUM(A1)"),
		("-- x", "x"),
		("+49 (30) 1234-5", "+49 (30) 1234-5"),
		("+cmd|' /C calc'!A0", "cmd|' /C calc'!A0"),
		("<b>Ada</b>", "Ada"),
		("a < b", "a b"),
		("<scr<script>ipt>x", "scr iptx"),
		("Ada\u202egpj", "Adagpj"),
		("A\x00da", "A da"),
		(None, ""),
		(12, "12"),
	],
)
def test_a_line_of_a_stranger_is_one_plain_line(raw, clean):
	assert one_line(raw) == clean


def test_paragraphs_stay_and_formulas_do_not():
	assert paragraphs("Hello\r\n\r\n\r\n\r\nWorld  !") == "Hello\n\nWorld !"
	assert paragraphs("=1+1\nx") == " =1+1\nx"


@pytest.mark.parametrize(
	("values", "code"),
	[
		({"address": "ada"}, "address_invalid"),
		({"address": "ada@x.example\nBcc: b@y.example"}, "address_invalid"),
		({"address": "a" * 200 + "@x.example"}, "address_invalid"),
		({"first_name": "x" * 141}, "capture_too_long"),
		({"fields": {"city": "x" * 141}}, "capture_too_long"),
		({"fields": {"no_such": "1"}}, "capture_field_unknown"),
		({"fields": {"status": "Converted"}}, "capture_field_unknown"),
		({"fields": {"nurture_score": "99"}}, "capture_field_unknown"),
		({"fields": {"city": {"a": 1}}}, "capture_not_a_text"),
		({"fields": {f"f{number}": "1" for number in range(51)}}, "capture_too_many_fields"),
		({"topics": tuple(map(str, range(51)))}, "capture_too_many_topics"),
	],
)
def test_what_is_wrong_has_a_name_and_a_sentence(values, code):
	with pytest.raises(NurtureError) as caught:
		checked(**values)
	assert caught.value.code == code
	assert code not in str(caught.value)


def test_throw_away_addresses_only_where_they_are_blocked():
	address = "ada@mailinator.com"
	assert check(Submission(address), CATALOG, DOMAINS, False).address == address
	with pytest.raises(NurtureError) as caught:
		check(Submission(address), CATALOG, DOMAINS, True)
	assert caught.value.code == "address_disposable"


def test_the_source_follows_from_what_was_done_unless_it_is_said():
	assert checked().source == "Website Form"
	assert checked(activity_type="Chat Started").source == "Chat"
	assert checked(activity_type="Survey Answered").source == "Survey"
	assert checked(source="Trade Fair").source == "Trade Fair"


def test_a_new_lead_gets_everything():
	one = checked(first_name="Ada", interest="Pricing", form="Contact", utm={"source": "x", "other": "y"})
	filled = merge(one, {}, NOW).filled
	assert filled == {
		"first_name": "Ada",
		"nurture_first_source": "Website Form",
		"nurture_first_form": "Contact",
		"nurture_first_interest": "Pricing",
		"nurture_first_contact_on": NOW,
		"nurture_utm_source": "x",
	}


def test_a_known_lead_is_filled_up_and_the_rest_is_kept_aside():
	stored = {
		"first_name": "Ada",
		"last_name": "",
		"city": "london",
		"annual_revenue": 0,
		"creation": NOW - timedelta(days=3),
		"source": "Fair",
	}
	one = checked(
		first_name="Adelaide",
		last_name="King",
		fields={"city": "London", "annual_revenue": "5"},
		form="Contact",
	)
	merged = merge(one, stored, NOW)
	assert merged.filled["last_name"] == "King" and merged.filled["annual_revenue"] == "5"
	assert merged.filled["nurture_first_source"] == "Fair"
	assert merged.filled["nurture_first_contact_on"] == NOW - timedelta(days=3)
	assert "first_name" not in merged.filled and "city" not in merged.filled
	assert merged.aside == {"first_name": "Adelaide"}
	assert json.loads(properties(one, merged))["said"] == {"first_name": "Adelaide"}


def test_the_first_campaign_is_kept_whole():
	merged = merge(checked(utm={"term": "late"}, page_url="/b"), {"nurture_utm_source": "early"}, NOW)
	assert not {name for name in merged.filled if "utm" in name or "landing" in name}


def test_only_pages_of_the_web_are_pages():
	for url, kept in (("https://x.example/a", True), ("/a", True), ("javascript:alert(1)", False)):
		assert ("nurture_landing_page" in merge(checked(page_url=url), {}, NOW).filled) is kept
