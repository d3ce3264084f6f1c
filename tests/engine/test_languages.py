"""The nearest language there is to the one somebody wants."""

from __future__ import annotations

import pytest

from nurture_app.engine.languages import best_language


@pytest.mark.parametrize(
	("wanted", "available", "expected"),
	[
		("de", ["en", "de"], "de"),
		("en-GB", ["en-GB", "en"], "en-GB"),
		("en-GB", ["en", "en-US"], "en"),
		("EN_gb", ["en-GB"], "en-GB"),
		("en-GB", ["fr", "en-US"], "en-US"),  # another English rather than the default
		("pt", ["pt-BR", "en"], "pt-BR"),
		("zh-Hant-TW", ["zh", "zh-Hant"], "zh-Hant"),
		("no", ["nb", "en"], "nb"),
		("nb", ["no", "en"], "no"),
		("iw", ["he"], "he"),
		("es", ["es-MX", "es-AR"], "es-AR"),  # always the same one
		("fr", ["de", "es"], "DEFAULT"),
		("fr", [], "DEFAULT"),
		("", ["de"], "DEFAULT"),
		(None, ["de"], "DEFAULT"),
		(" - ", ["de", ""], "DEFAULT"),
		("e", ["en"], "DEFAULT"),  # a longer word is not another kind of a shorter one
	],
)
def test_the_nearest_language(wanted, available, expected):
	assert best_language(wanted, available, "DEFAULT") == expected
