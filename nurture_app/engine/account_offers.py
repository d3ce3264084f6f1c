"""No two people of one company get different offers within some days (SE-22).

An offer is a content whose call to action is strong; a company is what leads name as their organization, capitals aside.
Asked only where `Nurture Settings` says so. Workers that tick at the same moment do not see each other's mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pypika import functions as fn

from nurture_app.engine.codes import HANDED_OVER
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, as_datetime, chunks, doctype, params

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch, Claimed

OFFERS = "offers to companies"
"""The name under which a batch keeps its `Offers`."""
HARD = "Hard"


@dataclass(slots=True)
class Offers:
	"""What companies have been offered of late; grows while a batch is decided."""

	days: int
	companies: dict[str, str] = field(default_factory=dict)
	"""By lead."""
	names: dict[str, str] = field(default_factory=dict)
	"""Contents that are offers, each with the one that language versions have in common."""
	made: dict[str, list[tuple[str, str, datetime]]] = field(default_factory=dict)
	"""By company: offer, lead, and when."""

	def free_on(self, party: str, content: str) -> datetime | None:
		"""When `party` may get `content`, if a colleague has had another offer; naive, host zone."""
		offer = self.names.get(content)
		if not offer:
			return None
		others = [
			made_on
			for other, lead, made_on in self.made.get(self.companies.get(party, ""), ())
			if other != offer and lead != party
		]
		return max(others) + timedelta(days=self.days) if others else None

	def note(self, party: str, content: str, now: datetime) -> None:
		"""Count an offer that this very batch makes, for the colleagues who come after."""
		if self.names.get(content) and party in self.companies:
			self.made.setdefault(self.companies[party], []).append((self.names[content], party, now))


def load_offers(host: Host, batch: Batch, members: Sequence[Claimed]) -> Offers | None:
	"""None where it is switched off or nobody gets an offer. Three queries at most, whatever the number of people.

	Indexes (company_name) of the install, (party, sent_on).
	"""
	days = batch.settings.account_offer_days
	if not days:
		return None
	offers = Offers(days, names=_offers_among(host, {batch.step_of(one).content for one in members}))
	if not offers.names:
		return None
	offers.companies = _companies_of(host, [one.party for one in members])
	for some in chunks(sorted(set(offers.companies.values()))):
		_add_made(host, offers, some, batch.now - timedelta(days=days))
	return offers


def _offers_among(host: Host, contents: set[str]) -> dict[str, str]:
	content = doctype("Nurture Content", "c")
	named = params(sorted(contents))
	query = Query.from_(content).select(content.name, content.version_of)
	query = query.where(content.name.isin(named) | content.version_of.isin(named))
	return {
		name: version_of or name
		for name, version_of in host.db.rows(query.where(content.cta_strength == P(HARD)))
	}


def _companies_of(host: Host, parties: Sequence[str]) -> dict[str, str]:
	lead = doctype("Lead", "lead")
	found = {}
	for some in chunks(sorted(set(parties))):
		query = Query.from_(lead).select(lead.name, fn.Lower(lead.company_name))
		query = query.where(lead.name.isin(params(some)) & (lead.company_name != P("")))
		found.update({name: company for name, company in host.db.rows(query) if company})
	return found


def _add_made(host: Host, offers: Offers, companies: Sequence[str], since: datetime) -> None:
	lead, touch, content = (
		doctype("Lead", "lead"),
		doctype("Nurture Touch", "t"),
		doctype("Nurture Content", "c"),
	)
	company = fn.Lower(lead.company_name)
	query = Query.from_(lead).join(touch).on(touch.party == lead.name)
	query = query.join(content).on(content.name == touch.content)
	query = query.where(company.isin(params(companies)) & (content.cta_strength == P(HARD)))
	query = query.where(touch.status.isin(params([str(status) for status in HANDED_OVER])))
	query = query.where(touch.queued_on > P(since))
	query = query.select(company, content.name, content.version_of, touch.party, touch.queued_on)
	for name, offer, version_of, party, made_on in host.db.rows(query):
		offers.made.setdefault(name, []).append((version_of or offer, party, as_datetime(made_on)))
