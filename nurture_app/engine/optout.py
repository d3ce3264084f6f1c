"""Consent given and withdrawn, and the list of addresses that get nothing any more. The evidence is `evidence`'s.

An opt-out is one transaction in this order: the leads are locked, as whoever scores them does; the suppression is
written; the enrollments of the person are ended, which waits for a tick that is recording a message to them; then
messages that tick queued are taken back. So no message leaves after an opt-out, even from a batch already claimed
(invariant 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nurture_app.engine import activities
from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.after_consent import start_what_waited_in
from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.enrollments.ending import end_for_person
from nurture_app.engine.evidence import Evidence, note_request, write_consent
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, delete_by_name, doctype, locking, params

ACTIVITY_OF = {"Unsubscribed": "Unsubscribe", "Complaint": "Spam Complaint", "Bounced": "Email Bounced"}
EXIT_OF = {"Unsubscribed": Reason.UNSUBSCRIBED, "Complaint": Reason.COMPLAINT, "Bounced": Reason.BOUNCED}
SUPPRESSION_COLUMNS = (
	"name",
	"address",
	"address_hash",
	"channel",
	"reason",
	"occurred_on",
	"source",
	"suppression_key",
)
NO_TRACKING = "nurture_no_tracking"
"""The field of the Lead that leaves a person out of tracking; a withdrawal ticks it, only the person unticks it."""
LIFTED_BY_PERSON = ("Unsubscribed", "No Reaction", "Erased")
"""Reasons of a suppression that a confirmed opt-in of the person lifts; any other one takes a manager."""
STRENGTH = {"No Reaction": 0, "Complaint": 2}
"""Of two reasons the stronger one stands; all others have 1. A stop of ours, which interest alone lifts, is the weakest."""


def unsubscribe(host: Host, address: str, source: str, reason: str = "Unsubscribed", party: str = "") -> bool:
	"""Stop all marketing e-mail to an address, everywhere and at once (CP-05). Says whether this was news.

	`reason` is one of Nurture Suppression's: Unsubscribed, Bounced, Complaint, Manual, No Reaction, Erased. `party`
	names the lead the request came through, in case the address is no longer on it.
	"""
	with host.db.transaction():
		return suppress(host, address, source, reason, party)


def suppress(
	host: Host, address: str, source: str, reason: str, party: str = "", *, is_recorded: bool = False
) -> bool:
	"""`unsubscribe` within the caller's transaction. `is_recorded`: the activity that says so is in the ledger already."""
	known = normalise(address)
	if not known:
		raise NurtureError("address_invalid", address=address)
	leads = lock_leads_of(host, known, party)
	now = host.clock.now()
	hashed = address_hash(known)
	row = (
		host.db.new_name(),
		known,
		hashed,
		"Email",
		reason,
		now,
		source[:140],
		suppression_key("Email", hashed),
	)
	is_new = bool(host.db.insert("tabNurture Suppression", SUPPRESSION_COLUMNS, [row], ignore=True))
	is_new = is_new or _strengthen(host, hashed, reason, source)
	end_for_person(host, known, leads, EXIT_OF.get(reason, Reason.SUPPRESSED))
	if reason in ("Unsubscribed", "Complaint"):
		_withdraw(host, leads, known, source)
	kind = ACTIVITY_OF.get(reason)
	if kind and is_new and not is_recorded:
		activities.record_in(
			host,
			[
				activities.ActivityIn(
					lead, kind, now, "Email", detail=source[:255], dedupe_key=f"{kind}|{row[0]}|{lead}"
				)
				for lead in leads
			],
		)
	return is_new


def _strengthen(host: Host, hashed: str, reason: str, source: str) -> bool:
	"""Give an address that gets nothing already a stronger reason for it; says whether `reason` is one. Index (address_hash)."""
	table = doctype("Nurture Suppression", "s")
	query = Query.from_(table).select(table.name, table.reason)
	query = query.where((table.address_hash == P(hashed)) & (table.channel == P("Email")))
	weaker = [
		name
		for name, known in host.db.rows(locking(query, host.db.dialect))
		if STRENGTH.get(known, 1) < STRENGTH.get(reason, 1)
	]
	columns = ("name", "reason", "occurred_on", "source")
	now = host.clock.now()
	host.db.update("tabNurture Suppression", columns, [(name, reason, now, source[:140]) for name in weaker])
	return bool(weaker)


def suppression_key(channel: str, hashed: str) -> str:
	return f"{channel}|{hashed}"


def set_consent(
	host: Host,
	party: str,
	address: str,
	status: str,
	source: str,
	recorded_by: str,
	wording: str = "",
	channel: str = "Email",
	proof: str = "",
	occurred_on: datetime | None = None,
) -> None:
	"""Record that a lead gave or withdrew marketing consent for a channel, with the evidence (CP-01, CP-02).

	`status` is Given, Pending or Withdrawn; `occurred_on` (naive, host zone) is now unless told otherwise. Giving
	consent does not lift a suppression: somebody must do that knowingly. A yes to mail starts what waited for it.
	"""
	if status not in ("Given", "Pending", "Withdrawn"):
		raise NurtureError("consent_status_unknown", status=status)
	with host.db.transaction():
		lock_leads_of(host, normalise(address), party)
		evidence = Evidence(status, source, recorded_by, wording, proof, occurred_on or host.clock.now())
		write_consent(host, party, normalise(address), channel, evidence)
		if channel == "Email":
			_project_consent(host, [party], status)
		if channel == "Tracking" and status == "Withdrawn":
			host.db.update("tabLead", ("name", NO_TRACKING), [(party, 1)])
		if status == "Withdrawn" and channel == "Email" and normalise(address):
			suppress(host, address, source, "Unsubscribed", party)
		if status == "Given" and channel == "Email":
			start_what_waited_in(host, [party])


def ask_for_opt_in(host: Host, party: str, address: str, source: str, wording: str, proof: str) -> None:
	"""Note that a confirmation was asked for. What is on record (a yes or a no) stays what it is until it comes."""
	with host.db.transaction():
		lock_leads_of(host, normalise(address), party)
		evidence = Evidence("Pending", source, "", wording, proof, host.clock.now())
		note_request(host, party, normalise(address), "Email", evidence)


def confirm_opt_in(
	host: Host, parties: Sequence[str], address: str, source: str, wording: str, proof: str
) -> bool:
	"""The person said yes from the mailbox: consent is given, and their own earlier no is lifted (CP-03).

	Lifts a suppression with a reason of `LIFTED_BY_PERSON`, `Lead.unsubscribed` and Frappe's Email Unsubscribe. Says
	whether mail may come: a bounce, a complaint or a manager's entry stays. Once the topics are known too, call
	`start_what_waited`.
	"""
	known = normalise(address)
	if not known:
		raise NurtureError("address_invalid", address=address)
	with host.db.transaction():
		leads = lock_leads_of(host, known, "")
		lock_leads(host, set(parties) - set(leads))
		lifted = _lift(host, known, sorted({*leads, *parties}))
		proof = "\n".join(filter(None, (proof, *lifted)))
		evidence = Evidence("Given", source, "", wording, proof, host.clock.now())
		for party in parties:
			write_consent(host, party, known, "Email", evidence)
		_project_consent(host, list(parties), "Given")
		return not suppression_of(host, known)


def suppression_of(host: Host, address: str) -> str:
	"""Why an address gets no marketing e-mail (a reason of Nurture Suppression), or empty. Index (address_hash)."""
	table = doctype("Nurture Suppression", "s")
	query = Query.from_(table).select(table.reason).where(table.address_hash == P(address_hash(address)))
	for (reason,) in host.db.rows(query.where(table.channel == P("Email"))):
		return reason or "Manual"
	return ""


def _lift(host: Host, address: str, leads: list[str]) -> list[str]:
	"""Take back what the person once said; returns a line about each for the evidence."""
	lines = []
	table = doctype("Nurture Suppression", "s")
	query = Query.from_(table).select(table.name, table.reason, table.occurred_on, table.source)
	query = query.where((table.address_hash == P(address_hash(address))) & (table.channel == P("Email")))
	rows = [row for row in host.db.rows(locking(query, host.db.dialect)) if row[1] in LIFTED_BY_PERSON]
	if rows:
		host.db.execute(delete_by_name("Nurture Suppression", [row[0] for row in rows]))
	lines += [f"Lifts: {reason}, {occurred_on}, {source or ''}" for _, reason, occurred_on, source in rows]
	opt_out = doctype("Email Unsubscribe", "u")
	query = Query.from_(opt_out).select(opt_out.name, opt_out.email).where(opt_out.email == P(address))
	query = query.where((opt_out.global_unsubscribe == P(1)) | (opt_out.reference_doctype == P("Lead")))
	names = [name for name, email in host.db.rows(query) if normalise(email) == address]
	if names:
		host.db.execute(delete_by_name("Email Unsubscribe", names))
		lines.append(f"Lifts: Email Unsubscribe ({len(names)})")
	lead = doctype("Lead", "lead")
	query = Query.from_(lead).select(lead.name)
	query = query.where(lead.name.isin(params(leads) if leads else [P("")]) & (lead.unsubscribed == P(1)))
	ticked = [name for (name,) in host.db.rows(query)]
	if ticked:
		host.db.update("tabLead", ("name", "unsubscribed"), [(name, 0) for name in ticked])
		lines.append("Lifts: Unsubscribed on the lead")
	return lines


def _withdraw(host: Host, leads: list[str], address: str, source: str) -> None:
	now = host.clock.now()
	for lead in leads:
		write_consent(
			host, lead, address, "Email", Evidence("Withdrawn", source, occurred_on=now), repeat=False
		)
	_project_consent(host, leads, "Withdrawn")


def _project_consent(host: Host, leads: list[str], status: str) -> None:
	shown = "" if status == "Pending" else status
	host.db.update("tabLead", ("name", "nurture_email_consent"), [(lead, shown) for lead in leads])


def lock_leads_of(host: Host, address: str, party: str) -> list[str]:
	"""The leads with an address, and `party`. Index (email_id).

	Compared once more here: databases take info@müller.example and info@muller.example for one.
	"""
	lead = doctype("Lead", "lead")
	query = Query.from_(lead).select(lead.name, lead.email_id)
	query = query.where(lead.email_id == P(address)).orderby(lead.name)
	rows = host.db.rows(locking(query, host.db.dialect)) if address else []
	names = {name for name, email in rows if normalise(email) == address}
	if party and party not in names:
		lock_leads(host, [party])
	return sorted(names | ({party} if party else set()))
