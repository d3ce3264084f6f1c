"""What records of a domain say, from a small made-up internet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture_app.engine.bounces.dns_records import Dmarc, dkim_key, read_dmarc, read_spf


def internet(records: dict[str, str]):
	return lambda name: [records[name.rstrip(".")]] if name.rstrip(".") in records else []


def spf(*records: str, others: dict[str, str] | None = None):
	texts = internet(others or {})
	return read_spf(
		"company.example", lambda name: list(records) if name == "company.example" else texts(name)
	)


def test_a_plain_record():
	found = spf("v=spf1 mx ip4:203.0.113.0/24 -all", "google-site-verification=x")
	assert (found.lookups, found.ending, found.broken, len(found.records)) == (1, "-all", [], 1)


def test_includes_count_with_everything_below_them():
	found = spf(
		"v=spf1 a mx/24 include:one.example include:two.example ~all",
		others={
			"one.example": "v=spf1 include:two.example a:x.example -all",
			"two.example": "v=spf1 ip4:203.0.113.9 exists:%{i}.x.example ?all",
		},
	)
	# a, mx, include one (include two (exists), a), include two
	assert found.lookups == 7
	assert found.includes == ["one.example", "two.example"]
	assert found.ending == "~all", "the ending of an included record is not ours"


def test_a_redirect_brings_its_ending():
	found = spf("v=spf1 redirect=one.example", others={"one.example": "v=spf1 ip4:203.0.113.9 -all"})
	assert (found.lookups, found.ending) == (1, "-all")


def test_records_that_lead_in_circles_end():
	found = spf(
		"v=spf1 include:one.example -all",
		others={"one.example": "v=spf1 include:company.example include:one.example"},
	)
	assert found.lookups == 3


def test_an_include_without_a_record_is_broken():
	assert spf("v=spf1 include:gone.example -all").broken == ["gone.example"]


def test_none_and_two():
	assert spf().records == [] and spf("v=spf10 -all").records == []
	assert len(spf("v=spf1 -all", "V=SPF1 +all").records) == 2


@given(st.lists(st.text(max_size=60), max_size=4))
def test_no_record_breaks_the_reader(texts):
	read_spf("company.example", lambda name: [f"v=spf1 {text}" for text in texts])
	read_dmarc("company.example", lambda name: [f"v=DMARC1; {text}" for text in texts])
	dkim_key("company.example", "s1", lambda name: texts)


def test_dmarc_of_the_domain_and_of_the_one_above_it():
	texts = internet(
		{"_dmarc.company.example": "v=DMARC1; p=reject; sp=none; rua=mailto:a@company.example; adkim=s"}
	)
	own = read_dmarc("company.example", texts)
	assert (own.policy, own.strict, own.reports_to) == ("reject", ("DKIM",), "mailto:a@company.example")
	below = read_dmarc("mail.company.example", texts)
	assert (below.policy, below.domain) == ("none", "company.example")
	assert read_dmarc("other.example", texts) == Dmarc()


@pytest.mark.parametrize(
	"records", [["v=DMARC1; p=none", "v=DMARC1; p=reject"], ["v=DMARC1"], ["v=DMARC1; p=maybe"]]
)
def test_a_record_nobody_can_use(records):
	assert read_dmarc("company.example", lambda name: records).policy == ""


def test_keys():
	texts = internet(
		{
			"s1._domainkey.company.example": "v=DKIM1; k=rsa; p=MIGf MA0",
			"s2._domainkey.company.example": "v=DKIM1; p=",
		}
	)
	assert [dkim_key("company.example", name, texts) for name in ("s1", "s2", "s3")] == [
		"found",
		"revoked",
		"missing",
	]
