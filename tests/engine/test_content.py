"""Contents: what a marketer may write, what is refused, and what the lead reads."""

from __future__ import annotations

import re
import time
from datetime import date
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.content import check_content, clean_body, compile_content, render
from nurture_app.engine.placeholders import MAX_SOURCE
from nurture_app.engine.sentences import error_sentence
from nurture_app.engine.template_filters import MAX_VALUE
from nurture_app.engine.words import words_for

LEAD_FIELDS = {"first_name", "last_name", "company_name", "industry", "job_title", "city", "nurture_score"}


def values(**lead: object) -> dict[str, dict]:
	fields = dict.fromkeys(LEAD_FIELDS)
	return {
		"lead": {**fields, "first_name": "Anna", "company_name": "Acme", **lead},
		"sender": {"name": "Eva", "email": "eva@example.org"},
		"owner": {"name": "Olaf", "email": "olaf@example.org"},
		"company": {"name": "Example & Sons", "postal_address": "Main Street 1\n12345 Town"},
		"links": {
			"unsubscribe": "https://crm.example.org/u/0123456789?a=1&b=2",
			"preferences": "https://crm.example.org/p/0123456789",
		},
	}


def mail(
	body: str = "<p>Hello</p>", subject: str = "Subject", preheader: str = "", text: str = "", **lead: object
):
	return render(compile_content(subject, preheader, body, text), values(**lead))


def shown(body: str, **lead: object) -> str:
	"""The body as it stands in the HTML mail, without the layout."""
	html = mail(body, **lead).html
	return re.search(
		r'word-break:break-word;">\n(.*)\n</td></tr>\n<tr><td [^>]*class="foot"', html, re.DOTALL
	)[1]


def written(body: str, **lead: object) -> str:
	"""The plain text without the footer."""
	return mail(body, **lead).text.partition("\n\n-- \n")[0]


def subject(template: str, **lead: object) -> str:
	return mail(subject=template, **lead).subject


def refused(function, *args, **kwargs) -> tuple[str, dict]:
	with pytest.raises(NurtureError) as error:
		function(*args, **kwargs)
	return error.value.code, error.value.params


def refused_body(body: str) -> tuple[str, dict]:
	return refused(check_content, "Subject", "", body, "", LEAD_FIELDS)


# --- placeholders -----------------------------------------------------------------------------------------------------


def test_placeholders_in_every_part():
	found = render(
		compile_content(
			"{{ lead.first_name }} at {{ lead.company_name }}",
			"For {{ lead.first_name }} & friends",
			"<p>{{ sender.name }} / {{ owner.email }}</p>",
			"{{ company.name }}: {{ links.unsubscribe }}",
		),
		values(),
	)
	assert found.subject == "Anna at Acme"
	assert "For Anna &amp; friends" in found.html
	assert "<p>Eva / olaf@example.org</p>" in found.html
	assert found.text.startswith("Example & Sons: https://crm.example.org/u/0123456789?a=1&b=2\n")


@pytest.mark.parametrize("empty", ["", None, "   ", "\t\n", "\x00"])
def test_default_replaces_an_empty_value(empty):
	assert shown('Hi {{ lead.first_name | default("there") }},', first_name=empty) == "Hi there,"
	assert shown('Hi {{ lead.first_name | d("there") }},', first_name="Bo") == "Hi Bo,"


@pytest.mark.parametrize("empty", ["", None, "   ", "\x07"])
@pytest.mark.parametrize(
	"template",
	[
		"Hi {{ lead.first_name }},",
		"Hi {{ lead.first_name | upper }},",
		'Hi {{ "Ms " ~ lead.first_name }},',
		'Hi {{ lead["first_name"] }},',
		"{% if true %}Hi {{ lead.first_name }},{% endif %}",
		'{{ lead.first_name if lead.company_name else "you" }}',
		'{{ lead.first_name + "!" }}',
		'{{ [lead.first_name, "x"] | join(" ") }}',
		"Hi {{ lead.first_name or lead.first_name }},",
		'Hi {{ (lead.first_name | default("you")) ~ lead.first_name }}',
	],
)
def test_empty_value_without_default_stops_the_mail(template, empty):
	compiled = compile_content("Subject", "", template, "")
	assert refused(render, compiled, values(first_name=empty)) == (
		"template_empty_value",
		{"part": "html", "name": "lead.first_name"},
	)


def test_empty_value_names_the_part():
	for part, args in (
		("subject", ("Hi {{ lead.city }}", "", "x", "")),
		("html", ("Hi", "{{ lead.city }}", "x", "")),
		("text", ("Hi", "", "x", "{{ lead.city }}")),
	):
		assert refused(render, compile_content(*args), values())[1] == {"part": part, "name": "lead.city"}


def test_default_may_be_another_placeholder_which_then_must_have_a_value():
	template = "Hi {{ lead.first_name | default(lead.last_name) }}"
	assert shown(template, last_name=None) == "Hi Anna"
	assert shown(template, first_name="", last_name="Berg") == "Hi Berg"
	compiled = compile_content("Subject", "", template, "")
	assert refused(render, compiled, values(first_name=""))[1] == {"part": "html", "name": "lead.first_name"}
	chain = '{{ lead.first_name | default(lead.last_name) | default("you") }}'
	assert shown(chain, first_name="") == "you"


def test_or_prints_the_first_value():
	assert shown('{{ lead.city or lead.company_name or "you" }}') == "Acme"
	assert shown('{{ lead.city or "you" }}') == "you"


def test_an_empty_default_leaves_a_gap_on_purpose():
	assert shown('{{ lead.city | default("") }}.') == "."


def test_zero_is_a_value():
	assert shown("{{ lead.nurture_score }}", nurture_score=0) == "0"
	assert shown('{{ lead.nurture_score | default("none") }}', nurture_score=0) == "0"


def test_conditions_may_ask_for_empty_values():
	template = "{% if lead.city %}in {{ lead.city }}{% elif lead.industry %}in {{ lead.industry }}{% else %}-{% endif %}"
	assert shown(template, city="Graz") == "in Graz"
	assert shown(template, industry="Steel") == "in Steel"
	assert shown(template) == "-"
	assert (
		shown('{% if lead.industry in ["Steel", "Iron"] and not lead.city %}yes{% endif %}', industry="Iron")
		== "yes"
	)
	assert shown("{% if lead.nurture_score >= 50 %}hot{% else %}cold{% endif %}", nurture_score=70) == "hot"
	assert shown('{{ "a" if lead.city }}b') == "b"


@pytest.mark.parametrize(
	("template", "expected"),
	[
		("{{ lead.first_name | upper }}", "ANNA"),
		("{{ lead.first_name | lower }}", "anna"),
		("{{ 'john SMITH' | title }}", "John Smith"),
		("{{ 'john' | capitalize }}", "John"),
		("{{ ' x ' | trim }}", "x"),
		("{{ 'a long sentence here' | truncate(10) }}", "a long..."),
		("{{ 'a-b' | replace('-', '+') }}", "a+b"),
		("{{ 'abc' | replace('', 'x') }}", "abc"),
		("{{ 2.567 | round(1) }}", "2.6"),
		("{{ 2.5678 | round }}", "3"),
		("{{ '42' | int + 1 }}", "43"),
		("{{ 'Anna Maria' | first }}", "A"),
		("{{ 'Anna' | last }}", "a"),
		("{{ lead.first_name | length }}", "4"),
		("{{ ['a', '', lead.first_name] | join(', ') }}", "a, Anna"),
		("{{ lead.first_name | urlencode }}", "Anna"),
		("{{ 'a b&c' | urlencode }}", "a%20b%26c"),
		("{{ '<' | escape }}{{ '<' | e }}{{ '<' }}", "&lt;&lt;&lt;"),
		("{{ company.postal_address | lines }}", "Main Street 1<br>12345 Town"),
	],
)
def test_filters(template, expected):
	assert shown(template) == expected


def test_filters_in_plain_text_do_not_escape():
	assert subject("{{ lead.first_name | escape }} {{ '<b>' | e }}", first_name="A & B") == "A & B <b>"
	assert mail(text="{{ company.postal_address | lines }}").text.startswith("Main Street 1\n12345 Town\n")


def test_values_are_never_templates_or_markup():
	attack = "{{ 7 * 7 }}<script>alert(1)</script>{% for x in y %}"
	assert shown("{{ lead.first_name }}", first_name=attack) == (
		"{{ 7 * 7 }}&lt;script&gt;alert(1)&lt;/script&gt;{% for x in y %}"
	)
	assert written("{{ lead.first_name }}", first_name=attack) == attack
	assert shown("{{ lead.first_name }}", first_name=Markup("<b>x</b>")) == "&lt;b&gt;x&lt;/b&gt;"
	assert 'href="&#34;&gt;&lt;x"' in shown('<a href="{{ lead.city }}">x</a>', city='"><x')


def test_numbers_and_dates_are_printed_and_objects_are_refused():
	assert (
		shown("{{ lead.city }} {{ lead.industry }}", city=date(2026, 1, 5), industry=Decimal("1.50"))
		== "2026-01-05 1.50"
	)
	compiled = compile_content("Subject", "", "{{ lead.city }}", "")
	for value in (object(), ["x"], {"a": 1}, b"x", lambda: 1):
		assert refused(render, compiled, values(city=value))[0] == "template_error"


def test_missing_value_is_an_error_even_where_it_is_not_printed():
	compiled = compile_content("Subject", "", "{% if lead.city %}{{ lead.fax }}{% endif %}", "")
	assert refused(render, compiled, values()) == ("template_undefined", {"part": "", "name": "lead.fax"})


def test_compiled_content_tells_which_fields_it_needs():
	compiled = compile_content(
		"{{ lead.city }}", "{{ lead.industry }}", "{{ lead.first_name }}", "{{ lead.job_title }}"
	)
	assert compiled.lead_fields == {"city", "industry", "first_name", "job_title"}
	assert ("links", "unsubscribe") in compiled.placeholders


def test_wrong_types_hold_the_mail():
	compiled = compile_content("Subject", "", "{% if lead.city > 5 %}x{% endif %}", "")
	assert refused(render, compiled, values(city="Graz"))[0] == "template_error"


# --- subject ----------------------------------------------------------------------------------------------------------


def test_subject_is_one_line():
	assert (
		subject("Hi\n{{ lead.first_name }}\r\nBcc: x@y", first_name="A\r\nBcc: z@y")
		== "Hi A Bcc: z@y Bcc: x@y"
	)
	assert subject("  two   blanks\u2028here ") == "two blanks here"


def test_subject_is_not_escaped():
	assert subject("{{ lead.company_name }} & you", company_name="A & B <C>") == "A & B <C> & you"


def test_empty_subject_stops_the_mail():
	compiled = compile_content("{% if lead.city %}x{% endif %} ", "", "x", "")
	assert refused(render, compiled, values()) == (
		"template_empty_value",
		{"part": "subject", "name": "subject"},
	)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("name", "suggestion"),
	[
		("lead.frist_name", "lead.first_name"),
		("lead.firstname", "lead.first_name"),
		("first_name", "lead.first_name"),
		("Lead.first_name", "lead.first_name"),
		("sender.mail", "sender.email"),
		("links.unsubcribe", "links.unsubscribe"),
		("company.adress", "company.postal_address"),
		("unsubscribe", "links.unsubscribe"),
		("doc.company_name", "lead.company_name"),
		("zzz.qqq", ""),
		("lead", "lead.city"),
		("frappe", ""),
		("self", ""),
		("range", ""),
	],
)
def test_unknown_name_is_refused_with_the_nearest_known_one(name, suggestion):
	code, params = refused_body("<p>{{ " + name + " }}</p>")
	assert code == ("template_unknown_name" if suggestion else "template_strange_name")
	assert params["part"] == "body"
	assert params["name"] == name
	assert params.get("suggestion", "") == suggestion
	sentence = error_sentence(NurtureError(code, **params))
	assert "{{ " + (suggestion or name) + " }}" in sentence
	assert "{{  }}" not in sentence


def test_unknown_name_is_found_in_every_part_and_in_branches_not_taken():
	for part, args in (
		("subject", ("{{ lead.x1 }}", "", "x", "")),
		("preheader", ("x", "{{ lead.x1 }}", "x", "")),
		("body", ("x", "", "{% if false %}{{ lead.x1 }}{% endif %}", "")),
		("body", ("x", "", '<a href="{{ lead.x1 }}">x</a>', "")),
		("body", ("x", "", "{{ lead.first_name | default(lead.x1) }}", "")),
		("body_text", ("x", "", "x", "{{ lead.x1 | default('y') }}")),
	):
		code, params = refused(check_content, *args, LEAD_FIELDS)
		assert (code, params["part"], params["name"]) == ("template_unknown_name", part, "lead.x1")


ATTACKS = [
	"{{ lead.__class__ }}",
	"{{ lead.first_name.__class__.__mro__ }}",
	"{{ ''.__class__.__mro__[1].__subclasses__() }}",
	"{{ lead['__class__'] }}",
	"{{ lead.first_name['__class__'] }}",
	"{{ lead[lead.first_name] }}",
	"{{ lead | attr('__class__') }}",
	"{{ lead.first_name | attr('format') }}",
	"{{ ().__class__.__bases__[0] }}",
	"{{ lead.first_name.format(lead) }}",
	"{{ '%s' % lead.first_name }}",
	"{{ '%999999999d' % 1 }}",
	"{{ '{:>999999999}'.format(1) }}",
	"{{ 'x' * 999999999 }}",
	"{{ 9 ** 9 ** 9 }}",
	"{{ [0] * 999999999 }}",
	"{{ 1 / 0 }}",
	"{{ 1 // 0 }}",
	"{{ range(999999999) }}",
	"{{ lipsum(n=1000) }}",
	"{{ cycler('a') }}",
	"{{ joiner() }}",
	"{{ namespace(a=1) }}",
	"{{ dict(a=1) }}",
	"{{ {'a': 1} }}",
	"{{ 'abc'[0:1] }}",
	"{{ self.__init__ }}",
	"{{ self }}",
	"{{ super() }}",
	"{{ lead.first_name() }}",
	"{{ caller() }}",
	"{{ config }}",
	"{{ frappe.db }}",
	"{{ _('x') }}",
	"{{ lead.first_name | safe }}",
	"{{ lead.first_name | map('upper') }}",
	"{{ lead.first_name | list }}",
	"{{ lead.first_name | tojson }}",
	"{{ lead.first_name | format('x') }}",
	"{{ lead.first_name | center(999999999) }}",
	"{{ lead.first_name | indent(999999999) }}",
	"{{ lead.first_name | wordwrap(1) }}",
	"{{ lead.first_name | xmlattr }}",
	"{{ lead.first_name | pprint }}",
	"{{ lead.first_name | nosuchfilter }}",
	"{{ lead.first_name | upper(*lead) }}",
	"{{ lead.first_name | upper(**lead) }}",
	"{{ lead.first_name is defined }}",
	"{{ lead.first_name is filter }}",
	"{{ lead.first_name | required }}",
	"{% for x in lead %}x{% endfor %}",
	"{% for x in [1, 2] %}x{% endfor %}",
	"{% set x = 1 %}",
	"{% set x %}a{% endset %}",
	"{% include 'x' %}",
	"{% import 'x' as x %}",
	"{% from 'x' import y %}",
	"{% extends 'x' %}",
	"{% macro x() %}{% endmacro %}",
	"{% call x() %}{% endcall %}",
	"{% block x %}{% endblock %}",
	"{% filter upper %}x{% endfilter %}",
	"{% with x = 1 %}{% endwith %}",
	"{% autoescape false %}x{% endautoescape %}",
	"{% do 1 %}",
	"{% debug %}",
	"{% raw %}{{ x }}",
	"{{ lead.first_name",
	"{% if lead.first_name %}x",
	"{% endif %}",
	"{{ }}",
	"{{ lead. }}",
	"{# never closed",
	"{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
	"{{ " + "not " * 5000 + "1 }}",
	"{{ " + "-" * 5000 + "1 }}",
	"{{ " + "9" * 6000 + " }}",
	"{{ " + "1 if 1 else " * 3000 + "1 }}",
	"{{ 1" + " + 1" * 5000 + " }}",
	"{{ 'a'" + "|upper" * 3000 + " }}",
	"{% if 1 %}" * 500 + "{% endif %}" * 500,
	"{{ lead" + ".first_name" * 3000 + " }}",
	# what is put together as a whole is in memory before its length can be asked
	"{{ " + " ~ ".join(["lead.city"] * 5000) + " }}",
	"{{ [" + ", ".join(["lead.city"] * 5000) + "] }}",
	"{% if lead.city in [" + ", ".join(["'b'"] * 5000) + "] %}x{% endif %}",
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack[:40])
def test_attacks_are_refused_when_saved_in_every_part(attack):
	codes = {"template_forbidden", "template_syntax", "template_unknown_name", "template_strange_name"}
	assert refused_body(attack)[0] in codes
	assert refused(check_content, attack, "", "x", "", LEAD_FIELDS)[0] in codes
	assert refused(check_content, "x", "", "x", attack, LEAD_FIELDS)[0] in codes
	assert refused(check_content, "x", attack, "x", "", LEAD_FIELDS)[0] in codes
	assert refused(compile_content, "x", "", attack, "")[0] in codes


@pytest.mark.parametrize(
	"bomb",
	[
		"{{ 'aaaaaaaaaa'" + "|replace('a', 'aaaaaaaaaa')" * 12 + " }}",
		"{{ 'aaaaaaaaaa'" + "|join('aaaaaaaaaa')" * 12 + " }}",
		"{{ 1 | round(99999999, 'ceil') }}",
		"{{ lead.first_name | replace('a', '" + "x" * 9000 + "') | replace('x', 'yyyyyyyyyy') }}",
		"{{ '1e999' | float | int }}",
		"{{ lead.first_name | truncate(2, false, 'long sign') }}",
	],
	ids=lambda bomb: bomb[:30],
)
def test_values_that_explode_stop_the_mail(bomb):
	compiled = compile_content("Subject", "", bomb, "")
	assert refused(render, compiled, values())[0] == "template_error"


def test_forbidden_things_are_named():
	for body, what in (
		("{% for x in y %}{% endfor %}", "{% for %}"),
		("{{ lead.first_name() }}", "()"),
		("{{ 2 ** 2 }}", "**"),
		("{{ 2 | safe }}", "| safe"),
		("{{ lead.first_name.upper }}", "lead.first_name.upper"),
		("{{ lead.__dict__ }}", "lead.__dict__"),
	):
		assert refused_body(body) == ("template_forbidden", {"part": "body", "what": what})


def test_syntax_error_names_part_and_line():
	code, params = refused(
		check_content, "x", "", "<p>one</p>\n<p>two {{ lead.first_name | }}</p>", "", LEAD_FIELDS
	)
	assert (code, params["part"], params["line"]) == ("template_syntax", "body", 2)
	assert params["message"]
	code, params = refused(check_content, "x {{", "", "x", "", LEAD_FIELDS)
	assert (code, params["part"], params["line"]) == ("template_syntax", "subject", 1)


def test_sizes_are_limited():
	for part in range(4):
		args = ["x", "x", "x", "x"]
		args[part] = "x" * (MAX_SOURCE + 1)
		code, params = refused(compile_content, *args)
		assert (code, params["limit"]) == ("template_too_large", MAX_SOURCE)
	compiled = compile_content("x", "", "{{ lead.city }}" * 60, "")
	assert refused(render, compiled, values(city="x" * MAX_VALUE))[0] == "template_too_large"
	assert refused(render, compiled, values(city="x" * (MAX_VALUE + 1)))[0] == "template_error"


# --- rich text editors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"tag",
	[
		"{{ lead.first_name | default(&quot;there&quot;) }}",
		"{{ lead.first_name | default(&#39;there&#39;) }}",
		"{{&nbsp;lead.first_name&nbsp;|&nbsp;default(&quot;there&quot;)&nbsp;}}",
		"{{\xa0lead.first_name | default(\u200b'there')\ufeff }}",
		"{{ <strong>lead.first_name</strong> | default('there') }}",
		"{{ lead.<span style=\"color: red\">first_name</span> | default('there') }}",
		"{% if lead.first_name != &quot;&quot; &amp;&amp; 1 %}{% endif %}".replace("&amp;&amp;", "and")
		+ "there",
		"{% if 1 &lt; 2 %}there{% endif %}",
	],
)
def test_tags_mangled_by_the_editor_are_understood(tag):
	assert shown(f'<div class="ql-editor read-mode"><p>Hi {tag},</p></div>', first_name="") == (
		'<div class="ql-editor read-mode"><p>Hi there,</p>\n</div>'
	)


def test_formatting_that_begins_inside_a_tag_is_refused():
	assert refused_body("<p>{{ lead.<b>first_name }}</b></p>") == (
		"template_forbidden",
		{"part": "body", "what": "<b>"},
	)


def test_link_with_a_coded_placeholder_is_understood():
	body = '<p><a href="%7B%7B%20links.unsubscribe%20%7D%7D" target="_blank">stop</a></p>'
	assert 'href="https://crm.example.org/u/0123456789?a=1&amp;b=2"' in shown(body)


# --- HTML -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("body", "expected"),
	[
		("<p>a<p>b", "<p>a</p>\n<p>b</p>"),
		("<ul><li>a<li>b</ul>", "<ul><li>a</li>\n<li>b</li>\n</ul>"),
		("<b>open", "<b>open</b>"),
		("a</td></tr></table></div>b", "ab"),
		("<div><b>a</div>b", "<div><b>a</b></div>\nb"),
		("<!-- hidden -->a<!--recipient-->b", "ab"),
		("<p>1 < 2 &amp; 3 &gt; 2 &nbsp;&uuml;</p>", "<p>1 &lt; 2 &amp; 3 &gt; 2 \xa0ü</p>"),
		("<P CLASS=x>a</P>", '<p class="x">a</p>'),
		("<br/><img src='x.png' alt='a \"b\"'>", '<br><img src="x.png" alt="a &quot;b&quot;">'),
		("<a<!--<p>b", "b"),
		("<p <!--x>b", "<p>b</p>"),
		("<html><body><p>a</p></body></html>", "<p>a</p>"),
		('<p {% if lead.first_name %}style="color:red"{% endif %}>a</p>', '<p style="color:red" >a</p>'),
		("<p>{{ '{{' }} and &#123;&#123; x }}</p>", "<p>{{ and {{ x }}</p>"),
		("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
		("a{# note #}b", "ab"),
	],
)
def test_body_is_closed_and_cleaned(body, expected):
	assert shown(body) == expected


@pytest.mark.parametrize(
	"body",
	[
		"<script>alert(1)</script>",
		"<style>.foot { display: none }</style>",
		"<iframe src='x'></iframe>",
		"<form action='x'><input></form>",
		"<textarea>",
		"<title>",
		"<plaintext>",
		"<base href='x'>",
		"<link rel='stylesheet' href='x'>",
		"<meta http-equiv='refresh'>",
		"<svg><a/></svg>",
		"<template>",
		"<noscript>",
		"<p onclick='x()'>a</p>",
		"<a href='javascript:alert(1)'>a</a>",
		"<a href=' JavaScript:alert(1)'>a</a>",
		"<a href='data:text/html,x'>a</a>",
		"<a href='java&#9;script:alert(1)'>a</a>",
		"<a href='java\nscript:alert(1)'>a</a>",
		"<a href='&#1;javascript:alert(1)'>a</a>",
		"<p {{ 'onclick=alert(1)' }}>a</p>",
		"<p {{ lead.first_name }}>a</p>",
		"<p {% if 1 %}onclick{% endif %}='alert(1)'>a</p>",
		"<p o{% if 0 %}x{% endif %}nclick='alert(1)'>a</p>",
		"<p {% if ' onclick=alert(1) ' %}title='a'{% endif %}>a</p>",
		"<s{{ 'cript' }}>a</p>",
	],
)
def test_html_that_could_hide_the_footer_or_run_is_refused(body):
	code, params = refused_body(body)
	assert (code, params["part"]) == ("template_forbidden", "body")


@pytest.mark.parametrize(
	"link",
	[
		"{{ lead.industry }}",
		"{{ lead.industry | trim }}",
		"java{{ lead.city }}",
		"{% if lead.city %}javascript{% endif %}:alert(1)",
	],
)
def test_a_link_that_runs_only_with_the_leads_own_values_holds_the_mail(link):
	compiled = compile_content("s", "", f'<a href="{link}">a</a>', "")
	for scheme in (
		"javascript:alert(1)",
		" JavaScript:alert(1)",
		"java\tscript:alert(1)",
		"data:text/html,x",
	):
		lead = values(industry=scheme, city="script:alert(1)")
		assert refused(render, compiled, lead)[0] == "template_error"


def test_a_link_may_be_a_placeholder():
	body = '<a href="{{ lead.industry }}">a</a><a href="/x?{{ lead.city }}">javascript:b</a>'
	for link in ("https://example.org/", "example.org", "mailto:a@example.org"):
		assert f'href="{link}"' in shown(body, industry=link, city="javascript:")


@pytest.mark.parametrize(
	("body", "stored"),
	[
		("<p>a</p>\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
		("<p>a<p>b", "<p>a</p><p>b</p>"),
		('<p>Hi {{ lead.city | default("you") }}</p>', '<p>Hi {{ lead.city | default("you") }}</p>'),
		("{% if lead.nurture_score > 3 %}a{% endif %}", "{% if lead.nurture_score &gt; 3 %}a{% endif %}"),
		('{{ "<img src=x onerror=alert(1) " }}a', '{{ "&lt;img src=x onerror=alert(1) " }}a'),
		("<a title='{{ \" onclick=x \" }}'>a</a>", '<a title="{{ &quot; onclick=x &quot; }}">a</a>'),
		("<!--><img src=x onerror=alert(1)>-->a", "a"),
		("a &#123;{ x }}", "a &#123;{ x }}"),
	],
)
def test_a_stored_body_is_harmless_where_it_is_shown_unrendered_and_means_the_same(body, stored):
	assert (clean_body(body), clean_body(stored)) == (stored, stored)
	assert (shown(stored, nurture_score=5), written(stored, nurture_score=5)) == (
		shown(body, nurture_score=5),
		written(body, nurture_score=5),
	)


@pytest.mark.parametrize(
	"body",
	["{{", "{%", "{#", "%7B%7B", "<", "<a ", "<a b='", "<!--", "</", "<b>", "<ol><li>", "<b></i>", "&", " "],
)
def test_a_bomb_is_refused_or_read_at_once(body):
	body = "<pre>" + body * ((MAX_SOURCE - 10) // len(body)) + "x"
	began = time.process_time()
	try:
		compile_content("s", "", body, "")
	except NurtureError:
		pass
	assert time.process_time() - began < 5


class _Links(HTMLParser):
	"""The links a reader can see: not in a comment, not in an element that is closed too late."""

	def __init__(self) -> None:
		super().__init__()
		self.open: list[str] = []
		self.links: list[tuple[str, tuple[str, ...]]] = []

	def handle_starttag(self, tag, attrs):
		if tag == "a":
			self.links.append((dict(attrs).get("href"), tuple(self.open)))
		if tag not in ("br", "img", "hr", "meta"):
			self.open.append(tag)

	def handle_endtag(self, tag):
		assert self.open.pop() == tag


def assert_footer(html: str, text: str) -> None:
	reader = _Links()
	reader.feed(html)
	reader.close()
	assert not reader.open
	layout = ("html", "body", "table", "tr", "td", "table", "tr", "td")
	for link in ("https://crm.example.org/u/0123456789?a=1&b=2", "https://crm.example.org/p/0123456789"):
		assert (link, layout) in reader.links
	for piece in (
		"Example &amp; Sons<br>Main Street 1<br>12345 Town",
		"You get this e-mail because you asked Example &amp; Sons to keep in touch.",
	):
		assert piece in html
	assert text.endswith(
		"\n\n-- \nExample & Sons\nMain Street 1\n12345 Town\n\n"
		"You get this e-mail because you asked Example & Sons to keep in touch.\n"
		"Change what you get: https://crm.example.org/p/0123456789\n"
		"Unsubscribe: https://crm.example.org/u/0123456789?a=1&b=2\n"
	)


@pytest.mark.parametrize(
	"body",
	[
		"<p>plain</p>",
		"<div style='display:none'>",
		"<!-- ",
		"<table><tr><td>",
		"</td></tr></table></td></tr></table>",
		"<a href='x",
		'<p title="never closed>',
		"<",
		"{% if lead.city %}<div>{% endif %}a",
		"</table>" * 50,
		"<pre>",
		"<b><i><u>",
		"",
	],
)
def test_footer_and_unsubscribe_link_are_always_there(body):
	found = mail(f"<p>text</p>{body}")
	if "{%" not in body:
		assert_footer(found.html, found.text)
	assert "Unsubscribe</a>" in found.html and "Unsubscribe: https://" in found.text


def test_own_text_version_has_the_footer_too():
	found = mail("<p>x</p>", text="My own text\n\n\n\nfor {{ lead.first_name }}")
	assert found.text.startswith("My own text\n\nfor Anna\n\n-- \n")
	assert_footer(found.html, found.text)


def test_marketer_may_place_an_unsubscribe_link_as_well():
	html = mail('<p><a href="{{ links.unsubscribe }}">Not for me</a></p>').html
	assert html.count('href="https://crm.example.org/u/0123456789?a=1&amp;b=2"') == 2


@pytest.mark.parametrize("body", ["", "<p><br></p>", "{% if lead.city %}<p>x</p>{% endif %}", "<!-- x -->"])
def test_mail_without_a_word_is_stopped(body):
	assert refused(render, compile_content("x", "", body, ""), values()) == (
		"template_empty_value",
		{"part": "text", "name": "body"},
	)
	assert mail(f"{body}<img src='https://example.org/x.png'>").text.startswith("-- \n")


@pytest.mark.parametrize("name", ["name", "postal_address"])
def test_footer_without_company_or_address_stops_the_mail(name):
	given_values = values()
	given_values["company"][name] = ""
	assert refused(render, compile_content("x", "", "x", ""), given_values) == (
		"template_empty_value",
		{"part": "html", "name": f"company.{name}"},
	)


def in_german(text: str, language: str) -> str:
	if language != "de":
		return text
	return {
		"You get this e-mail because you asked {0} to keep in touch.": '{0}: Sie baten um "Post" & mehr {{ 1 }}.',
		"Unsubscribe": "Abmelden",
		"Change what you get": "Auswahl ändern",
	}[text]


@pytest.mark.parametrize(
	("content", "lead", "body", "foot"),
	[
		("de", "", 'lang="de" dir="ltr"', 'lang="de" dir="ltr" align="left"'),
		(
			"en",
			"de",
			'lang="en" dir="ltr"',
			'lang="de" dir="ltr" align="left"',
		),  # theirs, whatever the text is in
		(
			"de",
			"fr",
			'lang="de" dir="ltr"',
			'lang="de" dir="ltr" align="left"',
		),  # nobody translated it into French
		(
			"",
			"de",
			'lang="en" dir="ltr"',
			'lang="de" dir="ltr" align="left"',
		),  # nobody said what the body is in
	],
)
def test_the_frame_speaks_the_language_of_the_mail(content, lead, body, foot):
	words = words_for("Example & Sons", content, lead, in_german)
	found = render(compile_content("x", "", "x", "", language=content), values() | {"words": words})
	assert f"<html {body}>" in found.html and f"<td {foot} class=" in found.html
	assert ">Abmelden</a>" in found.html and "\nAbmelden: https://" in found.text
	assert "Example &amp; Sons: Sie baten um &#34;Post&#34; &amp; mehr {{ 1 }}." in found.html
	assert 'Example & Sons: Sie baten um "Post" & mehr {{ 1 }}.' in found.text


def test_a_frame_without_translation_is_english_and_says_so():
	words = words_for("Example", "ar", "ar")
	found = render(compile_content("x", "", "x", "", language="ar"), values() | {"words": words})
	assert '<html lang="ar" dir="rtl">' in found.html
	assert '<td lang="en" dir="ltr" align="left" class="foot"' in found.html


def test_an_english_reader_of_a_german_text_gets_an_english_frame():
	words = words_for("Example", "de", "en-GB", in_german)
	found = render(compile_content("x", "", "x", "", language="de"), values() | {"words": words})
	assert '<td lang="en-GB" dir="ltr"' in found.html and ">Unsubscribe</a>" in found.html


def test_an_arabic_frame_runs_from_right_to_left():
	words = words_for("Example", "ar", "ar", lambda text, language: f"{language} {text}")
	found = render(compile_content("x", "", "x", "", language="ar"), values() | {"words": words})
	assert '<td lang="ar" dir="rtl" align="right" class="foot"' in found.html


@pytest.mark.parametrize(
	("language", "expected"),
	[
		("", '<html lang="en" dir="ltr">'),
		("pt-BR", '<html lang="pt-BR" dir="ltr">'),
		("pt_BR", '<html lang="pt-BR" dir="ltr">'),
		("ar", '<html lang="ar" dir="rtl">'),
		('"><script>', '<html lang="en" dir="ltr">'),
		("{{ x }}", '<html lang="en" dir="ltr">'),
	],
)
def test_language_of_the_mail(language, expected):
	assert expected in render(compile_content("x", "", "x", "", language=language), values()).html


def test_preheader_comes_first_and_is_hidden():
	html = mail("<p>Body</p>", preheader='Fish & "chips" <b>').html
	preview = re.search(r'<div style="display:none[^>]*>(.*?)</div>', html)[1]
	assert unescape(preview).startswith('Fish & "chips" <b>')
	assert html.index("display:none") < html.index("Body")
	assert "display:none" not in mail("<p>Body</p>").html


# --- plain text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("body", "expected"),
	[
		("<p>One</p><p>Two</p>", "One\n\nTwo"),
		("<p>One<br>Two</p>", "One\nTwo"),
		("<div>One</div><div>Two</div>", "One\nTwo"),
		("<p>One</p><p><br></p><p>Two</p>", "One\n\nTwo"),
		("<h1>Title</h1><p>Text</p>", "Title\n\nText"),
		("<p>Some   <b>bold</b>\n text</p>", "Some bold text"),
		("<ul><li>a</li><li>b</li></ul><p>c</p>", "- a\n- b\n\nc"),
		("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
		('<ol><li data-list="bullet">a</li><li data-list="bullet">b</li></ol>', "- a\n- b"),
		('<ol><li data-list="ordered">a</li><li data-list="ordered">b</li></ol>', "1. a\n2. b"),
		("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
		('<a href="https://a.example/x?y=1&amp;z=2">Read</a> on', "Read (https://a.example/x?y=1&z=2) on"),
		('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
		('<a href="mailto:eva@example.org">eva@example.org</a>', "eva@example.org"),
		('<a href="mailto:eva@example.org">Eva</a>', "Eva (eva@example.org)"),
		('<a href="https://a.example"><img src="x.png" alt="Logo"></a>', "Logo (https://a.example)"),
		('<a href="https://a.example"><img src="x.png"></a>', "https://a.example"),
		('<a href="#top">Top</a><a>none</a>', "Topnone"),
		("&lt;b&gt; &amp; &uuml; &euro;&nbsp;5", "<b> & ü € 5"),
		("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a b\nc d"),
		("<pre>  a\n  b</pre>", "a\n  b"),
		("a<hr>b", "a\n\n--------------------\n\nb"),
		("<p>{{ lead.first_name }} &amp; {{ lead.company_name }}</p>", "Anna & Acme & Sons"),
		('<a href="{{ links.unsubscribe }}">stop</a>', "stop (https://crm.example.org/u/0123456789?a=1&b=2)"),
		("<p>a</p><p>{% if lead.city %}</p><p>b</p><p>{% endif %}</p><p>c</p>", "a\n\nc"),
		("{% if 1 < 2 %}<p>a</p>{% endif %}", "a"),
		("<p>&#123;&#123; x }} &#123;% y %}</p>", "{{ x }} {% y %}"),
	],
)
def test_plain_text_from_html(body, expected):
	assert written(body, company_name="Acme & Sons") == expected


# --- properties -------------------------------------------------------------------------------------------------------

anything = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
html_pieces = st.lists(
	st.sampled_from(
		"<p> </p> <div> </div> <b> </b> <ul> <li> </li> </ul> <table> <tr> <td> </td> </tr> </table> <br> <!-- --> "
		"< > & &lt; &#123; { } {{ }} {# #} ' \" <a\u00a0href='x'> </a> <h1> </h1> <pre> </pre> <img\u00a0src=x> "
		"{{\u00a0lead.first_name\u00a0}} <![CDATA[ ]]> <?php ?> </ <! <!-".split(" ")
	)
	| st.text(max_size=6),
	max_size=30,
).map(lambda chosen: "".join(chosen).replace("\xa0", " "))


@given(anything)
@settings(max_examples=200, deadline=None)
def test_any_value_arrives_in_the_text_and_escaped_in_the_html(value):
	clean = re.sub("[\x00-\x08\x0b-\x1f\x7f]", "", value).strip()
	if not clean:
		return
	assert unescape(shown("[{{ lead.city }}]", city=value)) == unescape(
		"[" + clean.replace("&", "&amp;").replace("<", "&lt;") + "]"
	)
	assert "<" not in shown("[{{ lead.city }}]", city=value)
	if "\n\n\n" not in clean:
		assert mail(text="[{{ lead.city }}]", city=value).text.startswith(f"[{clean}]")
	assert subject("[{{ lead.city }}]", city=value) == " ".join(f"[{clean}]".split())


@given(html_pieces)
@settings(max_examples=500, deadline=None)
def test_no_body_loses_the_footer_or_leaks_an_error(body):
	try:
		found = mail("<p>text</p>" + body)
	except NurtureError as error:
		assert error.code.startswith("template_")
		return
	assert_footer(found.html, found.text)
	assert "<!--" not in found.html
	assert "\ue000" not in found.html + found.text


@given(
	st.text(st.sampled_from("{}%#|()[].,~+-*/<>='\"ab 1_\n"), max_size=40),
	st.sampled_from(["{{ %s }}", "{%% if %s %%}x{%% endif %%}", "%s"]),
)
@settings(max_examples=500, deadline=None)
def test_any_template_is_compiled_or_refused_with_a_code(source, frame):
	try:
		compiled = compile_content("x", "", frame % source, "")
		render(compiled, values())
	except NurtureError as error:
		assert error.code.startswith("template_")
