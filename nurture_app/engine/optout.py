"""Consent given and withdrawn, and the list of addresses that get nothing any more.

An opt-out is one transaction in this order: the leads are locked, as whoever scores them does; the suppression is
written; the enrollments of the person are ended, which waits for a tick that is recording a message to them; then
messages that tick queued are taken back. So no message leaves after an opt-out, even from a batch already claimed
(invariant 3).
"""

from __future__ import annotations

from nurture_app.engine import activities
from nurture_app.engine.addresses import address_hash, normalise
from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.enrollments import end_for_person
from nurture_app.engine.people import lock_leads
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, locking

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
CONSENT_COLUMNS = (
	"name",
	"party_type",
	"party",
	"address",
	"channel",
	"purpose",
	"status",
	"given_on",
	"withdrawn_on",
	"source",
	"recorded_by",
	"wording",
	"consent_key",
)


def unsubscribe(host: Host, address: str, source: str, reason: str = "Unsubscribed", party: str = "") -> bool:
	"""Stop all marketing e-mail to an address, everywhere and at once (CP-05). Says whether this was news.

	`reason` is one of Nurture Suppression's: Unsubscribed, Bounced, Complaint, Manual, No Reaction, Erased. `party`
	names the lead the request came through, in case the address is no longer on it.
	"""
	with host.db.transaction():
		return suppress(host, address, source, reason, party)


def suppress(host: Host, address: str, source: str, reason: str, party: str = "") -> bool:
	"""`unsubscribe` within the caller's transaction."""
	known = normalise(address)
	if not known:
		raise NurtureError("address_invalid", address=address)
	leads = _lock_leads_of(host, known, party)
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
	end_for_person(host, known, leads, EXIT_OF.get(reason, Reason.SUPPRESSED))
	if reason in ("Unsubscribed", "Complaint"):
		_withdraw(host, leads, known, source)
	kind = ACTIVITY_OF.get(reason)
	if kind and is_new:
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


def suppression_key(channel: str, hashed: str) -> str:
	return f"{channel}|{hashed}"


def consent_key(party: str, channel: str, purpose: str) -> str:
	return f"{party}|{channel}|{purpose}"


def set_consent(
	host: Host,
	party: str,
	address: str,
	status: str,
	source: str,
	recorded_by: str,
	wording: str = "",
	channel: str = "Email",
) -> None:
	"""Record that a lead gave or withdrew marketing consent for a channel, with the evidence (CP-01).

	`status` is Given, Pending or Withdrawn. Giving consent does not lift a suppression: somebody must do that knowingly.
	"""
	if status not in ("Given", "Pending", "Withdrawn"):
		raise NurtureError("consent_status_unknown", status=status)
	with host.db.transaction():
		_lock_leads_of(host, normalise(address), party)
		_write_consent(host, party, normalise(address), status, source, recorded_by, wording, channel)
		if channel == "Email":
			_project_consent(host, [party], status)
		if status == "Withdrawn" and channel == "Email" and normalise(address):
			suppress(host, address, source, "Unsubscribed", party)


def _write_consent(
	host: Host,
	party: str,
	address: str,
	status: str,
	source: str,
	recorded_by: str,
	wording: str,
	channel: str,
) -> None:
	now = host.clock.now()
	key = consent_key(party, channel, "Marketing")
	consent = doctype("Nurture Consent", "c")
	existing = host.db.rows(Query.from_(consent).select(consent.name).where(consent.consent_key == P(key)))
	given, withdrawn = (now, None) if status == "Given" else (None, now if status == "Withdrawn" else None)
	if not existing:
		row = (host.db.new_name(), "Lead", party, address, channel, "Marketing", status, given, withdrawn)
		host.db.insert(
			"tabNurture Consent",
			CONSENT_COLUMNS,
			[(*row, source[:140], recorded_by[:140], wording, key)],
			ignore=True,
		)
		return
	name = existing[0][0]
	if status == "Withdrawn":
		host.db.update("tabNurture Consent", ("name", "status", "withdrawn_on"), [(name, status, withdrawn)])
		return
	columns = ("name", "address", "status", "given_on", "withdrawn_on", "source", "recorded_by", "wording")
	values = (name, address, status, given, None, source[:140], recorded_by[:140], wording)
	host.db.update("tabNurture Consent", columns, [values])


def _withdraw(host: Host, leads: list[str], address: str, source: str) -> None:
	for lead in leads:
		_write_consent(host, lead, address, "Withdrawn", source, "", "", "Email")
	_project_consent(host, leads, "Withdrawn")


def _project_consent(host: Host, leads: list[str], status: str) -> None:
	shown = "" if status == "Pending" else status
	host.db.update("tabLead", ("name", "nurture_email_consent"), [(lead, shown) for lead in leads])


def _lock_leads_of(host: Host, address: str, party: str) -> list[str]:
	"""The leads with an address, and `party`. Index (email_id)."""
	lead = doctype("Lead", "lead")
	query = Query.from_(lead).select(lead.name).where(lead.email_id == P(address)).orderby(lead.name)
	names = {name for (name,) in host.db.rows(locking(query, host.db.dialect))} if address else set()
	if party and party not in names:
		lock_leads(host, [party])
	return sorted(names | ({party} if party else set()))
