"""A ticked box as consent, with the words that stood beside it (CP-01, CT-02)."""

from __future__ import annotations

from frappe import _

from nurture_app.engine import optout
from nurture_app.engine.capture.plain import one_line, paragraphs
from nurture_app.engine.capture.submission import Checked
from nurture_app.engine.config import Settings
from nurture_app.site.host import site_host

LONGEST_WORDING = 2000


def record_consent(lead: str, checked: Checked, settings: Settings) -> None:
	"""At once, or pending until the person confirms by mail, as the site has chosen."""
	submission = checked.submission
	wording = paragraphs(submission.wording or settings.consent_wording)[:LONGEST_WORDING]
	source = one_line(submission.form)[:140] or checked.source
	topics = tuple(one_line(topic)[:140] for topic in submission.topics)
	try:
		from nurture_app.site.consent.opt_in import ask_or_record
	except ImportError:
		optout.set_consent(
			site_host(commit=False), lead, checked.address, "Given", source, _("The person"), wording
		)
		return
	ask_or_record(lead, checked.address, wording, source, submission.ip, topics)
