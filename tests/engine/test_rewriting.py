"""Links that tell: which are rewritten, where they lead, and who switched it off."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from nurture_app.engine import runner
from nurture_app.engine.content import compile_content, render, render_marked
from nurture_app.engine.tracking.rewrite import Rewriter
from nurture_app.simulator.mailbox import SimulatedLinks
from tests.database_wrappers import WatchedDatabase
from tests.world import World

LINKS = SimulatedLinks(1)
PREFERENCES = "https://nurture.example/nurture/n/preferences/abc"
UNSUBSCRIBE = "https://nurture.example/nurture/u/abc"
CLICK = re.compile(r"https://nurture\.example/nurture/n/c/tok/(\w+)")


def values(**lead: str) -> dict:
	return {
		"lead": lead,
		"sender": {"name": "Robin", "email": "robin@example.com"},
		"company": {"name": "Example Ltd", "postal_address": "1 Main Street"},
		"owner": {"name": "", "email": ""},
		"links": {"unsubscribe": UNSUBSCRIBE, "preferences": PREFERENCES},
	}


def rewritten(body: str, text: str = "", *, opens: bool = True, clicks: bool = True, **lead: str):
	"""(HTML, text, {link id: URL}) of one mail with tracking."""
	compiled = compile_content("Subject", "", body, text)
	marked = render_marked(compiled, values(**lead))
	tracked = Rewriter(LINKS).rewrite(
		marked.html,
		marked.text,
		token="tok",
		content="Content",
		party="LEAD-1",
		hosts=compiled.link_hosts,
		keep=[UNSUBSCRIBE, PREFERENCES],
		opens=opens,
		clicks=clicks,
	)
	return tracked.html, tracked.text, {link.name: link for link in tracked.links}


def targets(text: str, links: dict) -> list[str]:
	"""Where the tracked links of a text lead, in their order, without the hidden one."""
	return [links[name].url for name in CLICK.findall(unescape(text)) if links[name].url]


# --- what is rewritten -----------------------------------------------------------------------------------------------

REWRITTEN = [
	('<a href="https://a.example/x?b=1&amp;c=2">x</a>', {}, ["https://a.example/x?b=1&c=2"]),
	('<a href="http://a.example">x</a>', {}, ["http://a.example"]),
	('<a href=" HTTPS://A.example/ ">x</a>', {}, ["HTTPS://A.example/"]),
	('<map><area href="https://a.example/map"></map>x', {}, ["https://a.example/map"]),
	(
		'<a href="https://a.example/{{ lead.city }}?n={{ lead.first_name | urlencode }}">x</a>',
		{"city": "Ulm", "first_name": "Ä & B"},
		["https://a.example/Ulm?n=%C3%84%20%26%20B"],
	),
	(
		'<a href="{% if lead.city %}https://a.example/1{% else %}https://b.example/2{% endif %}">x</a>',
		{"city": "Ulm"},
		["https://a.example/1"],
	),
	('{% if lead.city %}<a href="https://a.example/">x</a>{% endif %}<p>y</p>', {"city": ""}, []),
	(
		'<a href="https://a.example/1">x</a> <a href="https://a.example/1">y</a>',
		{},
		["https://a.example/1"] * 2,
	),
]
LEFT_ALONE = [
	'<a href="mailto:eva@example.org">x</a>',
	'<a href="tel:+4912345">x</a>',
	'<a href="#part">x</a>',
	'<a href="{{ links.unsubscribe }}">stop</a>',
	'<a href="{{ links.preferences }}">choose</a>',
	'<a href="/relative">x</a>',
	'<a href="ftp://a.example/file">x</a>',
	'<a href="">x</a>',
	"<a>x</a>",
	'<img src="https://a.example/logo.png">',
	'<p title="https://a.example/">x</p>',
	f'<a href="https://a.example/{"x" * 2001}">x</a>',
]


@pytest.mark.parametrize(("body", "lead", "expected"), REWRITTEN)
def test_links_to_the_web_are_rewritten(body, lead, expected):
	html, text, links = rewritten(body, **lead)
	assert targets(html, links) == expected
	assert targets(text, links)[: len(expected)] == (expected if "<map" not in body else [])


@pytest.mark.parametrize("body", LEFT_ALONE)
def test_other_links_stay_as_they_are(body):
	html, text, links = rewritten(body)
	plain = render(compile_content("Subject", "", body, ""), values())
	assert targets(html, links) == []
	assert text == plain.text
	if "href" in body:
		assert re.search("<(a|area)[^>]*>", plain.html)[0] in html


PLACEHOLDER_HOSTS = [
	"{{ lead.website }}",
	"https://{{ lead.website }}/x",
	"https://good.example{{ lead.website }}",
	"https://good.example:{{ lead.website }}",
	"{{ lead.website }}https://good.example/",
	"{{ lead.website }}//good.example/",
	"https:{{ lead.website }}",
]
EVIL = [
	"https://evil.example",
	"evil.example",
	"@evil.example/",
	".evil.example",
	"//evil.example",
	"\\@evil.example",
]


@pytest.mark.parametrize("href", PLACEHOLDER_HOSTS)
@pytest.mark.parametrize("website", EVIL)
def test_what_a_person_typed_into_a_form_never_decides_where_our_redirect_leads(href, website):
	body = f'<a href="{href}">x</a> <a href="https://good.example/">y</a>'
	_, _, links = rewritten(body, f"See https://good.example/ and {href}", website=website)
	hosts = {re.match(r"https?://([^/]*)", link.url)[1] for link in links.values() if link.url}
	assert hosts <= {"good.example"}


def test_a_value_cannot_forge_a_mark():
	evil = "\x01https://evil.example/\x02\x04https://evil.example/2\x02\x03"
	html, text, links = rewritten("<p>{{ lead.first_name }}</p>", first_name=evil)
	assert targets(html, links) == targets(text, links) == []
	assert not re.search("[\x00-\x08]", html + text)
	assert html.count("<img") == 1


def test_a_source_cannot_forge_a_mark():
	html, text, links = rewritten("<p>a\x01https://evil.example/\x02b</p>", "see \x01http://evil.example\x02")
	assert targets(html, links) == []
	assert not re.search("[\x00-\x08]", html + text)


OWN_TEXTS = [
	("See https://a.example/x.", ["https://a.example/x"], "See {0}."),
	("(https://a.example/x)", ["https://a.example/x"], "({0})"),
	("<https://a.example/x>, or", ["https://a.example/x"], "<{0}>, or"),
	("https://en.example/A_(b), c", ["https://en.example/A_(b)"], "{0}, c"),
	("go https://a.example/{{ lead.city }}!", ["https://a.example/Ulm"], "go {0}!"),
	("{% if lead.city %}https://a.example/1{% endif %} x", ["https://a.example/1"], "{0} x"),
	("https://a.example/{% if lead.city %}1{% else %}2{% endif %}", [], "https://a.example/1"),
	("ftp://a.example mail a@b.example", [], "ftp://a.example mail a@b.example"),
]


@pytest.mark.parametrize(("source", "expected", "shape"), OWN_TEXTS)
def test_addresses_in_a_plain_text_of_its_own(source, expected, shape):
	_, text, links = rewritten("<p>x</p>", source, city="Ulm")
	assert targets(text, links) == expected
	first = CLICK.search(text)
	assert text.startswith(shape.format(first[0] if first else ""))


def test_the_same_link_has_the_same_id_in_both_parts_and_for_everybody():
	body = '<a href="https://a.example/?x=1&amp;y=2">go</a>'
	html, text, links = rewritten(body)
	(in_text,) = [name for name in CLICK.findall(text)]
	assert in_text in CLICK.findall(html)
	assert set(rewritten(body)[2]) == set(links)


def test_a_link_with_somebodys_data_is_theirs_alone():
	_, _, links = rewritten('<a href="https://a.example/{{ lead.city }}">x</a>', city="Ulm")
	assert {link.party for link in links.values()} == {"LEAD-1", ""}  # the hidden one is everybody's
	assert {link.url for link in links.values() if link.party} == {"https://a.example/Ulm"}


def test_lines_of_the_address_bar_never_break_a_header():
	_, _, links = rewritten(
		'<a href="https://a.example/{{ lead.notes }}">x</a>', notes="a\r\nSet-Cookie: b\tc"
	)
	assert all(not re.search(r"[\r\n\t]", link.url) for link in links.values())


# --- pixel and hidden link -------------------------------------------------------------------------------------------


def test_pixel_and_hidden_link_stand_at_the_end_of_the_body():
	html, text, links = rewritten('<p><a href="https://a.example/">x</a></p>')
	end = html[html.index("</table>\n<a ") :]
	assert re.search(
		r'<a href="[^"]+/n/c/tok/\w+" aria-hidden="true" tabindex="-1" style="display:none"></a>', end
	)
	assert re.search(r'<img src="[^"]+/n/o/tok" width="1" height="1" alt=""', end)
	assert end.endswith("</body>\n</html>\n")
	(trap,) = [link for link in links.values() if not link.url]
	assert trap.name not in text
	assert (trap.position, sorted(link.position for link in links.values())) == (0, [0, 1])


@pytest.mark.parametrize(
	("opens", "clicks", "pixels", "tracked"), [(True, False, 1, 0), (False, True, 0, 2), (False, False, 0, 0)]
)
def test_openings_and_clicks_are_switched_apart(opens, clicks, pixels, tracked):
	body = '<a href="https://a.example/">x</a>'
	html, text, links = rewritten(body, opens=opens, clicks=clicks)
	assert html.count("<img") == pixels
	assert len(CLICK.findall(html)) == tracked  # the link and the hidden one
	assert bool(links) == clicks
	if not clicks:
		assert text == render(compile_content("Subject", "", body, ""), values()).text


# --- in the tick -----------------------------------------------------------------------------------------------------

BODY = '<p>Hello {{ lead.first_name }}, <a href="https://a.example/guide">read this</a>.</p>'


def sent_with(world: World, *leads: str, **sequence: int):
	world.sequence("Seq", [{"step_label": "One", "content": world.content("Text", body=BODY)}], **sequence)
	world.enroll("Seq", *leads)
	world.tick()
	return world.outbox.messages


def test_a_tracked_mail_has_its_token_and_its_links_in_the_ledger(world):
	(message,) = sent_with(world, world.lead())
	((token, unsubscribe),) = world.all("Nurture Touch", "tracking_token", "token")
	assert token == message.tracking_token != unsubscribe
	assert world.host.links.opening(token) in message.html
	stored = dict(world.all("Nurture Link", "name", "url"))
	assert sorted(url or "" for url in stored.values()) == ["", "https://a.example/guide"]
	assert all(world.host.links.click(token, name) in message.html for name in stored)
	assert "/n/c/" not in message.shown_html and "https://a.example/guide" in message.shown_html
	assert message.unsubscribe_url in message.html


@pytest.mark.parametrize("case", ["for the site", "for the person", "for the sequence"])
def test_switched_off_nothing_is_rewritten(world, case):
	if case == "for the site":
		world.settings(track_opens=0, track_clicks=0)
	lead = world.lead(nurture_no_tracking=int(case == "for the person"))
	(message,) = sent_with(world, lead, track_reactions=int(case != "for the sequence"))
	assert not re.search("/n/[oc]/", message.html + message.text)
	assert 'href="https://a.example/guide"' in message.html
	assert (message.tracking_token, message.shown_html, message.links) == ("", "", ())
	assert world.all("Nurture Touch", "tracking_token") == [(None,)]
	assert world.all("Nurture Link", "name") == []


def test_switched_off_for_a_sequence_it_is_off_at_once_for_those_on_their_way(world):
	steps = [{"step_label": "One", "content": world.content("Text", body=BODY)}]
	steps.append({"step_label": "Two", "delay": 10, "delay_unit": "Minutes", "content": "Text"})
	world.sequence("Seq", steps)
	world.enroll("Seq", world.lead())
	world.tick()
	with world.db.transaction():
		world.db.update("tabNurture Sequence", ("name", "track_reactions"), [("Seq", 0)])
	world.clock.move_to(world.next_due())
	world.tick()
	assert [bool(one.tracking_token) for one in world.outbox.messages] == [True, False]


def test_one_person_who_wants_no_tracking_does_not_change_the_others_mail(world):
	shy, other = world.lead(nurture_no_tracking=1), world.lead()
	by_party = {one.party: one for one in sent_with(world, shy, other)}
	assert (by_party[shy].tracking_token, bool(by_party[other].tracking_token)) == ("", True)


def test_a_batch_takes_the_same_queries_whatever_the_number_of_mails_and_links(world):
	body = "".join(f'<a href="https://a.example/{n}/{{{{ lead.first_name }}}}">x</a>' for n in range(5))
	world.sequence("Seq", [{"step_label": "One", "content": world.content("Text", body=body)}])

	def queries(number: int) -> dict[str, int]:
		world.enroll("Seq", *(world.lead() for _ in range(number)))
		watched = WatchedDatabase(world.db)
		assert runner.tick(replace(world.host, db=watched), "w").queued == number
		return dict(watched.names)

	queries(1)
	assert queries(3) == queries(40)
	assert len(world.all("Nurture Link", "name")) == 5 * 44 + 1


def test_signs_that_look_like_entities_stay_in_the_plain_text():
	_, text, links = rewritten("<p>x</p>", "https://a.example/?x=1&copy=2")
	assert targets(text.replace("&", "&amp;"), links) == ["https://a.example/?x=1&copy=2"]
