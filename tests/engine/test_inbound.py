"""Telling answers from out-of-office notes and bounces."""

import pytest

from nurture_app.engine.bounces.report import Kind
from nurture_app.engine.bounces.status import codes_in, judge
from nurture_app.engine.inbound import classify_inbound, is_note_on

REPLIES = [
	("Re: Welcome", "anna@customer.example", "Thanks, that helps. When can we talk?"),
	("AW: Ihr Angebot", "kunde@firma.example", "Ja, gerne. Rufen Sie mich an."),
	("RE: Out of office rules we use", "a@b.example", "Good article!"),
	("Re: [3] Re: Automatic reply handling in your product", "a@b.example", "How does it work?"),
	("Question about delivery times", "a@b.example", "How long does it take?"),
	("Re: Delivery failed? Five tips", "a@b.example", "Number three is ours."),
	("", "a@b.example", "Yes"),
	(None, None, None),
	("Re: Hello", "a@b.example", "I am on holiday next week, so call me the week after."),
	("Re: Hello", "bouncer@club.example", "Sure."),
	("Re: Hello", "postmaster.jones@b.example", "Sure."),
	("Return of investment?", "a@b.example", "Tell me more."),
	("Holiday season offer", "a@b.example", "Do you have one?"),
	("Vacation rental software", "a@b.example", "Is it for us?"),
	("Re: notre rendez-vous", "a@b.example", "Avec plaisir, mardi à 10 h."),
	("Ticket prices for the webinar?", "a@b.example", "What does it cost?"),
]
AUTO_REPLIES = [
	("Automatic reply: Welcome", "anna@customer.example", ""),
	("Auto-Reply: x", "a@b.example", ""),
	("Out of Office", "a@b.example", "Back on Monday"),
	("Out of the office until 3 May Re: Welcome", "a@b.example", ""),
	("On annual leave", "a@b.example", ""),
	("Automatische Antwort: Hallo", "a@b.example", ""),
	("Abwesenheitsnotiz: Hallo", "a@b.example", ""),
	("Abwesend: Hallo", "a@b.example", ""),
	("Réponse automatique : Bonjour", "a@b.example", ""),
	("Absence du bureau", "a@b.example", ""),
	("Respuesta automática: Hola", "a@b.example", ""),
	("Fuera de la oficina", "a@b.example", ""),
	("Resposta automática: Olá", "a@b.example", ""),
	("Risposta automatica: Ciao", "a@b.example", ""),
	("Fuori sede fino al 12", "a@b.example", ""),
	("Automatisch antwoord: Hoi", "a@b.example", ""),
	("Autoodpowiedź: Cześć", "a@b.example", ""),
	("Autosvar: Hej", "a@b.example", ""),
	("Otomatik yanıt: Merhaba", "a@b.example", ""),
	("Автоматический ответ: Привет", "a@b.example", ""),
	("自動返信: こんにちは", "a@b.example", ""),
	("自动回复: 你好", "a@b.example", ""),
	("자동 회신: 안녕하세요", "a@b.example", ""),
	("رد تلقائي: مرحبا", "a@b.example", ""),
	("Your message", "noreply@b.example", "We got it."),
	("Re: Welcome", "a@b.example", "I am out of the office until Monday with limited access to e-mail."),
	(
		"AW: Hallo",
		"a@b.example",
		"Guten Tag, ich bin derzeit nicht im Büro und ab dem 4.5. wieder erreichbar.",
	),
	("Re: Bonjour", "a@b.example", "Je suis en congés jusqu'au 12 août."),
	("Welcome", "a@b.example", "This is an automated message. Please do not reply."),
]
BOUNCES = [
	("Undelivered Mail Returned to Sender", "MAILER-DAEMON@mx.example", ""),
	("Re: Welcome", "mailer-daemon@googlemail.com", ""),
	("Undeliverable: Welcome", "postmaster@b.example", ""),
	("Undeliverable: Welcome", "somebody@b.example", ""),
	("Delivery Status Notification (Failure)", "x@b.example", ""),
	("Mail delivery failed: returning message to sender", "x@b.example", ""),
	("failure notice", "x@b.example", ""),
	("Unzustellbar: Hallo", "x@b.example", ""),
	("Non remis : Bonjour", "x@b.example", ""),
	("Welcome", "bounce+abc=123@esp.example", ""),
	("Welcome", "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@b.example", ""),
]


@pytest.mark.parametrize("mail", REPLIES)
def test_answers_of_people_are_replies(mail):
	assert classify_inbound(*mail) == "reply"


@pytest.mark.parametrize("mail", AUTO_REPLIES)
def test_notes_of_absence_and_robots_are_auto_replies(mail):
	assert classify_inbound(*mail) == "auto_reply"


@pytest.mark.parametrize(
	("subject", "answered", "is_note"),
	[
		("Auto: Good to have you", "Good to have you", True),
		("AUTO:  Re: Good to  have you", "good to have you", True),
		("Auto: Good to have you", "Your guide", False),
		("Auto: a used one, please", "Your guide", False),
		("Re: Auto: which one?", "Auto: which one?", False),
		("Auto:", "", False),
		("", "", False),
	],
)
def test_a_mail_servers_own_subject_of_an_absence_note(subject, answered, is_note):
	assert is_note_on(subject, answered) is is_note


@pytest.mark.parametrize("mail", BOUNCES)
def test_what_mail_servers_send_back_is_a_bounce(mail):
	assert classify_inbound(*mail) == "bounce"


@pytest.mark.parametrize(
	"text",
	[
		"550 5.1.1 <a@b.example>: Recipient address rejected: User unknown",
		"smtplib.SMTPRecipientsRefused: {'a@b.example': (550, b'5.1.1 no such user')}",
		"The email account that you tried to reach does not exist. 550-5.1.1",
		"Address not found. Your message wasn't delivered because the address couldn't be found",
		"550 No such mailbox here",
		"status: 5.1.10 RESOLVER.ADR.RecipientNotFound",
	],
)
def test_a_mailbox_that_does_not_exist_is_permanent(text):
	assert judge(*codes_in(text), text) == Kind.HARD


@pytest.mark.parametrize(
	"text",
	[
		"452 4.2.2 The email account is over quota",
		"552 5.2.2 mailbox full",
		"421 4.7.0 try again later",
		"550 5.7.1 blocked as spam by our policy",
		"554 5.7.26 unauthenticated mail",
		"delayed, we will try for three more days",
		"",
		None,
	],
)
def test_a_full_slow_or_picky_server_is_not(text):
	assert judge(*codes_in(text), text) != Kind.HARD


def test_long_and_strange_input_is_answered_quickly():
	for subject in ("Re: " * 5000, "a" * 100_000, "re" * 20_000, "\x00\n\r" * 1000, "(" * 9999):
		assert classify_inbound(subject, subject, subject) in ("reply", "auto_reply", "bounce")
