"""Buttons that a link scanner does not press, for pages on which one press says something in a person's name.

What scanners do, and what helps against it:

- Nearly all fetch the links of a mail and go no further. That only POST acts is what stops them; everything below is
  for the few that go on.
- Some send the forms they find, at once. The form carries the signed moment at which its page was shown for this very
  link, and is not taken before `SECONDS` have passed: that helps against all that do not wait, and costs people nothing.
- A program that sends a form as it stands presses its first button, or none. The first button here (in the code; people
  see it second) says no, and a form without a button says nothing: this helps against programs that wait, too.
- A program that fills in everything it finds also fills in the field that people do not see. That helps little, for
  few do, but costs nothing.
- That a link works once does not keep a scanner from using it; it keeps anybody who finds the mail later from using
  it again.

None of this stops a program that renders the page, reads it and presses the right button as a person would. Against
that only a secret helps that is not in the mail, and asking for one would keep more people out than robots.
"""

from __future__ import annotations

import hmac
import time

from frappe import _
from markupsafe import Markup

from nurture_app.site.links import keyed_hash
from nurture_app.site.public.page import csrf_field
from nurture_app.site.public.request import PublicRequest, Refused

SECONDS = 2
"""Until a form is taken. People need longer to read one sentence."""
HOURS = 12
"""How long a page may stay open."""
TRAP = "website"
SHOWN = "shown"


def buttons(about: str, yes: str, no: str, shown: str = "", quiet_yes: bool = False) -> Markup:
	"""The form with both buttons; `about` is what it is for (purpose and signed token), `shown` an earlier moment."""
	stamp = shown or _stamp(about, int(time.time()))
	hidden = Markup("").join(
		Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
		for name, value in {SHOWN: stamp, **csrf_field()}.items()
	)
	return Markup(
		'<form method="post" class="twins">{hidden}'
		'<div class="away" aria-hidden="true"><label>{leave} <input type="text" name="{trap}" tabindex="-1"'
		' autocomplete="off"></label></div>'
		'<button type="submit" name="answer" value="no" class="quiet second">{no}</button>'
		'<button type="submit" name="answer" value="yes" class="first">{yes}</button></form>'
	).format(hidden=hidden, leave=_("Leave this empty"), trap=TRAP, yes=yes, no=no)


def answer(request: PublicRequest, about: str) -> str:
	"""What was pressed: `yes`, `no`, or `again` when it came too soon or too late to be taken.

	Raises `Refused` 400 for what no form of ours can send.
	"""
	form = request.form
	moment = _moment(about, form.get(SHOWN) or "")
	if form.get(TRAP) or moment is None or form.get("answer") not in ("yes", "no"):
		raise Refused(400, _("Please open the link in the e-mail once more and press a button on the page."))
	age = time.time() - moment
	if form["answer"] == "yes" and not SECONDS <= age <= HOURS * 3600:
		return "again"
	return form["answer"]


def first_shown(request: PublicRequest, about: str) -> str:
	"""The moment in a posted form, to be shown again, unless it is too old to be of use."""
	stamp = request.form.get(SHOWN) or ""
	moment = _moment(about, stamp)
	return stamp if moment is not None and time.time() - moment < HOURS * 3600 else ""


def _stamp(about: str, moment: int) -> str:
	return f"{moment}.{keyed_hash('shown', f'{about}|{moment}')}"


def _moment(about: str, stamp: str) -> int | None:
	digits, _dot, _signature = stamp.partition(".")
	if not (digits.isascii() and digits.isdigit()) or len(digits) > 12:
		return None
	known = hmac.compare_digest(_stamp(about, int(digits)).encode(), stamp.encode())
	return int(digits) if known else None
