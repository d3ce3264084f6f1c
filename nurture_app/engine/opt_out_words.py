"""Whether an answer asks for silence: STOP and its like, in any channel and many languages (CP-05, CH-05). Pure.

Only an answer that says nothing else counts: the words for it, and the small words around them ("please", "SMS", "mir").
So "Stop, please!" ends the messages, while "Please do not stop" or "Stop by on Monday" is for a colleague to read.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MOST_WORDS = 12
"""Whoever writes more than this says more."""

_WORDS = (
	"stop stopall unsubscribe optout opt-out remove"
	" stopp stopt stoppen abmelden abmeldung abbestellen abbestellung austragen"
	" afmelden afmeld uitschrijven framelding avmeld avslutt avsluta avregistrera lopeta"
	" arret arrets arreter desabonner desabonnement desinscrire desinscription"
	" baja desuscribir descadastrar basta disiscrivi disiscrivimi cancellami wypisz"
	" стоп отписаться отписка στοπ הסר הסירו توقف ايقاف إيقاف الغاء إلغاء"
	" 停止 退订 退訂 取消订阅 配信停止 수신거부"
)
_BY_TELEPHONE = "end ende cancel quit salir sair alto parar pare cancelar annulla koniec iptal dur"
"""Words that gateways listen for, and that a mail may mean otherwise."""
_PHRASES = (
	"opt out|no more|do not contact|dont contact|do not text|dont text|do not write|dont write|stop contacting|"
	"stop texting|stop writing|keine mehr|keine weiteren|nicht mehr schreiben|niet meer|geen meer|plus de|"
	"ne plus ecrire|darme de baja|dar de baja|darse de baja|no mas|nao mais|non piu"
)
_AROUND = (
	"please pls plz me my us it this that these from to of the all any now thanks thank you your i want wish"
	" sms texts message messages messaging whatsapp mail mails email emails e-mail e-mails newsletter newsletters"
	" list mailing promotion promotions promotional marketing ads sending send immediately"
	" bitte mich mir uns danke alle sofort nachricht nachrichten vom von der dem verteiler liste werbung"
	" svp merci s il vous plait moi les la messages courriels tous por favor gracias los las mis mensajes correos"
	" per favore grazie alstublieft berichten obrigado"
)
"""Small words that change nothing."""


def is_stop(text: str, more: str = "", *, by_mail: bool = False) -> bool:
	"""Whether an answer asks for silence.

	`more` are a site's own words, one per line; `by_mail` leaves out what only gateways for telephones read so ("END").
	"""
	words = _words(text)
	if not words or len(words) > MOST_WORDS:
		return False
	said = [word for word in words if word not in _known(_AROUND)]
	stops = _known(_WORDS) if by_mail else _known(f"{_WORDS} {_BY_TELEPHONE}")
	if said and all(word in stops for word in said):
		return True
	return " ".join(said) in _lines(_PHRASES.replace("|", "\n")) or " ".join(words) in _lines(more)


def _words(text: str) -> list[str]:
	"""In small letters, without accents and punctuation."""
	plain = unicodedata.normalize("NFKD", (text or "")[:500]).casefold()
	plain = "".join(one for one in plain if not unicodedata.combining(one))
	return re.sub(r"[^\w\s-]|_|(?<!\w)-|-(?!\w)", " ", re.sub("['\u2019]", "", plain)).split()


@lru_cache
def _known(words: str) -> frozenset[str]:
	return frozenset(_words_of_any_length(words))


def _words_of_any_length(text: str) -> list[str]:
	return [one for word in text.split() for one in _words(word)]


@lru_cache(maxsize=16)
def _lines(text: str) -> frozenset[str]:
	return frozenset(" ".join(_words(line)) for line in text.splitlines()) - {""}
