"""Words that cost trust, by the language of a text: what `checks` looks for. Pure.

Each language has its own; English ones are looked for in every text, because they are borrowed everywhere. A text whose
language nobody said is read in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from nurture_app.engine.languages import tags_of


@dataclass(frozen=True, slots=True)
class Phrases:
	"""Of one language. `spam` are words; the others are patterns, in small letters, with ' for every apostrophe."""

	spam: tuple[str, ...]
	bump: str
	"""A reminder of an earlier mail and nothing else (SE-15)."""
	scarcity: str
	"""A claim that something ends or runs out (CP-15, MG-42)."""
	watched: str
	"""Tells people what they did on our pages (MG-31)."""
	pitch: str
	"""Asks for a sale, a demonstration or a talk with sales (CD-07)."""


ENGLISH = Phrases(
	spam=(
		"100% free", "act now", "amazing deal", "apply now", "as seen on", "big bucks", "buy now", "call now", "cash bonus",
		"click here", "congratulations", "dear friend", "double your", "earn extra", "earn money", "extra income",
		"for free", "free gift", "free money", "guaranteed", "incredible deal", "lowest price", "make money",
		"money back", "no catch", "no cost", "no obligation", "once in a lifetime", "order now", "risk free", "risk-free",
		"special promotion", "this is not spam", "urgent", "while supplies last", "winner", "you have been selected",
		"$$$",
	),
	bump=r"\bbump(?:ing)? (?:this|my|it)\b|\b(?:just|only) (?:following up|checking in|circling back|touching base)\b|"
	r"\bcircl(?:e|ing) back\b|\btouching base\b|\bdid you (?:see|get|read) my (?:last|previous) (?:e-?mail|message|note)\b|"
	r"\bin case you missed my (?:last|previous)\b|\bany thoughts on my (?:last|previous)\b",
	scarcity=r"\blast chance\b|(?<!no )\bhurry\b|\bonly (?:\d+|a few|two|three|five) (?:\w+ )?(?:left|spots?|seats?|places?|licen[cs]es?)\b|"
	r"\b(?:ends|expires|closes) (?:today|tonight|tomorrow|soon|at midnight)\b|\btoday only\b|\blimited[- ]time\b|"
	r"\bbefore it's too late\b|\bdon't miss out\b|\balmost (?:gone|sold out)\b|\bwhile (?:stocks?|supplies) lasts?\b",
	watched=r"(?<!if )\byou(?:'ve| have)? (?:visited|viewed|browsed|looked at|were on|opened|clicked)\b|\byour (?:visits?|clicks?) (?:to|on)\b|"
	r"\byou(?:'ve| have)? spent (?:\w+ )?(?:minutes|time) on\b|\b(?:we|i) (?:saw|noticed|see) (?:that )?you\b",
	pitch=r"\bbook (?:a|your) (?:demo|demonstration|sales call)\b|\bschedule (?:a|your) (?:demo|sales call)\b|"
	r"\b(?:buy|order|purchase) (?:now|today)\b|\b(?:request|get) a quote\b|\b(?:talk|speak) to (?:our )?sales\b|\bsign the contract\b",
)  # fmt: skip
GERMAN = Phrases(
	spam=(
		"100% gratis", "100 % gratis", "bargeld", "dringend", "garantiert", "geld verdienen", "geld zurück", "glückwunsch",
		"gratis", "herzlichen glückwunsch", "hier klicken", "jetzt bestellen", "jetzt kaufen", "jetzt zugreifen", "kein risiko",
		"klicken sie hier", "klick hier", "kostenlos testen", "nebenverdienst", "nur heute", "ohne risiko", "risikofrei",
		"schnäppchen", "sie haben gewonnen", "sofort handeln", "sonderangebot", "super angebot", "tiefstpreis", "unschlagbar",
		"unverbindlich und kostenlos", "€€€",
	),
	bump=r"\b(?:wollte|möchte) (?:nur|mich nur|nur kurz|noch einmal) (?:kurz |einmal )?(?:nachfragen|nachhaken|erinnern|melden)\b|"
	r"\bich (?:hake|frage) (?:nur |noch einmal |kurz )+nach\b|\bhaben sie meine (?:letzte|vorige|vorherige) (?:e-?mail|nachricht)\b|"
	r"\bhast du meine (?:letzte|vorige|vorherige) (?:e-?mail|nachricht)\b|\bschiebe (?:das|dies|meine e-?mail) (?:noch einmal |wieder )?nach oben\b",
	scarcity=r"\bletzte (?:chance|gelegenheit|möglichkeit)\b|\bnur (?:noch )?(?:\d+|wenige|einige|zwei|drei|fünf) (?:\w+ )?(?:plätze|stück|lizenzen|exemplare|termine)\b|"
	r"\b(?:endet|läuft|schließt) (?:heute|morgen|bald|um mitternacht)\b|\bnur (?:noch )?heute\b|\bzeitlich begrenzt\w*\b|"
	r"\b(?:beeilen sie sich|beeil dich|schnell sein lohnt sich)\b|\bbevor es zu spät ist\b|\bsolange (?:der )?vorrat reicht\b|\bfast ausverkauft\b|\bnicht verpassen\b",
	watched=r"(?<!wenn )(?<!falls )\b(?:sie haben|du hast) (?:\w+ ){0,4}(?:besucht|angesehen|angeklickt|geöffnet)\b|"
	r"\b(?:wir haben|ich habe) (?:gesehen|bemerkt|gemerkt)\b|\bihr(?:e|en)? (?:besuche?|klicks?) auf\b|\b(?:sie waren|du warst) auf unserer\b",
	pitch=r"\b(?:demo|vorführung|verkaufsgespräch) (?:\w+ ){0,2}(?:buchen|vereinbaren)\b|\b(?:buchen|vereinbaren) sie (?:jetzt |gleich )?(?:eine|einen|ihre|ihren) (?:demo|vorführung|beratungstermin)\b|"
	r"\bjetzt (?:kaufen|bestellen|buchen)\b|\bangebot anfordern\b|\bfordern sie (?:jetzt |gleich )?(?:ein|ihr) angebot an\b|\bmit (?:unserem|dem) vertrieb sprechen\b",
)  # fmt: skip
FRENCH = Phrases(
	spam=(
		"100% gratuit", "100 % gratuit", "achetez maintenant", "agissez maintenant", "argent facile", "cadeau gratuit",
		"cliquez ici", "commandez maintenant", "félicitations", "gagnant", "gagnez de l'argent", "garanti", "meilleur prix",
		"offre exceptionnelle", "offre incroyable", "promotion spéciale", "sans engagement", "sans risque", "satisfait ou remboursé",
		"urgent", "vous avez été sélectionné", "vous avez gagné",
	),
	bump=r"\bje (?:me permets de |reviens vers vous|voulais (?:juste|simplement) )(?:vous )?(?:relancer|relance|savoir si vous avez)\b|"
	r"\b(?:simple|petite|juste une) relance\b|\bavez-vous (?:vu|lu|reçu) mon (?:dernier|précédent) (?:e-?mail|mail|message|courriel)\b|"
	r"\bje fais remonter (?:ce|mon) (?:e-?mail|mail|message)\b",
	scarcity=r"\bdernière (?:chance|occasion)\b|\b(?:plus que|il ne reste que|seulement) (?:\d+|quelques|deux|trois|cinq) (?:\w+ )?(?:places?|licences?|exemplaires?|créneaux)\b|"
	r"\b(?:se termine|expire|prend fin|ferme) (?:aujourd'hui|ce soir|demain|bientôt|à minuit)\b|\baujourd'hui (?:seulement|uniquement)\b|"
	r"\b(?:durée|temps) limitée?\b|\bdépêchez-vous\b|\bavant qu'il ne soit trop tard\b|\bne (?:manquez|ratez) pas\b|\bpresque épuisé\w*\b|\bdans la limite des stocks\b",
	watched=r"(?<!si )\bvous avez (?:\w+ ){0,2}(?:visité|consulté|regardé|ouvert|cliqué)\b|\bvotre (?:visite|clic) sur\b|"
	r"\b(?:nous avons|j'ai) (?:vu|remarqué|constaté)\b que vous|\bvous étiez sur notre\b",
	pitch=r"\b(?:réservez|planifiez|demandez) (?:une|votre) (?:démo|démonstration)\b|\b(?:achetez|commandez) (?:maintenant|aujourd'hui|dès maintenant)\b|"
	r"\bdemandez (?:un|votre) devis\b|\bparle[rz] à (?:un commercial|nos commerciaux|notre équipe commerciale)\b",
)  # fmt: skip
SPANISH = Phrases(
	spam=(
		"100% gratis", "100 % gratis", "actúe ahora", "compre ahora", "compra ahora", "dinero fácil", "enhorabuena", "felicidades",
		"gana dinero", "gane dinero", "garantizado", "haga clic aquí", "haz clic aquí", "ha sido seleccionado", "has ganado",
		"mejor precio", "oferta increíble", "oportunidad única", "pida ahora", "promoción especial", "regalo gratis", "sin compromiso",
		"sin riesgo", "totalmente gratis", "urgente", "usted ha ganado",
	),
	bump=r"\b(?:solo|sólo) (?:quería|quiero|para) (?:hacer seguimiento|dar seguimiento|recordar\w*|saber si)\b|"
	r"\b(?:ha|has) (?:visto|leído|recibido) mi (?:último|anterior) (?:correo|mensaje|e-?mail)\b|\b(?:vio|viste|leyó|leíste) mi (?:último|anterior) (?:correo|mensaje|e-?mail)\b|"
	r"\bretomo (?:este|mi) (?:correo|mensaje)\b",
	scarcity=r"\búltima (?:oportunidad|ocasión)\b|\b(?:solo|sólo) (?:quedan |queda )?(?:\d+|unas pocas|pocas|dos|tres|cinco) (?:\w+ )?(?:plazas?|licencias?|unidades|lugares)\b|"
	r"\b(?:termina|acaba|expira|vence|cierra) (?:hoy|esta noche|mañana|pronto|a medianoche)\b|\b(?:solo|sólo) (?:por )?hoy\b|\btiempo limitado\b|"
	r"\b(?:dese|date) prisa\b|\bantes de que sea (?:demasiado )?tarde\b|\bno (?:se|te) lo pierdas?\b|\bcasi agotad\w+\b|\bhasta agotar existencias\b",
	watched=r"(?<!si )\b(?:usted ha|has|ha) (?:visitado|visto nuestra|consultado|abierto|hecho clic)\b|\b(?:su|tu) (?:visita|clic) (?:a|en)\b|"
	r"\b(?:hemos|he) (?:visto|notado|observado) que\b|\b(?:vimos|notamos) que\b|\b(?:estuvo|estuviste) en nuestra\b",
	pitch=r"\b(?:reserve|reserva|solicite|solicita|agende|agenda) (?:una|su|tu) (?:demo|demostración)\b|\b(?:compre|compra|pida|pide) (?:ahora|hoy)\b|"
	r"\b(?:solicite|solicita|pida|pide) (?:un|su|tu) presupuesto\b|\bhabl(?:e|a|ar) con (?:ventas|nuestro equipo comercial|un comercial)\b",
)  # fmt: skip
BY_LANGUAGE: Mapping[str, Phrases] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}


@dataclass(frozen=True, slots=True)
class Lookout:
	"""Compiled patterns for texts in one language."""

	spam: re.Pattern[str]
	bump: re.Pattern[str]
	scarcity: re.Pattern[str]
	watched: re.Pattern[str]
	pitch: re.Pattern[str]


def lookout(language: str = "") -> Lookout:
	"""What to look for in a text in `language`, or in any when it is not known. Feed it `plain` texts."""
	base = tags_of(language)[-1:] if language else ()
	return _lookout(base[0] if base else "")


def plain(text: str) -> str:
	"""`text` with the apostrophes and spaces the patterns are written with."""
	return text.replace("\u2019", "'").replace("\xa0", " ").replace("\u202f", " ")


@lru_cache(maxsize=16)
def _lookout(base: str) -> Lookout:
	known = (
		list(BY_LANGUAGE.values())
		if not base
		else [BY_LANGUAGE[code] for code in {base, "en"} & set(BY_LANGUAGE)]
	)
	words = sorted({word for one in known for word in one.spam})

	def either(name: str) -> re.Pattern[str]:
		return re.compile("|".join(getattr(one, name) for one in known), re.IGNORECASE)

	return Lookout(
		spam=re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words), re.IGNORECASE),
		bump=either("bump"),
		scarcity=either("scarcity"),
		watched=either("watched"),
		pitch=either("pitch"),
	)
