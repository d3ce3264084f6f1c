"""What is to be said about the mails of a sequence, taken together (CD-07, CD-12, CM-15, CM-22, RE-04, MG-36)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pypika import functions as fn

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.definition import SequenceDefinition, Step
from nurture_app.engine.languages import speaks
from nurture_app.engine.library.advice import Advice
from nurture_app.engine.library.contents import Content, load_contents
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

MAILS_WITHOUT_ASK = 3
"""CD-07: the first three mails ask for nothing."""
SOON = timedelta(days=30)
HARD = "Hard"


@dataclass(frozen=True, slots=True)
class _Mail:
	step: Step
	content: Content
	subject: str
	asks: bool
	"""It asks for a sale, or promotes."""


def sequence_advice(host: Host, definition: SequenceDefinition) -> list[Advice]:
	"""A fixed number of queries, however many steps there are."""
	steps = [step for step in definition.steps if step.step_type == "Email" and step.content]
	if not steps:
		return []
	names = {step.content for step in steps}
	contents, marks = load_contents(host, names), _load_marks(host, names)
	mails = [
		_Mail(step, contents[step.content], marks[step.content][0], _asks(step, marks[step.content][1]))
		for step in steps
		if step.content in contents and step.content in marks
	]
	found = [*_asks_early(mails), *_promotes_more(mails), *_same_subjects(mails)]
	found += [*_about_assets(host, mails), *_about_links(host, mails)]
	return [*found, *_about_languages(host, definition, mails)]


def _asks(step: Step, strength: str) -> bool:
	return strength == HARD or (not strength and step.role == "CTA")


def _asks_early(mails: Sequence[_Mail]) -> Iterator[Advice]:
	for number, mail in enumerate(mails[:MAILS_WITHOUT_ASK], 1):
		if mail.asks:
			about = {"step": mail.step.label, "number": number, "limit": MAILS_WITHOUT_ASK}
			yield Advice("early_ask", about)


def _promotes_more(mails: Sequence[_Mail]) -> Iterator[Advice]:
	promotional = sum(mail.asks for mail in mails)
	if promotional * 2 > len(mails) > 1:
		yield Advice("more_promotion", {"promotional": promotional, "count": len(mails)})


def _same_subjects(mails: Sequence[_Mail]) -> Iterator[Advice]:
	seen: dict[str, str] = {}
	for mail in mails:
		subject = " ".join(mail.subject.lower().split())
		if seen.setdefault(subject, mail.content.name) != mail.content.name:
			yield Advice("same_subject", {"step": mail.step.label})


def _about_assets(host: Host, mails: Sequence[_Mail]) -> Iterator[Advice]:
	today = host.clock.now().date()
	overdue = _load_overdue(host, {asset.name for mail in mails for asset in _assets_of(mail.content)}, today)
	for mail in mails:
		step = mail.step.label
		if mail.content.problem:
			about = {"asset": mail.content.name, "problem": str(mail.content.problem), "step": step}
			yield Advice("asset_not_sent", about)
		for asset in sorted(_assets_of(mail.content), key=lambda one: one.name):
			if asset.is_offer and asset.valid_until and today <= asset.valid_until < today + SOON:
				about = {"asset": asset.title, "day": asset.valid_until.isoformat(), "step": step}
				yield Advice("asset_over_soon", about)
			if asset.name in overdue:
				about = {"content": mail.content.name, "asset": asset.title, "day": overdue[asset.name]}
				yield Advice("content_overdue", about | {"step": step})


def _assets_of(content: Content) -> set[Any]:
	expanded = content.expanded
	further = (asset for some in expanded.further.values() for asset in some)
	return {*expanded.assets.values(), *expanded.of_variants.values(), *further}


def _about_links(host: Host, mails: Sequence[_Mail]) -> Iterator[Advice]:
	"""Links that the last check of links found broken (CM-15)."""
	check = doctype("Nurture Link Check", "k")
	urls = {url for mail in mails for url in links_of(mail.content)}
	if not urls:
		return
	query = Query.from_(check).select(check.url, check.problem).where(check.status == P("Broken"))
	broken = {url: problem for url, problem in host.db.rows(query) if url in urls}
	for mail in mails:
		for url in sorted(set(links_of(mail.content)) & set(broken)):
			yield Advice("broken_link", {"url": url, "problem": broken[url] or "", "step": mail.step.label})


def _about_languages(host: Host, definition: SequenceDefinition, mails: Sequence[_Mail]) -> Iterator[Advice]:
	"""Languages of leads who fit and for whom a mail has no version; leads whose language is not known count for none."""
	written = [mail for mail in mails if mail.content.language]
	if not written:
		return
	scope = lead_scope(host)
	fits = conditions.parse(definition.condition, host.catalog).sql(scope)
	query = Query.from_(scope.lead).select(scope.lead.language, fn.Count(scope.lead.name)).where(fits)
	spoken = host.db.rows(query.where(scope.lead.language.isnotnull()).groupby(scope.lead.language))
	told = set()
	for mail in written:
		content = mail.content
		known = {content.language, *content.versions}
		missing = {
			code: count for code, count in spoken if code and not any(speaks(one, code) for one in known)
		}
		if missing and content.name not in told:
			told.add(content.name)
			about = {"count": sum(missing.values()), "languages": ", ".join(sorted(missing))}
			yield Advice("languages_missing", about | {"content": content.name})


def links_of(content: Content) -> tuple[str, ...]:
	"""Where the links of a content lead that are the same for everybody."""
	return content.compiled.fixed_links if content.compiled else ()


def _load_marks(host: Host, names: set[str]) -> dict[str, tuple[str, str]]:
	"""Subject and strength of the ask, by content. Primary key."""
	table = doctype("Nurture Content", "c")
	query = Query.from_(table).select(table.name, table.subject, table.cta_strength)
	rows = host.db.rows(query.where(table.name.isin(params(sorted(names)))))
	return {name: (subject or "", strength or "") for name, subject, strength in rows}


def _load_overdue(host: Host, names: set[str], today: date) -> Mapping[str, str]:
	"""Assets whose review is due, and since when (CM-16). Primary key."""
	if not names:
		return {}
	asset = doctype("Nurture Asset", "a")
	query = Query.from_(asset).select(asset.name, asset.review_on)
	query = query.where(asset.name.isin(params(sorted(names))) & (asset.review_on < P(today)))
	return {name: str(day) for name, day in host.db.rows(query)}
