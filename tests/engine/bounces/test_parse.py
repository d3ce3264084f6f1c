"""What the parser makes of odd input, of codes alone, and of the little Frappe keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture_app.engine.bounces.parse import parse_kept, parse_message
from nurture_app.engine.bounces.report import Kind, Report
from nurture_app.engine.bounces.status import codes_in, judge

SAMPLES = [path.read_bytes() for path in sorted(Path(__file__).with_name("samples").glob("*.eml"))]
TOKEN = "Zk3vQ8aLr2XwTn5yPb7cHg"


def check(reports: list[Report]) -> None:
	for report in reports:
		assert isinstance(report.kind, Kind)
		assert (
			len(report.diagnostic) <= 500 and "\n" not in report.diagnostic and "\0" not in report.diagnostic
		)
		assert len(report.address) <= 140


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=4000))
def test_no_bytes_break_it(raw):
	check(parse_message(raw))


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_no_damage_to_a_report_breaks_it(raw, data):
	damaged = bytearray(raw)
	for _ in range(data.draw(st.integers(1, 8))):
		place = data.draw(st.integers(0, len(damaged)))
		length = data.draw(st.integers(0, 200))
		damaged[place : place + length] = data.draw(st.binary(max_size=60))
	check(parse_message(bytes(damaged)))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.text(max_size=100), st.text(max_size=2000))
def test_no_text_that_was_kept_breaks_it(subject, sender, content):
	report = parse_kept(subject, sender, content)
	check([report] if report else [])


@pytest.mark.parametrize(
	"raw",
	[
		b"From: MAILER-DAEMON@x.example\nSubject: Undelivered\n\n" + b"<" * 200_000,
		b"From: MAILER-DAEMON@x.example\nSubject: Undelivered\n\n" + b"550 " * 100_000,
		b"From: MAILER-DAEMON@x.example\nSubject: Undelivered\n\n" + b"mailbox a a a a a a " * 20_000,
		b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: message/rfc822\n\n" * 5000,
		b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\n",
		b"To: " + b"a@" * 100_000 + b"\n\nx",
	],
	ids=range(6),
)  # fmt: skip
def test_long_input_is_answered_at_once(raw):
	check(parse_message(raw))


@pytest.mark.parametrize(
	("enhanced", "smtp", "words", "kind"),
	[
		("5.1.1", "550", "", Kind.HARD),
		("5.1.2", "550", "", Kind.HARD),
		("5.1.8", "553", "sender domain must exist", Kind.BLOCK),
		("5.2.2", "552", "user unknown", Kind.SOFT),
		("5.3.0", "550", "no such user", Kind.HARD),
		("5.0.0", "550", "mailbox is full", Kind.SOFT),
		("5.5.0", "550", "mailbox unavailable", Kind.HARD),
		("5.7.1", "550", "user unknown", Kind.BLOCK),
		("5.7.13", "550", "", Kind.HARD),
		("4.7.1", "451", "greylisted", Kind.BLOCK),
		("4.1.1", "450", "user unknown", Kind.SOFT),
		("4.0.0", "450", "user unknown", Kind.SOFT),
		("", "550", "", Kind.HARD),
		("", "550", "blocked using a list of spammers", Kind.BLOCK),
		("", "554", "", Kind.SOFT),
		("", "421", "too busy, try again later", Kind.SOFT),
		("", "", "", Kind.SOFT),
		("", "", "This account has been disabled", Kind.HARD),
		("9.9.9", "", "", Kind.SOFT),
	],
)
def test_the_code_speaks_first_and_the_words_second(enhanced, smtp, words, kind):
	assert judge(enhanced, smtp, words) == kind


@pytest.mark.parametrize(
	("text", "codes"),
	[
		("550 5.1.1 User unknown", ("5.1.1", "550")),
		("550-5.7.26 mail\n550-5.7.26 blocked", ("5.7.26", "550")),
		("host mx[192.0.2.25] said: 452 4.2.2 full", ("4.2.2", "452")),
		("(#5.1.1)", ("5.1.1", "")),
		("5.0.0 then 550 5.1.10 not found", ("5.1.10", "550")),
		("received from 5.100.200.30 and 203.0.113.7", ("", "")),
		("{'a@b.example': (550, b'5.1.1 no such user')}", ("5.1.1", "550")),
		("version 14.5.1.2", ("", "")),
		("", ("", "")),
	],
)
def test_codes_are_found_and_addresses_of_machines_are_not(text, codes):
	assert codes_in(text) == codes


def test_frappe_keeps_the_words_and_the_link_and_that_is_enough():
	report = parse_kept(
		"Undelivered Mail Returned to Sender",
		"mailer-daemon@out.company.example",
		"<p>&lt;ada@customer.example&gt;: host mx said: 550 5.1.1 User unknown</p>"
		f'<hr><p>Hello</p><a href="https://crm.company.example/u/{TOKEN}">Unsubscribe</a>',
	)
	assert (report.kind, report.enhanced_code, report.token) == (Kind.HARD, "5.1.1", TOKEN)
	assert report.address == "ada@customer.example"


@pytest.mark.parametrize(
	("subject", "sender", "text", "kind"),
	[
		("Re: hello", "ada@customer.example", "550 5.1.1 is what we saw", None),
		("Automatic reply: hello", "ada@customer.example", "I am away", Kind.AUTO_REPLY),
		("Delivery Status Notification (Delay)", "mailer-daemon@g.example", "will be retried 4.4.1", Kind.DELAYED),
		("Undeliverable: hi", "postmaster@m.example", "Remote server returned '550 5.7.606 banned'", Kind.BLOCK),
		("Email Feedback Report for IP 203.0.113.7", "fbl@isp.example", "This is an email abuse report", Kind.COMPLAINT),
	],
)  # fmt: skip
def test_what_kind_a_kept_mail_is(subject, sender, text, kind):
	report = parse_kept(subject, sender, text)
	assert (report.kind if report else None) == kind


@pytest.mark.parametrize("enhanced", ["0", "5", "5.", "x", "."])
def test_a_broken_code_leaves_the_word_to_the_others(enhanced):
	assert judge(enhanced, "552", "552 5.2.2 mailbox full") == Kind.SOFT
