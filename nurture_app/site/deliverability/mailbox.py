"""The mailbox that only bounces and complaints go to, read raw (DH-08).

Frappe makes Communications of mails and drops the part of a bounce that machines read. So a mailbox kept for them is
read here, with Frappe's own connection. Nothing in an IMAP mailbox is changed: the last number read is remembered, after
what it led to was committed. If a run dies in between, the mails are read again and known by their keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from nurture_app.engine.bounces.consequences import Evidence, State, act_on, fingerprint
from nurture_app.engine.bounces.parse import LONGEST, describe_message, parse_message
from nurture_app.engine.bounces.report import one_line
from nurture_app.engine.capture.plain import without_markup
from nurture_app.engine.ports import Host
from nurture_app.site.host import site_host
from nurture_app.site.transactions import RETRYABLE, retrying

SOURCE = "Bounce Mailbox"
NOT_UNDERSTOOD = "Not Understood"
AT_ONCE = 300
"""Mails a run reads; the next run goes on."""
REMEMBER_EVERY = 20
TIMEOUT = 30
"""Seconds; Frappe sets none by itself."""
MEMORY = "nurture_app_bounce_mailbox"


@dataclass
class Position:
	"""How far a mailbox has been read. `read_on` is when it last worked, `error` why it does not."""

	account: str = ""
	uid_validity: str = ""
	uid: int = 0
	read_on: str = ""
	error: str = ""


@dataclass
class Reading:
	"""What a run found."""

	mails: int = 0
	reports: int = 0
	set_aside: int = 0


def read_mailbox() -> Reading | None:
	"""Read what is new; None where no mailbox is set. Commits. A server that does not answer is remembered, not raised."""
	account = frappe.db.get_single_value("Nurture Settings", "bounce_mailbox")
	if not account:
		return None
	position = last_position()
	if position.account != account:
		position = Position(account=account)
	reading = Reading()
	try:
		_read(frappe.get_doc("Email Account", account), position, reading)
		position.error = ""
		position.read_on = str(now_datetime())
	except RETRYABLE:
		raise
	except Exception as error:
		frappe.db.rollback()
		told = one_line(error, 300) or type(error).__name__
		if told != position.error:
			frappe.log_error(title=f"nurture_app: bounce mailbox {account}"[:140])
		position.error = told
	_remember(position)
	return reading


def last_position() -> Position:
	"""Where the last run stopped; the beginning where that is not known."""
	try:
		return Position(**json.loads(frappe.db.get_global(MEMORY) or "{}"))
	except (TypeError, ValueError):
		return Position()


def _read(account: Any, position: Position, reading: Reading) -> None:
	frappe.conf.pop_timeout = frappe.conf.pop_timeout or TIMEOUT
	server = account.get_incoming_server(in_receive=True)
	if cint(account.use_imap):
		imap = getattr(server, "imap", None)
		if imap is None or imap.state != "AUTH":
			raise ConnectionError(_("The mail server did not let us in."))
		mails = _from_imap(imap, _folder(account), position)
	else:
		if getattr(server, "pop", None) is None:
			raise ConnectionError(_("The mail server did not let us in."))
		mails = _from_pop(server.pop)
	try:
		for raw in mails:
			_take(raw, reading)
			if reading.mails % REMEMBER_EVERY == 0:
				_remember(position)
	finally:
		try:
			server.logout()
		except Exception:
			frappe.logger("nurture_app").info("bounce mailbox: no goodbye")


def _folder(account: Any) -> str:
	folders = [row.folder_name for row in account.get("imap_folder") or () if row.folder_name]
	return (folders or ["INBOX"])[0].replace("\\", "").replace('"', "")


def _from_imap(imap: Any, folder: str, position: Position) -> Iterator[bytes]:
	"""Mails with a higher number than the last, oldest first. The position moves when the next one is asked for."""
	status, _count = imap.select(f'"{folder}"', readonly=True)
	if status != "OK":
		raise ConnectionError(_("The mailbox has no folder {0}.").format(folder))
	validity = str((imap.response("UIDVALIDITY")[1] or [b""])[0] or b"", "ascii", "replace")
	if validity != position.uid_validity:
		position.uid_validity, position.uid = (
			validity,
			0,
		)  # the server numbers its mails anew (RFC 3501, 2.3.1.1)
	_status, found = imap.uid("search", None, f"UID {position.uid + 1}:*")
	numbers = sorted({int(number) for number in (found[0] or b"").split() if number.isdigit()})
	# "5:*" names the last mail even if that is 3.
	for uid in [number for number in numbers if number > position.uid][:AT_ONCE]:
		_status, answer = imap.uid("fetch", str(uid), f"(BODY.PEEK[]<0.{LONGEST}>)")
		raw = next((part[1] for part in answer or () if isinstance(part, tuple)), b"")
		if raw:  # otherwise it was deleted meanwhile
			yield raw
		position.uid = uid


def _from_pop(pop: Any) -> Iterator[bytes]:
	"""POP3 has no lasting numbers, so what was read is deleted; the server does so only when we say goodbye."""
	for line in pop.list()[1][:AT_ONCE]:
		number = int(line.split()[0])
		yield b"\r\n".join(pop.retr(number)[1])[:LONGEST]
		pop.dele(number)


def _take(raw: bytes, reading: Reading) -> None:
	"""One mail: acted on and committed, or set aside with a reason."""
	reading.mails += 1
	host = site_host(commit=True)
	summary = describe_message(raw)
	key = mail_key(summary.message_id, raw)
	try:
		reports = parse_message(raw)
		for number, report in enumerate(reports):
			retrying(
				lambda report=report, number=number: act_on(host, report, Evidence(SOURCE, f"{key}|{number}"))
			)
		reading.reports += len(reports)
		why = "" if reports or summary.is_notification else _("It is no report of a mail server.")
	except RETRYABLE:
		raise
	except Exception as error:
		frappe.db.rollback()
		frappe.log_error(title="nurture_app: a mail in the bounce mailbox")
		why = one_line(error, 200)
	if why:
		_set_aside(host, key, f"{why} {_('From')}: {summary.sender}. {_('Subject')}: {summary.subject}")
		reading.set_aside += 1


def mail_key(message_id: str, raw: bytes) -> str:
	"""The same for a mail whether it comes through this mailbox or as a Communication, if it has an id."""
	return f"mail|{fingerprint(message_id or raw[:100_000])}"


def _set_aside(host: Host, key: str, words: str) -> None:
	columns = ("name", "kind", "state", "occurred_on", "source", "diagnostic", "dedupe_key")
	row = (
		host.db.new_name(),
		NOT_UNDERSTOOD,
		str(State.NOTED),
		host.clock.now(),
		SOURCE,
		without_markup(one_line(re.sub(r"\s+", " ", words))),
		f"{key}|aside",
	)
	with host.db.transaction():
		host.db.insert("tabNurture Bounce", columns, [row], ignore=True)


def _remember(position: Position) -> None:
	frappe.db.set_global(MEMORY, json.dumps(asdict(position)))
	frappe.db.commit()  # nosemgrep: a job; what was read up to here is committed
