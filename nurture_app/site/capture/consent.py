"""A ticked box as consent, with the words that stood beside it (CP-01, CT-02)."""

from __future__ import annotations

from nurture_app.engine.capture.plain import one_line, paragraphs
from nurture_app.engine.capture.submission import Checked
from nurture_app.site.consent.opt_in import ask_or_record

LONGEST_WORDING = 2000


def record_consent(lead: str, checked: Checked) -> None:
	"""At once, or pending until the person confirms by mail, as the site has chosen."""
	submission = checked.submission
	wording = paragraphs(submission.wording)[:LONGEST_WORDING]
	source = one_line(submission.form)[:140] or checked.source
	topics = tuple(one_line(topic)[:140] for topic in submission.topics)
	ask_or_record(lead, checked.address, wording, source, submission.ip, topics)
