"""Proof of consent: the present state of each, and a history in which nothing is ever changed.

`Nurture Consent` says what holds now, one row per lead, channel and purpose. `Nurture Consent Entry` has a row for
everything that was ever said, written in the same transaction (CP-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype

PURPOSE = "Marketing"
STATEMENT = ("name", "party_type", "party", "address", "channel", "purpose", "status")
WORDS = ("source", "recorded_by", "wording", "proof")
CONSENT_COLUMNS = (*STATEMENT, "given_on", "withdrawn_on", *WORDS, "consent_key")
ENTRY_COLUMNS = (*STATEMENT, "occurred_on", *WORDS)


@dataclass(frozen=True, slots=True)
class Evidence:
	"""One thing that was said about a consent. `occurred_on` is naive, in the host's zone."""

	status: str
	"""Given, Pending (asked for, not confirmed) or Withdrawn."""
	source: str = ""
	"""Form, page or person it came from."""
	recorded_by: str = ""
	wording: str = ""
	"""What the person saw when they agreed."""
	proof: str = ""
	"""Moment and network address (hashed) of a confirmation, or what else shows that it was them."""
	occurred_on: datetime | None = None


def consent_key(party: str, channel: str, purpose: str = PURPOSE) -> str:
	return f"{party}|{channel}|{purpose}"


def write_consent(
	host: Host, party: str, address: str, channel: str, evidence: Evidence, *, repeat: bool = True
) -> None:
	"""Make `evidence` the present state and add it to the history, within the caller's transaction.

	Without `repeat`, saying again what holds already is not noted. A withdrawal leaves on the row what was given, when
	and how.
	"""
	existing = _existing(host, party, channel)
	if existing and not repeat and existing[1] == evidence.status:
		return
	_write_entry(host, party, address, channel, evidence)
	if not existing:
		_insert(host, party, address, channel, evidence)
		return
	name, moment = existing[0], evidence.occurred_on
	if evidence.status == "Withdrawn":
		columns = ("name", "status", "withdrawn_on")
		host.db.update("tabNurture Consent", columns, [(name, evidence.status, moment)])
		return
	columns = ("name", "address", "status", "given_on", "withdrawn_on", "source", "recorded_by", "wording")
	given = moment if evidence.status == "Given" else None
	values = (name, address, evidence.status, given, None, *_words(evidence))
	host.db.update("tabNurture Consent", (*columns, "proof"), [values])


def note_request(host: Host, party: str, address: str, channel: str, evidence: Evidence) -> None:
	"""Add a request to the history; the present state changes only where there is none."""
	if _existing(host, party, channel):
		_write_entry(host, party, address, channel, evidence)
	else:
		write_consent(host, party, address, channel, evidence)


def follow_address(host: Host, party: str, address: str, evidence: Evidence) -> None:
	"""The e-mail consent of a lead goes on for a new address, whatever it says; the history tells (CP-01)."""
	existing = _existing(host, party, "Email")
	if existing:
		_write_entry(host, party, address, "Email", evidence)
		host.db.update("tabNurture Consent", ("name", "address"), [(existing[0], address)])


def status_of(host: Host, party: str, channel: str) -> str:
	"""Given, Pending, Withdrawn, or empty when nothing is on record."""
	existing = _existing(host, party, channel)
	return existing[1] if existing else ""


def _existing(host: Host, party: str, channel: str) -> tuple[str, str] | None:
	"""Index (consent_key)."""
	consent = doctype("Nurture Consent", "c")
	query = Query.from_(consent).select(consent.name, consent.status)
	for name, status in host.db.rows(query.where(consent.consent_key == P(consent_key(party, channel)))):
		return name, status or ""
	return None


def _insert(host: Host, party: str, address: str, channel: str, evidence: Evidence) -> None:
	moment = evidence.occurred_on
	row = (
		*_statement(host, party, address, channel, evidence),
		moment if evidence.status == "Given" else None,
		moment if evidence.status == "Withdrawn" else None,
		*_words(evidence),
		consent_key(party, channel),
	)
	host.db.insert("tabNurture Consent", CONSENT_COLUMNS, [row], ignore=True)


def _write_entry(host: Host, party: str, address: str, channel: str, evidence: Evidence) -> None:
	row = (
		*_statement(host, party, address, channel, evidence),
		evidence.occurred_on,
		*_words(evidence),
	)
	host.db.insert("tabNurture Consent Entry", ENTRY_COLUMNS, [row])


def _statement(host: Host, party: str, address: str, channel: str, evidence: Evidence) -> tuple[str, ...]:
	"""The columns of `STATEMENT`."""
	return host.db.new_name(), "Lead", party, address, channel, PURPOSE, evidence.status


def _words(evidence: Evidence) -> tuple[str, str, str, str]:
	return evidence.source[:140], evidence.recorded_by[:140], evidence.wording, evidence.proof
