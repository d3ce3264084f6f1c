"""One request to another side, and what came of it as the queue understands it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.codes import Reason
from nurture_app.engine.outgoing.parcels import CallResult
from nurture_app.site.channels.addresses import refusal_sentence
from nurture_app.site.outgoing_http import TIMEOUT, AddressRefused, Answer, NoAnswer, fetch

EXCERPT = 500
"""Characters of an answer that are kept."""
AGENT = "nurture_app"


def ask(
	url: str, method: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[CallResult, Answer | None]:
	"""One request, with what became of it; the answer too, for those who must look into it."""
	try:
		answer = fetch(url, method, {"User-Agent": AGENT, **headers}, body, timeout=TIMEOUT)
	except AddressRefused as refusal:
		# A name that nobody knows may be known again in an hour; a private address stays one.
		reason = Reason.NO_ANSWER if refusal.reason == "unknown_host" else Reason.ADDRESS_REFUSED
		text = refusal_sentence(refusal.reason, refusal.host or url)
		return CallResult(problem=reason, reached=False, text=text[:EXCERPT]), None
	except NoAnswer as silence:
		reason = Reason.TIMED_OUT if silence.reached else Reason.NO_ANSWER
		return CallResult(problem=reason, reached=silence.reached, text=str(silence)[:EXCERPT]), None
	return (
		CallResult(
			answer.status, text=without_markup(answer.text[:EXCERPT])[:EXCERPT], retry_after=_seconds(answer)
		),
		answer,
	)


def _seconds(answer: Answer) -> int:
	"""What `Retry-After` asks for: a number of seconds, or a moment (RFC 9110)."""
	said = answer.headers.get("retry-after", "").strip()
	if said.isascii() and said.isdigit():
		return int(said) if len(said) < 8 else 0
	try:
		moment = parsedate_to_datetime(said)
	except (TypeError, ValueError):
		return 0
	moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
	return max(0, int((moment - datetime.now(timezone.utc)).total_seconds()))
