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
from nurture_app.site.public.page import csrf_field, hidden_inputs
from nurture_app.site.public.request import PublicRequest, Refused

SECONDS = 2
"""Until a form is taken. People need longer to read one sentence."""
HOURS = 12
"""How long a page may stay open."""
TRAP = "website"
SHOWN = "shown"


def buttons(about: str, yes: str, no: str, shown: str = "", quiet_yes: bool = False) -> Markup:
	"""The form with both buttons; `about` is what it is for (purpose and signed token), `shown` an earlier moment."""
	return Markup(
		'<form method="post" class="twins">{hidden}'
		'<button type="submit" name="answer" value="no" class="quiet second">{no}</button>'
		'<button type="submit" name="answer" value="yes" class="first">{yes}</button></form>'
	).format(hidden=hidden_inputs(csrf_field()) + fields(about, shown), yes=yes, no=no)


def fields(about: str, shown: str = "") -> Markup:
	"""What a form must carry so that `is_in_time` knows it; `shown` is the moment of an earlier page."""
	trap = Markup(
		'<div class="away" aria-hidden="true"><label>{} <input type="text" name="{}" tabindex="-1"'
		' autocomplete="off"></label></div>'
	).format(_("Leave this empty"), TRAP)
	return hidden_inputs({SHOWN: shown or _stamp(about, int(time.time()))}) + trap


def answer(request: PublicRequest, about: str) -> str:
	"""What was pressed: `yes`, `no`, or `again` when it came too soon or too late to be taken.

	Raises `Refused` 400 for what no form of ours can send.
	"""
	in_time, pressed = is_in_time(request, about), request.form.get("answer")
	if pressed not in ("yes", "no"):
		raise _no_form_of_ours()
	return "again" if pressed == "yes" and not in_time else pressed


def is_in_time(request: PublicRequest, about: str) -> bool:
	"""Whether the page was open as long as a person needs, and not for days. Raises `Refused` 400 as `answer`."""
	moment = _moment(about, request.form.get(SHOWN) or "")
	if request.form.get(TRAP) or moment is None:
		raise _no_form_of_ours()
	return SECONDS <= time.time() - moment <= HOURS * 3600


def _no_form_of_ours() -> Refused:
	return Refused(400, _("Please open the link in the e-mail once more and press a button on the page."))


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
