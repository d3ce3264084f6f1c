"""Messages as text: what goes in comes out, also after Frappe has parsed and written the text again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser, Parser
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.mail import MAX_TOKEN, MimeTemplate, build_mime
from nurture_app.engine.ports import Message

TEMPLATE = MimeTemplate(date=datetime(2026, 1, 5, 9, 30, tzinfo=timezone(timedelta(hours=1))))
PLAIN = Message(
	touch="t1",
	channel="Email",
	party="LEAD-1",
	address="anna@example.com",
	subject="A question about your warehouse",
	html="<p>Hello Anna</p>",
	text="Hello Anna",
	sender_name="Eva Example",
	sender_address="eva@example.org",
	reply_to="replies@example.org",
	message_id="0123456789abcdef@crm.example.org",
	unsubscribe_url="https://crm.example.org/u/0123456789abcdef0123456789abcdef",
	in_reply_to="fedcba9876543210@crm.example.org",
)
LONGEST = "x" * (MAX_TOKEN - 16) + "@crm.example.org"
LONGEST_URL = "https://crm.example.org/u/" + "x" * (MAX_TOKEN - 26)
FRAPPE_PLACEHOLDERS = (
	"<!--email_open_check-->",
	"<!--unsubscribe_url-->",
	"<!--cc_message-->",
	"<!--recipient-->",
)


def frappe_sends(text: str) -> bytes:
	"""What `SendMailContext.build_message` (version 15 and 16) makes of a queued message without attachments."""
	for placeholder in FRAPPE_PLACEHOLDERS:
		text = text.replace(placeholder, "REPLACED BY FRAPPE")
	return Parser(policy=policy.SMTP).parsestr(text).as_string().encode("utf-8")


def received(message: Message, template: MimeTemplate | None = TEMPLATE) -> EmailMessage:
	"""The mail as the recipient's program reads it."""
	sent = frappe_sends(build_mime(message, template))
	return BytesParser(policy=policy.default).parsebytes(sent)


def parts(mail: EmailMessage) -> tuple[str, str]:
	plain, html = mail.get_payload()
	assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
	assert plain.get_content_charset() == html.get_content_charset() == "utf-8"
	assert not (mail.defects or plain.defects or html.defects)
	return tuple(
		part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n") for part in (plain, html)
	)


def sender(mail: EmailMessage) -> tuple[str, str]:
	"""Name and address, read by Python's older reader: the newer one leaves blanks between encoded words."""
	name, address = parseaddr(str(dict(mail.raw_items())["From"]))
	return str(make_header(decode_header(name))), address


def refused(message: Message) -> tuple[str, dict]:
	with pytest.raises(NurtureError) as error:
		build_mime(message, TEMPLATE)
	return error.value.code, error.value.params


def test_every_header_arrives():
	mail = received(PLAIN)
	assert (
		mail["From"] == '"Eva Example" <eva@example.org>' or mail["From"] == "Eva Example <eva@example.org>"
	)
	assert mail["From"].addresses[0].display_name == "Eva Example"
	assert mail["To"] == "anna@example.com"
	assert mail["Reply-To"] == "replies@example.org"
	assert mail["Subject"] == "A question about your warehouse"
	assert mail["Message-ID"] == "<0123456789abcdef@crm.example.org>"
	assert mail["In-Reply-To"] == mail["References"] == "<fedcba9876543210@crm.example.org>"
	assert mail["Date"].datetime == TEMPLATE.date
	assert mail["List-Unsubscribe"].strip() == f"<{PLAIN.unsubscribe_url}>"
	assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
	assert mail["Precedence"] == "bulk"
	assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
	assert mail["Auto-Submitted"] is None
	assert mail["MIME-Version"] == "1.0"
	assert mail.get_content_type() == "multipart/alternative"
	assert parts(mail) == ("Hello Anna", "<p>Hello Anna</p>")


def test_optional_headers_are_left_out():
	mail = received(replace(PLAIN, reply_to="", in_reply_to="", unsubscribe_url="", sender_name=""), None)
	for header in (
		"Reply-To",
		"In-Reply-To",
		"References",
		"List-Unsubscribe",
		"List-Unsubscribe-Post",
		"Date",
	):
		assert mail[header] is None
	assert mail["From"] == "eva@example.org"


def test_frappe_changes_no_byte():
	message = replace(
		PLAIN,
		subject="Jürgen, " + "eine Frage zu Ihrem Lager in München " * 3,
		sender_name="Jörg Müller-Lüdenscheidt von der Musterfirma mit langem Namen",
		message_id=LONGEST,
		in_reply_to=LONGEST,
		unsubscribe_url=LONGEST_URL,
		text="Grüße\n" * 50,
		html="<p>Grüße</p>\n" * 50,
	)
	text = build_mime(message, TEMPLATE)
	assert frappe_sends(text) == text.encode()
	assert frappe_sends(frappe_sends(text).decode()) == text.encode()


def test_longest_ids_and_links_survive():
	mail = received(
		replace(PLAIN, message_id=LONGEST, in_reply_to=LONGEST, unsubscribe_url=LONGEST_URL, address=LONGEST)
	)
	assert (
		mail["Message-ID"].strip()
		== mail["In-Reply-To"].strip()
		== mail["References"].strip()
		== f"<{LONGEST}>"
	)
	assert mail["List-Unsubscribe"].strip() == f"<{LONGEST_URL}>"
	assert mail["To"].addresses[0].addr_spec == LONGEST


@pytest.mark.parametrize(
	("field", "header", "value"),
	[
		("message_id", "Message-ID", "x" + LONGEST),
		("in_reply_to", "In-Reply-To", "x" + LONGEST),
		("unsubscribe_url", "List-Unsubscribe", LONGEST_URL + "x"),
		("address", "To", "x" + LONGEST),
		("sender_address", "From", "x" + LONGEST),
		("reply_to", "Reply-To", "x" + LONGEST),
	],
)
def test_one_character_more_is_refused(field, header, value):
	assert refused(replace(PLAIN, **{field: value})) == (
		"header_too_long",
		{"header": header, "length": MAX_TOKEN + 1},
	)


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
	("field", "header"),
	[
		("subject", "Subject"),
		("sender_name", "From"),
		("sender_address", "From"),
		("address", "To"),
		("reply_to", "Reply-To"),
		("message_id", "Message-ID"),
		("in_reply_to", "In-Reply-To"),
		("unsubscribe_url", "List-Unsubscribe"),
	],
)
def test_line_break_in_a_header_is_refused(field, header, line_break):
	value = getattr(PLAIN, field)
	for attack in (
		f"{value}{line_break}Bcc: victim@example.com",
		f"{value}{line_break}",
		f"{line_break}{value}",
	):
		assert refused(replace(PLAIN, **{field: attack})) == ("header_injection", {"header": header})


@pytest.mark.parametrize(
	("field", "value"),
	[
		("address", ""),
		("address", "anna"),
		("address", "anna@example.com, bob@example.com"),
		("address", "anna@example.com,bob@example.com"),
		("address", "Anna <anna@example.com>"),
		("address", "a b@example.com"),
		("address", "a@b@example.com"),
		("address", "jürgen@example.com"),
		("address", "anna@exa\x00mple.com"),
		("address", "anna@" + "ü" * 70 + ".example"),
		("message_id", ""),
		("message_id", "<a@b>"),
		("message_id", "a b@c"),
		("message_id", "ü@example.com"),
		("unsubscribe_url", "https://example.com/a b"),
		("unsubscribe_url", "https://example.com/>,<mailto:x@example.com"),
		("unsubscribe_url", "https://example.com/ü"),
		("in_reply_to", "<!--recipient-->"),
	],
)
def test_values_that_cannot_stand_in_a_header_are_refused(field, value):
	assert refused(replace(PLAIN, **{field: value}))[0] == "header_invalid"


def test_international_domain_is_written_in_ascii():
	assert received(replace(PLAIN, address="anna@münchen.example"))["To"] == "anna@xn--mnchen-3ya.example"


@pytest.mark.parametrize(
	"name",
	[
		"Eva Example",
		"Jürgen Müller",
		'Eva "the fox" Example',
		"Eva \\ Example",
		"Example, Eva",
		"Eva (Sales) <eva@evil.example>",
		"=?utf-8?q?Eva?=",
		"<!--recipient-->",
		"エヴァ・エグザンプル",
		"Eva 🚀",
		"A name that goes on and on, " * 6,
		"Ä" * 120,
		"x" * 200,
	],
)
def test_sender_names_survive(name):
	mail = received(replace(PLAIN, sender_name=name))
	assert sender(mail) == (name, "eva@example.org")


SUBJECTS = [
	"short",
	"Ein Gruß aus München",
	"Ваш склад",
	"倉庫についてのご質問があります。来週お時間はございますか。よろしくお願いいたします。",
	"🚀🎉 " * 20,
	"👩‍👩‍👧‍👦 family",
	"=?utf-8?q?literal?=",
	"<!--recipient-->",
	"two  spaces   inside",
	"semicolons; commas, and: colons",
	"word " * 40 + "end",
	"x" * 66,
	"x" * 67,
	"x" * 500,
	"a " + "x" * 74 + " b",
	"a " + "x" * 75 + " b",
	"a " + "x" * 90 + " b",
	"é" * 200,
	"100 % = 50_50?",
	'"quoted"',
	"tab\tinside",
	"separators \u2028 and \x85 and \x0b",
	"",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_survive(subject):
	assert received(replace(PLAIN, subject=subject))["Subject"] == subject


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_header_line_is_long_or_outside_ascii(subject):
	text = build_mime(replace(PLAIN, subject=subject, sender_name=subject), TEMPLATE)
	head = text.partition("\r\n\r\n")[0]
	assert head.isascii()
	assert max(map(len, head.split("\r\n"))) <= 78


BODIES = [
	"plain",
	"Ümläute und ß, 中文, 🚀",
	".\n..\n.leading dot\n",
	"From the start\nFrom here\n>From there\nfrom\nFrom",
	"x" * 75 + " From " + "x" * 80,
	"ab " * 23 + "12345 From the soft break on " + "y" * 80,
	"x" * 3000,
	"trailing blank \ntrailing tab\t\n ",
	"\n".join("x" * n + " \n" + "é" * n + "\t" for n in range(80)),
	"x" * 75 + " ",
	"=3D =\n= =?utf-8?q?x?=",
	"a\r\nb\rc\nd\n\r\n",
	"\n\n\n",
	"",
	"--=_0123\n--\n-- \nsignature",
	"nul \x00 bell \x07 escape \x1b",
	" \n \n",
	"".join(FRAPPE_PLACEHOLDERS),
	"x" * 70 + "<!--recipient-->" + "<!-- a comment -->" * 9,
	"\n".join("x" * n + "<!--unsubscribe_url-->" + "y" * (90 - n) for n in range(80)),
]


@pytest.mark.parametrize("body", BODIES)
def test_bodies_survive(body):
	expected = body.replace("\r\n", "\n").replace("\r", "\n")
	text, html = parts(received(replace(PLAIN, text=body, html=body)))
	assert text == html == expected


@pytest.mark.parametrize("body", BODIES)
def test_body_lines_are_short_ascii_and_ended_by_crlf(body):
	text = build_mime(replace(PLAIN, text=body, html=body), TEMPLATE)
	assert text.isascii()
	assert "\n" not in text.replace("\r\n", "") and "\r" not in text.replace("\r\n", "")
	lines = text.partition("\r\n\r\n")[2].split("\r\n")
	assert "." not in lines
	assert max(map(len, lines)) <= 76
	assert not any(line.startswith("From ") for line in lines)
	assert not any(line.endswith((" ", "\t")) for line in lines)
	assert "<!--" not in text


def test_same_message_gives_the_same_text_and_another_one_another_boundary():
	assert build_mime(PLAIN, TEMPLATE) == build_mime(PLAIN, TEMPLATE)
	other = build_mime(replace(PLAIN, message_id="other@crm.example.org"), TEMPLATE)
	boundary = BytesParser().parsebytes(other.encode()).get_boundary()
	assert boundary not in build_mime(PLAIN, TEMPLATE)
	body = f"--{boundary}--\r\n--{boundary}"
	text, html = parts(received(replace(PLAIN, message_id="other@crm.example.org", text=body, html=body)))
	assert text == html == body.replace("\r\n", "\n")


def test_date_without_zone_is_refused():
	with pytest.raises(ValueError):
		build_mime(PLAIN, MimeTemplate(date=datetime(2026, 1, 5)))


# --- properties -------------------------------------------------------------------------------------------------------

# Anything but halves of characters, which are not text.
characters = st.characters(exclude_categories=("Cs",))
header_texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n"), max_size=120)
# What a person may type; control characters are coded as well, but Python's own reader drops some.
typed = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=120)
pieces = st.sampled_from(["From ", ".", "\n", " ", "=", "<!--recipient-->", "--", "ü", "x" * 60, "\t", "🚀"])
bodies = st.text(characters, max_size=400) | st.lists(pieces | st.text(max_size=5), max_size=60).map("".join)


@given(typed)
@settings(max_examples=300, deadline=None)
def test_any_subject_survives(subject):
	assert str(received(replace(PLAIN, subject=subject))["Subject"]) == subject


@given(typed)
@settings(max_examples=300, deadline=None)
def test_any_sender_name_survives(name):
	assert sender(received(replace(PLAIN, sender_name=name))) == (
		name if name.strip() else "",
		"eva@example.org",
	)


@given(header_texts, header_texts)
@settings(max_examples=200, deadline=None)
def test_no_header_text_adds_a_header_or_a_long_line(subject, name):
	text = build_mime(replace(PLAIN, subject=subject, sender_name=name), TEMPLATE)
	head = text.partition("\r\n\r\n")[0]
	assert max(map(len, head.split("\r\n"))) <= 78
	assert frappe_sends(text) == text.encode()
	names = BytesParser(policy=policy.default).parsebytes(text.encode()).keys()
	assert names == BytesParser(policy=policy.default).parsebytes(build_mime(PLAIN, TEMPLATE).encode()).keys()


@given(bodies, bodies)
@settings(max_examples=400, deadline=None)
def test_any_body_survives(text, html):
	# Halves of characters cannot be written in UTF-8.
	text, html = (body.encode("utf-8", "replace").decode() for body in (text, html))
	mime = build_mime(replace(PLAIN, text=text, html=html), TEMPLATE)
	assert frappe_sends(mime) == mime.encode()
	assert max(map(len, mime.partition("\r\n\r\n")[2].split("\r\n"))) <= 76
	found = parts(BytesParser(policy=policy.default).parsebytes(mime.encode()))
	assert found == tuple(body.replace("\r\n", "\n").replace("\r", "\n") for body in (text, html))
