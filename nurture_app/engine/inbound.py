"""What kind of answer a received e-mail is, from the little a mail client keeps of it.

Headers such as Auto-Submitted are gone when a mail has become a Frappe Communication, so subject, sender and the first
lines must do. In doubt it is a reply: missing one would keep a sequence running at somebody who has answered.
"""

from __future__ import annotations

import re

_BOUNCE_SENDERS = re.compile(
	r"^(mailer-daemon|mail-daemon|postmaster|mail-?delivery(-?(system|subsystem))?|mdaemon|bounces?|"
	r"(bounces?|return)[+=-].*|microsoftexchange[0-9a-f]+)@",
	re.IGNORECASE,
)
_BOUNCE_SUBJECTS = (
	r"undeliver(ed|able)( mail| message)?( returned to sender)?\b",
	r"(mail )?delivery (status notification|failure|failed|has failed|incomplete|subsystem)",
	r"mail delivery (failed|system)",
	r"(message|mail) (could not be|not) delivered",
	r"returned (mail|to sender)\b.*",
	r"failure notice$",
	r"delivery notification:? .*failed",
	r"unzustellbar\b",
	r"(nachricht|e-?mail|mail) (konnte )?nicht (zugestellt|zustellbar)",
	r"non remis\b",
	r"échec de (la )?(remise|distribution)",
	r"no se (puede|pudo|ha podido) entregar",
	r"no entregado\b",
	r"mancato recapito\b",
	r"impossibile recapitare",
	r"onbestelbaar\b",
	r"não (foi )?(entregue|possível entregar)",
	r"niedostarczon",
	r"недоставлен",
	r"配信不能|配達不能",
	r"无法送达|退信",
)
_AUTO_SUBJECTS = (
	# English
	r"(automatic|auto|automated)[ -]?(reply|response|answer)\b",
	r"auto(matic)?[ :-]+(out of (the )?office)",
	r"out[ -]of[ -](the[ -])?office\b",
	r"(i am |i'm |currently )?(away from|out of) (the|my) (office|desk)",
	r"on (annual |parental |maternity |paternity |sick )?leave\b",
	r"on (vacation|holiday)\b",
	r"vacation (reply|response|notice|message)",
	r"(thank you|thanks) for (contacting|your (e-?mail|message|enquiry|inquiry))( us)?[.!]?$",
	r"your (e-?mail|message|request) (has been|was) received",
	r"\[?(ticket|case|request) (#|no)?.*\b(received|created|opened)\b",
	# German
	r"automatische (antwort|beantwortung|rückantwort)",
	r"abwesen(d|heit)(snotiz|sbenachrichtigung|smeldung|sassistent)?\b",
	r"(bin |derzeit |zurzeit )?nicht im (büro|haus)",
	r"(im |in )urlaub\b",
	r"urlaub(snotiz|svertretung)?\b.*\b(bis|zurück)\b",
	# French
	r"réponse automatique",
	r"absence du bureau",
	r"absen(t|te|ce) (du|jusqu|temporaire)",
	r"(en )?congés? (jusqu|annuels?|maternité)",
	# Spanish
	r"respuesta automática",
	r"fuera de (la )?oficina",
	r"ausente (de|hasta)",
	# Portuguese
	r"resposta automática",
	r"(fora|ausente) do escritório",
	r"ausência temporária",
	# Italian
	r"risposta automatica",
	r"fuori (sede|ufficio)",
	r"assen(te|za) (dall|fino|temporanea)",
	# Dutch
	r"automatisch (antwoord|bericht)",
	r"(niet op kantoor|afwezig(heid)?)\b",
	# Polish
	r"autoodpowiedź|automatyczna odpowiedź",
	r"(poza biurem|nieobecno)",
	# Nordic
	r"(automatiskt svar|autosvar|automatisk svar)\b",
	r"(frånvar|fravær|fraværende)",
	r"automaattinen vastaus|poissa toimistosta",
	# Turkish
	r"otomatik (yanıt|cevap)",
	# Russian
	r"автоматический ответ|автоответ",
	# Japanese, Chinese, Korean
	r"自動(返信|応答)|不在(通知|のお知らせ)",
	r"自动(回复|答复)|外出",
	r"자동 ?(회신|응답)|부재 ?중",
	# Arabic
	r"رد تلقائي",
)
_AUTO_SENDERS = re.compile(
	r"^(no-?reply|do-?not-?reply|auto-?reply|autoresponder?|automailer)\b.*@", re.IGNORECASE
)
_AUTO_BODIES = (
	r"this (is an automat(ed|ic)|e-?mail (was|is) automatically generated)",
	r"(dies|das) ist eine automatisch (erstellte|generierte)",
	r"ceci est (un message|une réponse) automatique",
	r"(este|esto) es un (mensaje|correo) automático",
)
_AWAY = re.compile(
	r"\b(out of (the )?office|on (annual |parental |maternity |paternity |sick )?leave|on (vacation|holiday)|away from (my|the) (desk|office)|"
	r"nicht im büro|im urlaub|außer haus|abwesend|absente?|en congés?|en vacances|fuera de la oficina|de vacaciones|ausente|"
	r"fuori ufficio|in ferie|niet op kantoor|afwezig|fora do escritório|de férias|poza biurem|na urlopie)\b",
	re.IGNORECASE,
)
_BACK = re.compile(
	r"\b(until|till|returning|i('ll| will)? (return|be back)|back (on|in the office)|limited access to (my )?e-?mail|in urgent (cases|matters)|"
	r"bis (zum|einschließlich|\d)|wieder (da|erreichbar|im büro)|in dringenden fällen|jusqu|de retour|en cas d.urgence|"
	r"hasta el|de regreso|en caso de urgencia|fino al|rientr|tot en met|até (o |dia )?|do dnia)",
	re.IGNORECASE,
)
_PREFIX = re.compile(
	r"^\s*((re|aw|antw|sv|vs|rv|odp|ynt|回复|答复|fw|fwd|wg|tr|rif|r)\s*(\[\d+\])?\s*[::]\s*)+", re.IGNORECASE
)

_bounce_subject = re.compile("|".join(f"(?:{pattern})" for pattern in _BOUNCE_SUBJECTS), re.IGNORECASE)
_auto_subject = re.compile("|".join(f"(?:{pattern})" for pattern in _AUTO_SUBJECTS), re.IGNORECASE)
_NOTE_ON = re.compile(r"\s*auto:(.*)", re.IGNORECASE | re.DOTALL)
_auto_body = re.compile("|".join(f"(?:{pattern})" for pattern in _AUTO_BODIES), re.IGNORECASE)

SUBJECT_START = 60
"""An out-of-office note says so at the start of its subject, before it quotes ours."""
BODY_START = 400


def classify_inbound(subject: str, sender: str, body_start: str) -> str:
	"""`reply`, `auto_reply` or `bounce` (CT-28). `sender` is an address; `body_start` plain text, its beginning."""
	sender = (sender or "").strip()
	title = " ".join((subject or "").split())
	bare = _PREFIX.sub("", title)
	is_answer = bare != title
	if _BOUNCE_SENDERS.match(sender):
		return "bounce"
	if not is_answer and _bounce_subject.match(bare):
		return "bounce"
	if _AUTO_SENDERS.match(sender):
		return "auto_reply"
	# "Re: Out of office rules" answers a mail of ours with that subject: look at the bare subject only if it is no answer.
	if not is_answer and _auto_subject.search(bare[:SUBJECT_START]):
		return "auto_reply"
	body = " ".join((body_start or "").split())[:BODY_START]
	# Being away is no auto-reply yet ("I am on holiday next week, call me after"); saying when one is back makes it one.
	if _auto_body.search(body) or (_AWAY.search(body) and _BACK.search(body)):
		return "auto_reply"
	return "reply"


def is_note_on(subject: str, answered: str) -> bool:
	"""Whether a mail bears the subject that mail servers give an absence note by themselves: `Auto:` and that of the mail
	`answered` (RFC 5230, 4.6). Alone the word says nothing: people write about cars."""
	note = _NOTE_ON.match(subject or "")
	return bool(note) and _bare(note[1]) == _bare(answered) != ""


def _bare(subject: str) -> str:
	return " ".join(_PREFIX.sub("", subject or "").split()).casefold()
