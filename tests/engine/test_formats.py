"""Dates, numbers and amounts in mails, as the reader writes them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.content import check_content, compile_content, render
from nurture_app.engine.formats import locale_of
from nurture_app.engine.words import words_for
from tests.world import World


def shown(expression: str, value: object, content: str, lead: str) -> str:
	values = {
		"lead": {"x": value},
		"company": {"name": "Example", "postal_address": "1 Main Street"},
		"links": {"unsubscribe": "https://e.example/u", "preferences": "https://e.example/p"},
		"words": words_for("Example", content, lead),
	}
	compiled = compile_content(f"{{{{ lead.x | {expression} }}}}", "", "x", "", language=content)
	# narrow and hard spaces are what some languages put between digits
	return render(compiled, values).subject.replace("\u202f", " ").replace("\xa0", " ")


DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
	("expression", "value", "content", "lead", "expected"),
	[
		("date", DAY, "en", "en", "Mar 2, 2026"),
		("date", DAY, "en", "en-GB", "2 Mar 2026"),  # a Briton reads an English mail
		("date", DAY, "de", "de", "02.03.2026"),
		("date", DAY, "en", "de", "Mar 2, 2026"),  # no German dates among English words
		("date", DAY, "", "de", "02.03.2026"),  # nobody said what language the text is in
		("date", DAY, "", "", "Mar 2, 2026"),
		("date", DAY, "", "de-XY", "02.03.2026"),
		("date", DAY, "", "xx", "Mar 2, 2026"),
		("date('full')", DAY, "fr", "fr", "lundi 2 mars 2026"),
		("date('long')", datetime(2026, 3, 2, 23, 59), "es", "es", "2 de marzo de 2026"),
		("date", "2026-03-02", "de", "", "02.03.2026"),
		("date", "2026-03-02 10:00:00.123456", "de", "", "02.03.2026"),
		("date", "soon", "de", "", "soon"),
		("date | default('soon')", "", "de", "", "soon"),
		("datetime('short')", datetime(2026, 3, 2, 15, 5), "de", "", "02.03.26, 15:05"),
		("time", datetime(2026, 3, 2, 15, 5), "de", "", "15:05"),
		("time", datetime(2026, 3, 2, 15, 5), "en", "", "3:05 PM"),
		("number", 1234567.5, "en", "", "1,234,567.5"),
		("number", 1234567.5, "de", "", "1.234.567,5"),
		("number(2)", 1234.5, "fr", "", "1 234,50"),
		("number(0)", "1234.5", "de", "", "1.235"),
		("number", "many", "de", "", "many"),
		("number", "1e999", "de", "", "1e999"),
		("money('EUR')", 1234.5, "en", "", "€1,234.50"),
		("money('EUR')", 1234.5, "de", "", "1.234,50 €"),
		("money('JPY')", 1234, "en", "", "¥1,234"),
		("percent", 12.4, "en", "", "12%"),
		("percent(1)", 12.4, "de", "", "12,4 %"),
	],
)
def test_values_as_the_reader_writes_them(expression, value, content, lead, expected):
	assert shown(expression, value, content, lead) == expected


@pytest.mark.parametrize(
	"expression",
	[
		"lead.x | date('lnog')",
		"lead.x | date('short', 'de')",
		"lead.x | date(locale='de')",
		"lead.x | money",
		"lead.x | money('Euro')",
		"lead.x | number(99)",
		"lead.x | number('two')",
	],
)
def test_what_a_filter_cannot_be_told_is_refused_when_saved(expression):
	with pytest.raises(NurtureError) as refused:
		check_content("x", "", f"{{{{ {expression} }}}}", "", lead_fields={"x"})
	assert refused.value.code == "template_forbidden"
	assert expression.split("(")[0].split("| ")[1] in refused.value.params["what"]


def test_nobody_can_write_the_words_themselves():
	with pytest.raises(NurtureError) as refused:
		check_content("x", "", "{{ words.locale }}", "", lead_fields={"x"})
	assert refused.value.code == "template_strange_name"


@pytest.mark.parametrize(
	("code", "expected"),
	[
		("pt-BR", "pt_BR"),
		("zh_Hant-TW", "zh_Hant_TW"),
		("de-xy", "de"),
		("", "en"),
		("<b>", "en"),
		("no", "nb"),
	],
)
def test_customs_of_a_language(code, expected):
	assert str(locale_of(code)) == expected


def test_one_content_goes_to_everybody_in_their_own_frame(world: World):
	"""Texts, dates and the words around them, through the tick."""
	from dataclasses import replace

	german = {"Unsubscribe": "Abmelden", "Change what you get": "Auswahl ändern"}
	spoken = {"de": german}
	world.host = replace(
		world.host, translate=lambda text, language: spoken.get(language, {}).get(text, text)
	)
	content = world.content("Mail", body="<p>Since {{ lead.qualified_on | date }}</p>")
	world.sequence("Seq", [{"step_label": "A", "content": content}])
	leads = {
		code: world.lead(code, language=code, qualified_on="2026-03-02") for code in ("de", "fr", "en-GB")
	}
	world.enroll("Seq", *leads.values())
	world.tick()
	mails = {one.party: one for one in world.outbox.messages}
	assert [word in mails["de"].html for word in (">Abmelden<", 'lang="de"', "02.03.2026")] == [True] * 3
	assert [word in mails["fr"].html for word in (">Unsubscribe<", "2 mars 2026")] == [True] * 2
	assert "2 Mar 2026" in mails["en-GB"].text and "\nUnsubscribe: " in mails["en-GB"].text
