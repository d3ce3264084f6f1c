"""From a server's codes and words to the kind of a failure.

The enhanced status code (RFC 3463, register at iana.org/assignments/smtp-enhanced-status-codes) speaks first; where it
says nothing in particular, the server's words; then the SMTP code's first digit (RFC 5321, 4.2.1).
"""

from __future__ import annotations

import re

from nurture_app.engine.bounces.report import Kind

ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|\.\d)")
SMTP = re.compile(r"(?<![\d.])([45][0-5]\d)(?=[\s\-,:;)'\"#]|$)")

EXACT: dict[str, Kind] = {
	# RFC 3463, 3.2: the address
	"5.1.0": Kind.HARD,  # "other address status": used for unknown recipients by Exchange and Cisco
	"5.1.1": Kind.HARD,  # bad destination mailbox
	"5.1.2": Kind.HARD,  # bad destination system: the domain takes no mail
	"5.1.3": Kind.HARD,  # bad destination mailbox syntax
	"5.1.4": Kind.HARD,  # destination mailbox ambiguous
	"5.1.6": Kind.HARD,  # mailbox has moved, no forwarding address
	"5.1.7": Kind.BLOCK,  # bad sender's mailbox syntax: our fault
	"5.1.8": Kind.BLOCK,  # bad sender's system: our fault
	"5.1.10": Kind.HARD,  # RFC 7505: null MX; Microsoft 365: recipient not found
	"5.1.90": Kind.BLOCK,  # Microsoft 365: our own daily limit is used up
	"5.1.351": Kind.HARD,  # Microsoft 365: the remote server knows no such recipient
	# RFC 3463, 3.3: the mailbox
	"5.2.1": Kind.HARD,  # disabled, not accepting messages
	"5.2.2": Kind.SOFT,  # full, whatever the first digit says
	"5.2.3": Kind.BLOCK,  # the message is too long for it
	"5.2.121": Kind.SOFT,  # Microsoft 365: the recipient gets too much mail an hour
	"5.2.122": Kind.SOFT,  # the same
	# RFC 3463, 3.4: their mail system
	"5.3.1": Kind.SOFT,  # disk full
	"5.3.2": Kind.SOFT,  # shut down
	"5.3.4": Kind.BLOCK,  # the message is too big for it
	# RFC 3463, 3.5: network and routing
	"5.4.1": Kind.HARD,  # Microsoft 365 (directory based edge blocking): the domain knows no such recipient
	"5.4.4": Kind.HARD,  # unable to route: the domain does not exist
	"5.4.6": Kind.SOFT,  # loop in their forwarding
	"5.4.7": Kind.SOFT,  # given up after days
	"5.4.14": Kind.SOFT,  # Microsoft 365: loop
	"5.4.300": Kind.SOFT,  # Microsoft 365: expired
	"5.4.310": Kind.HARD,  # Microsoft 365: the domain does not exist
	"5.4.312": Kind.SOFT,  # Microsoft 365: name server trouble
	"5.4.316": Kind.SOFT,  # Microsoft 365: expired, connection refused
	# RFC 7293, RFC 4954 and others: policy codes that do speak of the mailbox
	"5.7.13": Kind.HARD,  # account disabled (RFC 5248 register)
	"5.7.17": Kind.HARD,  # RFC 7293: the mailbox belongs to somebody else now
	"5.7.18": Kind.HARD,  # RFC 7293: the domain belongs to somebody else now
	# Google writes this for a mailbox that gets too much at once
	"4.2.1": Kind.SOFT,
}
SUBJECTS: dict[tuple[str, str], Kind] = {
	("5", "6"): Kind.BLOCK,  # RFC 3463, 3.7: content or media not accepted
	("5", "7"): Kind.BLOCK,  # RFC 3463, 3.8: security or policy; RFC 7372: SPF, DKIM, DMARC
	("4", "7"): Kind.BLOCK,  # the same for a while: greylisting, rate, reputation
	("4", "1"): Kind.SOFT,
	("4", "2"): Kind.SOFT,
	("4", "3"): Kind.SOFT,
	("4", "4"): Kind.SOFT,
	("4", "5"): Kind.SOFT,
	("4", "6"): Kind.SOFT,
}
SAYS_NOTHING = re.compile(r"[245]\.(0\.\d+|3\.0|4\.0|5\.\d+|2\.0|2\.4)$")
"""Codes servers use for anything: the words decide."""

_FULL = (
	r"(mailbox|quota|inbox|storage|account|user|postfach|boîte|buzón|casella|disk)\W+(\w+\W+){0,4}?"
	r"(full|exceed\w*|over\w*|voll|überfüllt|pleine?|lleno|piena|limit)",
	r"over ?quota|quota (has been )?exceeded|exceed\w* (the |its |his )?(\w+ )?(quota|storage|space)|insufficient (system )?(storage|disk)",
	r"(too many|too much) (mail|messages?) (in|for|received)|receiving mail (at a rate|too quickly)|mailbox size limit",
	r"not enough (storage|space)|no space left|out of storage|hat (sein|das) (speicher|kontingent)",
)
_BLOCK = (
	r"\b(spam|junk|unsolicited|bulk mail|phish\w*|malware|virus|blacklist\w*|black list|blocklist\w*|block list|denylist\w*|rbl|dnsbl)\b",
	r"spamhaus|barracuda|sorbs|spamcop|proofpoint|cloudmark|uceprotect|mimecast|senderbase|abusix|trendmicro",
	r"\b(spf|dkim|dmarc)\b|unauthenticated|not authenticated|sender (address )?(rejected|verify|denied)|domain of sender",
	r"(poor|bad|low) reputation|reputation of|too many (complaints|connections|recipients|invalid)|rate limit|throttl|greylist|graylist|deferred due to",
	r"(your|sending|client|source|sender'?s?) (ip|host|server|domain|network|address)\b.{0,40}(block|list|reject|denied|banned|refused|policy)",
	r"blocked (by|using|for|due|because|-)|is blocked|has been blocked|message (was )?(blocked|filtered)|content (rejected|filter|not accepted|policy)",
	r"(administrative prohibition|policy (violation|reasons?|rejection|restrict)|violat\w+ (of )?(our )?polic|security polic|prohibited by|not permitted|not authori[sz]ed to send|relay(ing)? (access )?(denied|not (allowed|permitted))|unable to relay)",
	r"(message|mail|size) (is )?(too (big|large)|size exceeds|exceeds (the )?(maximum|fixed|size))|attachment.{0,30}(not allowed|rejected|prohibited)",
	r"no (ptr|reverse dns)|reverse (dns|lookup|hostname)|ptr record|helo (command )?rejected|tls (required|is required)|encryption (needed|required)",
	r"als spam|spamverdacht|indésirable|correo no deseado|posta indesiderata",
)
_HARD = (
	r"(user|mailbox|recipient|address|account|alias|e-?mail|login|person|local part|empfänger\w*|postfach|benutzer|adresse|usuario|destinatario|destinataire|utente|casella|gebruiker|użytkownik)\W+"
	r"(\S+\W+){0,6}?(unknown|not ?(be )?(found|known|exist\w*|valid|listed|active|local)|(is )?(doesn.?t|does not|do not|did not|don.?t) (exist|have)|"
	r"no longer|inactive|disabled|deactivated|suspended|discontinued|terminated|closed|expired|invalid|unbekannt|existiert nicht|nicht gefunden|nicht bekannt|"
	r"inconnue?|n.existe pas|introuvable|desconocid[oa]|no existe|sconosciut[oa]|inesistente|non esiste|niet gevonden|onbekend|bestaat niet|unavailable|undeliverable)",
	r"(unknown|invalid|no such|nonexistent|non-existent|bad|inactive|disabled|undeliverable|unrouteable|unroutable) (local )?(user|mailbox|recipient|address|account|e-?mail|destination|alias|part|person|domain|virtual)",
	r"(doesn.?t|does not) have an? \S+ account|address couldn.?t be found|no mailbox (here )?by that name|not (listed in|our customer|a known user|a valid (user|mailbox|recipient))",
	r"(user|recipient|he|she|mailbox) (is )?(no longer|has left|moved)|not listed in (domino|public)|no (valid )?recipients?\b|no such person|couldn.?t find (any|a) (host|mail)",
	r"host (or domain name )?(name )?(not found|unknown|is unknown)|domain (name )?(not found|does ?n.t exist|does not exist|is invalid|unknown)|unknown host|no such domain|nxdomain|null mx|all relevant mx records point to non-existent hosts|an mx or srv record indicated no smtp service",
	r"(mailbox|account) (is )?(blocked|locked|frozen)|requested action not taken: mailbox unavailable|recipnotfound|recipientnotfound|recipient ?not ?found|unroutable address|unrouteable address",
)
_SOFT = (
	r"time(d)? ?out|timeout|connection (refused|reset|closed|lost|dropped)|could not connect|can.?t connect|unable to connect|no route to host|network (is )?unreachable",
	r"try (again|later)|temporar|retry (time ?out|timeout)|too long|queue (lifetime|too long)|expired|(loop|hop)s?\b|too many hops|service (unavailable|not available)",
	r"server (is )?(busy|down|unavailable|error)|system (error|not accepting|problem)|local error|resources|dns (error|failure)|lookup failure|"
	r"nicht erreichbar|momentan|später|temporaire|temporane|tijdelijk",
)


def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
	return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_WORDS = (
	(Kind.SOFT, _compiled(_FULL)),
	# Before HARD: "blocked: too many unknown users" says nothing of this one, and a block harms nobody.
	(Kind.BLOCK, _compiled(_BLOCK)),
	(Kind.HARD, _compiled(_HARD)),
	(Kind.SOFT, _compiled(_SOFT)),
)
LOOKED_AT = 4000
"""Characters of a server's words that are judged."""


def judge(enhanced: str, smtp: str, words: str) -> Kind:
	"""Hard, soft or block. In doubt soft: that harms nobody unless it happens again and again."""
	text = " ".join((words or "")[:LOOKED_AT].split())
	code = "" if SAYS_NOTHING.match(enhanced or "") else enhanced
	if code:
		found = EXACT.get(code) or SUBJECTS.get((code[0], code.partition(".")[2].partition(".")[0]))
		if found:
			return found
	for kind, pattern in _WORDS:
		if pattern.search(text):
			# A server that says "later" means it, even of an unknown user (greylisting, aliases that are being rebuilt).
			is_temporary = (code or enhanced or "")[:1] == "4" or smtp[:1] == "4"
			return Kind.SOFT if kind == Kind.HARD and is_temporary else kind
	if smtp in ("550", "551", "553") and not enhanced:
		return Kind.HARD  # RFC 5321, 4.2.3: mailbox unavailable, not local, name not allowed
	return Kind.SOFT


def codes_in(text: str) -> tuple[str, str]:
	"""The enhanced and the SMTP code a text speaks of; of several the first that says something."""
	text = (text or "")[:LOOKED_AT]
	enhanced = [".".join(match.groups()) for match in ENHANCED.finditer(text) if match[1] != "2"]
	telling = [code for code in enhanced if not SAYS_NOTHING.match(code)]
	smtp = SMTP.search(text)
	return (telling or enhanced or [""])[0], smtp[1] if smtp else ""
