"""A text whose language was left at the site's is noticed, and read for its own words all the same."""

from __future__ import annotations

import json

import pytest

from nurture_app.engine.library.checks import Draft, advice, unfounded_hurry
from nurture_app.engine.library.expand import Expanded
from nurture_app.engine.library.tongue import other_than, seems_to_be
from tests.engine.test_presets import CONTENTS

GERMAN = "Nur heute: Sichern Sie sich Ihren Platz. Wir zeigen Ihnen, wie es geht, und was das für Sie und Ihr Team heißt."
FRENCH = "Nous vous montrons comment votre équipe gagne du temps avec les outils que vous avez, et pour qui c'est utile."
SPANISH = "Le mostramos cómo su equipo gana tiempo con las herramientas que ya tiene, y para quién es útil todo esto."
ENGLISH = "We show you how your team saves time with the tools that you have, and for whom this is of use."


def written(text: str, language: str) -> Draft:
	return Draft("", f"<p>{text}</p>", text, text, frozenset(), Expanded({}), language=language)


@pytest.mark.parametrize(
	("text", "code"),
	[(GERMAN, "de"), (FRENCH, "fr"), (SPANISH, "es"), (ENGLISH, "en"), ("Hallo Ada!", ""), ("", "")],
)
def test_a_language_is_known_by_its_small_words(text, code):
	assert seems_to_be(text) == code


def test_only_languages_that_we_have_words_for_are_doubted():
	assert other_than("en", GERMAN) == "de"
	assert other_than("en-GB", ENGLISH) == "" and other_than("de-AT", GERMAN) == ""
	assert other_than("nl", GERMAN) == "" and other_than("", GERMAN) == ""


def test_a_german_text_left_at_english_is_pointed_out_and_read_for_german_words():
	codes = {one.code for one in advice(written(GERMAN, "en"))}
	assert {"other_language", "spam_words"} <= codes
	assert "other_language" not in {one.code for one in advice(written(GERMAN, "de"))}


def test_hurry_in_the_true_language_is_refused_too():
	text = f"Letzte Chance! {GERMAN}"
	assert unfounded_hurry(written(text, "de")) and unfounded_hurry(written(text, "en"))


def test_no_text_that_ships_is_doubted():
	doubted = [
		one["title"]
		for one in CONTENTS
		if other_than(one.get("language") or "", json.dumps(one, ensure_ascii=False))
	]
	assert doubted == []
