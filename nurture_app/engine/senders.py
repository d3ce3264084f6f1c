"""Who a mail comes from: the company's sender, or a person whom replies reach (SE-14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nurture_app.engine.addresses import normalise
from nurture_app.engine.config import Sender
from nurture_app.engine.definition import Step
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, doctype, params

LINES = ("task_description", "task_text", "notify_text", "handoff_note", "record_text")
"""Fields of a step with texts for colleagues."""
OWNER_MARK = "owner."
"""Stands in every text that names the owner of the lead."""


@dataclass(frozen=True, slots=True)
class Colleague:
	"""An enabled user, with the Email Account that sends from the same address, if there is one."""

	user: str
	name: str
	email: str
	account: str = ""


@dataclass(frozen=True, slots=True)
class MailSender:
	name: str
	address: str
	reply_to: str
	account: str
	note: str = ""
	"""Why it is not the person the step names."""


def users_needed(
	steps: Collection[Step], leads: Collection[Mapping[str, Any]], texts_name_owner: bool
) -> set[str]:
	"""The users whom these steps, or the texts, may show; empty for most batches."""
	users = {step.sender_user for step in steps if step.sender_from == "User"}
	lines = (getattr(step, column) for step in steps for column in LINES)
	from_owner = any(step.sender_from == "Lead Owner" for step in steps)
	if from_owner or texts_name_owner or any(OWNER_MARK in line for line in lines):
		users |= {lead.get("lead_owner") or "" for lead in leads}
	return users - {""}


def load_colleagues(host: Host, users: Collection[str]) -> dict[str, Colleague]:
	"""Enabled users by name, in one query per thousand; none for none."""
	user, account = doctype("User", "u"), doctype("Email Account", "a")
	found: dict[str, Colleague] = {}
	for some in chunks(sorted(set(users))):
		query = (
			Query.from_(user)
			.left_join(account)
			.on((account.email_id == user.email) & (account.enable_outgoing == P(1)))
			.select(user.name, user.full_name, user.email, account.name)
			.where(user.name.isin(params(some)) & (user.enabled == P(1)))
		)
		for name, full_name, email, own in host.db.rows(query):
			found[name] = Colleague(name, full_name or name, normalise(email), own or "")
	return found


def sender_of(
	step: Step, lead: Mapping[str, Any], company: Sender, colleagues: Mapping[str, Colleague]
) -> MailSender:
	"""From the person's own account, or from the company's with their name and replies to them."""
	usual = MailSender(company.name, company.address, company.address, company.account)
	if step.sender_from not in ("Lead Owner", "User"):
		return usual
	user = step.sender_user if step.sender_from == "User" else lead.get("lead_owner") or ""
	person = colleagues.get(user)
	if person is None or not person.email:
		note = f"{step.sender_from}: {user or '-'}"
		return MailSender(usual.name, usual.address, usual.reply_to, usual.account, note)
	if person.account:
		return MailSender(person.name, person.email, person.email, person.account)
	return MailSender(person.name, company.address, person.email, company.account)


def owner_of(lead: Mapping[str, Any], colleagues: Mapping[str, Colleague]) -> dict[str, str]:
	"""What the placeholders `owner.name` and `owner.email` show; empty where nobody owns the lead."""
	person = colleagues.get(lead.get("lead_owner") or "")
	return {"name": person.name if person else "", "email": person.email if person else ""}
