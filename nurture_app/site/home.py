"""Where this site is at home. A backup restored elsewhere, or an old one restored here, holds sequences that run and mails
that wait: there nothing is done by itself until an administrator says so.

The database carries along the name, the address and a print of the key of the site it belongs to; a backup of the
database holds none of them otherwise. That it is older than what was done last is told by a file in the site's folder, for
`bench restore` empties Redis.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.utils import escape_html, format_datetime, now_datetime

from nurture_app.engine.sql import chunks
from nurture_app.site.active import is_active
from nurture_app.site.links import keyed_hash
from nurture_app.site.notices import tell_managers

MEMORY = "nurture_app_home"
LAST_DONE = "nurture_app_last_done.txt"
"""In the folder of the site: when the last tick began that did something."""
GLOBAL = "__global"
NOT_YET = datetime(9998, 12, 31)
"""As `send_after` of mails that wait for an administrator's word; not `channels.email.NEVER`, which is for good."""
MOMENT = 30
"""Seconds for which a flush believes the last answer."""


@dataclass(frozen=True, slots=True)
class Place:
	"""`site` is the name of its folder, `host` the one of `host_name`, if that is set, `key` a print of its key."""

	site: str = ""
	host: str = ""
	key: str = ""
	told: str = ""
	"""What managers were told of last."""


@dataclass(frozen=True, slots=True)
class Strange:
	"""What is not as it was. `sentence` and `remedy` are for administrators."""

	sentence: str
	remedy: str


def strange() -> Strange | None:
	"""Why nothing may be done here by itself; None where all is as it was, or the app was never used."""
	home, here = _remembered(), _here()
	if home is None:
		return None  # an earlier version has not been migrated yet
	remedy = _("If sequences shall run here, press “Go On Here…” in Nurture Settings.")
	if home.site != here.site or (home.host and home.host != here.host):
		sentence = _(
			"This database belongs to {0}, and this is {1}: it is a copy, or the site has moved. Nothing is done by itself: no step, no mail, no message, no call."
		).format(_described(home), _described(here))
		return Strange(sentence, f"{_about_key()} {remedy}" if home.key != here.key else remedy)
	if home.key != here.key:
		sentence = _("The encryption_key in site_config.json is not the one of this database's site.")
		return Strange(f"{sentence} {_nothing()}", f"{_about_key()} {remedy}")
	if since := _forgotten_since():
		sentence = _(
			"This database was restored from a backup: what was sent between {0} and {1} is forgotten and would be sent again, and who opted out then would be written to."
		).format(*map(format_datetime, since))
		return Strange(f"{sentence} {_nothing()}", remedy)
	return None


def keeps_still() -> bool:
	"""Asked by each job before it does anything; tells managers once. Commits."""
	found = strange()
	if found is None:
		_note_first_host()
		return False
	if not _was_ever_used():
		go_on()
		return False
	home = _remembered()
	if home and home.told != found.sentence:
		_write(home, told=found.sentence)
		_put_off_mails()
		subject = _("Sequences stand still")
		tell_managers("Nurture Settings", "Nurture Settings", f"{subject}: {escape_html(found.sentence)}", "")
		frappe.db.commit()  # nosemgrep: jobs only
	return True


def holds_back(queue_row: str) -> bool:
	"""Asked before each mail of ours leaves; what may not leave is put off. Believes an answer for half a minute."""
	answer, until = getattr(frappe.local, "nurture_keeps_still", (False, 0.0))
	if time.monotonic() > until:
		answer = strange() is not None and _was_ever_used()
		frappe.local.nurture_keeps_still = answer, time.monotonic() + MOMENT
	return answer and bool(frappe.db.exists("Nurture Touch", {"email_queue": queue_row}))


def go_on() -> None:
	"""From now on the sequences run here, and what was put off may leave. `bench execute nurture_app.site.home.go_on`"""
	_write(_here())
	forget_last_done()
	frappe.local.nurture_keeps_still = False, 0.0
	put_off = {"send_after": NOT_YET, "status": "Not Sent"}
	frappe.db.set_value("Email Queue", put_off, "send_after", None, update_modified=False)
	frappe.db.commit()  # nosemgrep: an administrator's word, or a job


def remember_first() -> None:
	"""After installing and migrating: where nothing is known, this is the place."""
	if _remembered() is None:
		_write(_here())


def note_done(moment: datetime) -> None:
	"""A tick that began at `moment` has done something; called after its commit."""
	try:
		_last_done().write_text(str(moment), encoding="utf-8")
	except OSError:
		frappe.logger("nurture_app").exception(LAST_DONE)  # a site whose folder is read-only goes without


def forget_last_done() -> None:
	"""By somebody's word this is the home, or the app goes: what was done before tells nothing any more."""
	_last_done().unlink(missing_ok=True)


def would_leave() -> str:
	"""What an administrator should know before saying that sequences go on here."""
	due = {"status": "Active", "due_on": ["<=", now_datetime()]}
	people = frappe.db.count("Nurture Enrollment", due)
	mails = frappe.db.count("Nurture Touch", {"status": "Queued", "channel": "Email"})
	calls = frappe.db.count("Nurture Outgoing", {"status": "Queued"})
	return _(
		"From now on sequences run here, towards real people. {0} people have a step that is due, {1} mails and {2} calls or text messages wait to leave."
	).format(people, mails, calls)


def _here() -> Place:
	name = frappe.conf.host_name or frappe.conf.hostname or ""
	host = urlsplit(name if "://" in name else f"//{name}").hostname or ""
	return Place(frappe.local.site, host, keyed_hash("home", ""))


def _remembered() -> Place | None:
	"""Never from the cache, which knows nothing of a database that was put in by other means than bench."""
	filters = {"parent": GLOBAL, "defkey": MEMORY}
	text = frappe.db.get_value("DefaultValue", filters, "defvalue", order_by=None)
	if not text:
		return None
	known = {field.name for field in fields(Place)}
	return Place(**{name: value for name, value in json.loads(text).items() if name in known})


def _write(place: Place, **changed: Any) -> None:
	frappe.db.set_global(MEMORY, json.dumps(asdict(place) | changed))


def _note_first_host() -> None:
	"""Many sites get their public address after the app."""
	home, here = _remembered(), _here()
	if home and here.host and not home.host:
		_write(here)


def _was_ever_used() -> bool:
	return is_active() or bool(frappe.db.get_value("Nurture Touch", {}, "name", order_by=None))


def _forgotten_since() -> tuple[datetime, datetime] | None:
	"""The last thing this database knows of and the last one that was done here, if that is later."""
	try:
		done = datetime.fromisoformat(_last_done().read_text(encoding="utf-8"))
	except (OSError, ValueError):  # none yet, or it is being written
		return None
	known = frappe.db.get_value("Nurture Run Log", {"job": "Tick"}, "started_on", order_by="started_on desc")
	# Log Settings clear the oldest lines, so that the newest is there, or none.
	return (known, done) if known and known < done else None


def _last_done() -> Path:
	return Path(frappe.get_site_path(LAST_DONE))


def _put_off_mails() -> None:
	"""Ours alone. Those a flush had in hand are stopped by `channels.leaving`."""
	queued = {"status": "Queued", "channel": "Email", "email_queue": ["is", "set"]}
	for names in chunks(frappe.get_all("Nurture Touch", queued, pluck="email_queue", order_by=None)):
		waits = {"name": ["in", names], "status": "Not Sent"}
		frappe.db.set_value("Email Queue", waits, "send_after", NOT_YET, update_modified=False)


def _described(place: Place) -> str:
	return f"{place.site} ({place.host})" if place.host else place.site


def _nothing() -> str:
	return _("Nothing is done by itself until you have looked.")


def _about_key() -> str:
	return _(
		"With another encryption_key stored passwords cannot be read, and links in mails sent before do not work, except for the one to unsubscribe: take the key over from the old site_config.json first."
	)
