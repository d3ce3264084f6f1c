"""What a reply asks about is found in several languages, and ordinary words are no question."""

from __future__ import annotations

import pytest

from nurture_app.engine.reply_questions import questions_in


@pytest.mark.parametrize(
	("text", "topics"),
	[
		("How much is it for 50 users?", ["Pricing"]),
		("Was kostet das, und bis wann könnten wir starten?", ["Pricing", "Timeline"]),
		("Könnten Sie uns die Preisliste schicken?", ["Pricing"]),
		("Quel est le délai ?", ["Timeline"]),
		("¿Cuánto tarda la puesta en marcha?", ["Timeline"]),
		("Does it work with SAP? Do you have an API?", ["Integration"]),
		("Gibt es eine Schnittstelle zu DATEV?", ["Integration"]),
		("Thanks, please call me tomorrow.", []),
		("The apiary in the pricey village.", []),
		("", []),
	],
)
def test_topics_of_a_reply(text, topics):
	assert questions_in(text) == topics
