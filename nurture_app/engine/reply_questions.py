"""What a reply asks about, from its own words: price, time or how things connect (TR-14).

Word lists in the languages most mails come in. A hit means: a person should look; so a false one costs little.
"""

from __future__ import annotations

import re

MOST_READ = 5000
"""Characters of a reply that are looked at."""
_WORDS = {
	"Pricing": (
		r"pric(e|es|ing)|cost(s|ing)?|quot(e|ation)|how much|discounts?|licen[cs]e fees?|budget|"
		r"preis\w*|kost(en|et)\w*|angebot\w*|rabatt\w*|lizenzgebühr\w*|"
		r"prix|tarifs?|coûts?|coûte\w*|devis|remise|"
		r"precios?|costes?|costos?|cuesta\w*|presupuesto|descuento|"
		r"prezz[oi]|cost[oi]|preventivo|prijs\w*|offerte"
	),
	"Timeline": (
		r"timelines?|time ?frames?|deadlines?|how long|how (soon|fast|quickly)|by when|lead time|go[ -]live|"
		r"roll[ -]?out|implementation time|"
		r"zeitplan\w*|wie lange|bis wann|wie schnell|frist(en)?|einführungsdauer|"
		r"délais?|combien de temps|calendrier|échéance|"
		r"plazos?|cuánto (tiempo|tarda)|fecha límite|"
		r"tempistic\w*|quanto tempo|hoe lang|doorlooptijd"
	),
	"Integration": (
		r"integrat\w+|apis?|connectors?|webhooks?|compatib\w+|work(s)? with|connect(s)? (to|with)|single sign-?on|sso|"
		r"schnittstelle\w*|anbind\w+|integrier\w+|kompatib\w+|"
		r"intégr\w+|connecteurs?|integra\w+|conector\w*|conect\w+|compatibil\w*|koppel\w+"
	),
}
_TOPICS = {topic: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for topic, words in _WORDS.items()}


def questions_in(text: str) -> list[str]:
	"""The topics a reply speaks of, given its own words without what it quotes."""
	return [topic for topic, pattern in _TOPICS.items() if pattern.search(text[:MOST_READ])]
