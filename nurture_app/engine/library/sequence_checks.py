"""What is to be said about the mails of a sequence, taken together (CD-07, CD-12, CM-15, CM-22, RE-04, MG-36)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pypika import functions as fn

from nurture_app.engine import conditions
from nurture_app.engine.condition_scope import lead_scope
from nurture_app.engine.config import load_settings
from nurture_app.engine.definition import MAIL_STEPS, SequenceDefinition, Step
from nurture_app.engine.goal import length_in_days
from nurture_app.engine.languages import speaks
from nurture_app.engine.library.advice import Advice
from nurture_app.engine.library.checks import Draft, advice, asks_for_a_sale, draft
from nurture_app.engine.library.contents import Content, load_contents
from nurture_app.engine.library.locales import load_locales, locale_for, tone_advice
from nurture_app.engine.message_texts import load_texts
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, doctype, params

MAILS_WITHOUT_ASK = 3
"""CD-07: the first three mails ask for nothing."""
SOON = timedelta(days=30)
PACES = {"B2B": (2, 45), "B2C": (0, 14)}
"""Days between two mails on average, by programme: the shortest and the longest that suit it."""
HARD = "Hard"
ON_TELEPHONE = ("SMS", "WhatsApp")
SAID_HERE_TOO = (
	"fake_thread",
	"other_language",
	"bump",
	"scarcity_without_end",
	"pitch_not_said",
	"cites_visits",
	"homepage_link",
	"not_personal",
	"only_the_name",
	"proof_without_numbers",
	"no_value",
)
"""What is said about single texts and matters to whoever activates a sequence (SE-16, MG-10)."""


@dataclass(frozen=True, slots=True)
class Mail:
	"""A step that sends a content, or a version of it."""

	step: Step
	content: Content
	row: Mapping[str, str]
	"""The fields of the content in `_COLUMNS`."""
	draft: Draft | None
	"""What it says; None where it cannot be read."""
	promotes: bool = False
	"""An asset in it is of a kind that promotes."""

	@property
	def asks(self) -> bool:
		"""For a sale: its author says so, or says nothing and its role or its words do (CD-07)."""
		strength = self.row["cta_strength"]
		if strength:
			return strength == HARD
		return self.step.role == "CTA" or bool(self.draft and asks_for_a_sale(self.draft))

	@property
	def is_version(self) -> bool:
		"""In another language than the content that the step names."""
		return self.content.name != self.step.content

	@property
	def is_promotional(self) -> bool:
		return self.asks or self.promotes


def sequence_advice(host: Host, definition: SequenceDefinition) -> list[Advice]:
	"""A fixed number of queries, however many steps there are."""
	everything = mails_of(host, definition, versions=True)
	by_phone = _about_messages(host, definition)
	if not everything:
		return by_phone
	mails = [mail for mail in everything if not mail.is_version]
	settings = load_settings(host.db)
	found = [*asks_early(mails), *promotes_more(mails, settings.promotional_percent)]
	found += [
		*_about_pace(definition, mails, settings.programme),
		*_same_subjects(mails),
		*_about_texts(mails),
	]
	found += [*_about_assets(host, mails), *_about_links(host, mails), *_not_reviewed(everything)]
	found += _about_tone(host, everything)
	return [*found, *by_phone, *_about_languages(host, definition, mails)]


def _about_messages(host: Host, definition: SequenceDefinition) -> list[Advice]:
	"""SMS and WhatsApp that name neither an asset nor a reason (SE-16), or a broken link. Primary key, index (parent)."""
	texts = [
		(step.label, name)
		for step in definition.steps
		for name in (step.contents if step.step_type in ON_TELEPHONE else step.contents[1:])
	]
	if not texts:
		return []
	names = params(sorted({name for _label, name in texts}))
	content, asset = doctype("Nurture Content", "c"), doctype("Nurture Content Asset", "u")
	query = Query.from_(content).select(content.name, content.value_reason)
	reasons = dict(host.db.rows(query.where(content.name.isin(names))))
	query = Query.from_(asset).select(asset.parent).distinct()
	linked = {name for (name,) in host.db.rows(query.where(asset.parent.isin(names)))}
	found = [
		Advice("message_without_value", {"step": label, "content": name})
		for label, name in texts
		if name in reasons and name not in linked and not reasons[name]
	]
	said = load_texts(host, {name for _label, name in texts})
	links = [(label, url) for label, name in texts if name in said for url in said[name].fixed_links]
	return [*found, *_broken(host, links)]


def mails_of(host: Host, definition: SequenceDefinition, *, versions: bool = False) -> list[Mail]:
	"""The mails in their order; with `versions` also those in other languages, after all others."""
	return mails_of_steps(host, definition.steps, versions=versions)


def mails_of_steps(host: Host, wanted: Iterable[Step], *, versions: bool = False) -> list[Mail]:
	"""Likewise of steps of any sequences; the number of queries stays the same."""
	steps = [step for step in wanted if step.step_type in MAIL_STEPS and step.content]
	if not steps:
		return []
	contents = load_contents(host, {step.content for step in steps})
	rows, promotional = _load_rows(host, set(contents)), promotional_assets(host)

	def mail(step: Step, name: str) -> Mail:
		content, row = contents[name], rows[name]
		compiled, expanded = content.compiled, content.expanded
		said = draft(row, expanded, expanded, compiled.lead_fields) if compiled else None
		return Mail(step, content, row, said, any(one.name in promotional for one in _assets_of(content)))

	known = [step for step in steps if step.content in contents]
	found = [mail(step, step.content) for step in known]
	if versions:
		found += [mail(step, name) for step in known for name in contents[step.content].versions.values()]
	return found


def promotional_assets(host: Host) -> frozenset[str]:
	"""Assets of a format that promotes rather than helps. A library has some hundred."""
	asset, kind = doctype("Nurture Asset", "a"), doctype("Nurture Content Format", "f")
	query = Query.from_(asset).join(kind).on(kind.name == asset.format).select(asset.name)
	return frozenset(name for (name,) in host.db.rows(query.where(kind.promotional == P(1))))


def asks_early(mails: Sequence[Mail]) -> Iterator[Advice]:
	"""Mails among the first three that ask for a sale (CD-07)."""
	for number, mail in enumerate(mails[:MAILS_WITHOUT_ASK], 1):
		if mail.asks:
			about = {"step": mail.step.label, "number": number, "limit": MAILS_WITHOUT_ASK}
			yield Advice("early_ask", about)


def promotes_more(mails: Sequence[Mail], share: int) -> Iterator[Advice]:
	"""More than `share` percent of the mails promote (CD-12, CM-22); 0 is no limit."""
	promotional = sum(mail.is_promotional for mail in mails)
	if share and len(mails) > 1 and 100 * promotional > share * len(mails):
		yield Advice("more_promotion", {"promotional": promotional, "count": len(mails), "limit": share})


def _about_pace(definition: SequenceDefinition, mails: Sequence[Mail], programme: str) -> Iterator[Advice]:
	"""B2B: fewer, deeper touches; B2C: frequent, light ones (CD-13). Counted from the first mail to the end."""
	if programme not in PACES or len(mails) < 3:
		return
	days = length_in_days(definition) / (len(mails) - 1)
	shortest, longest = PACES[programme]
	if days < shortest:
		yield Advice("pace_too_fast", {"days": round(days, 1), "limit": shortest, "programme": programme})
	elif days > longest:
		yield Advice("pace_too_slow", {"days": round(days, 1), "limit": longest, "programme": programme})


def _same_subjects(mails: Sequence[Mail]) -> Iterator[Advice]:
	seen: dict[str, str] = {}
	for mail in mails:
		subject = " ".join(mail.row["subject"].lower().split())
		if seen.setdefault(subject, mail.content.name) != mail.content.name:
			yield Advice("same_subject", {"step": mail.step.label})


def _about_texts(mails: Sequence[Mail]) -> Iterator[Advice]:
	"""Each remark once, with all steps it is about."""
	steps: dict[tuple[str, str], list[str]] = {}
	remarks: dict[tuple[str, str], Advice] = {}
	for mail in mails:
		for one in advice(mail.draft) if mail.draft else ():
			key = (one.code, str(sorted(one.params.items())))
			if one.code in SAID_HERE_TOO and mail.step.label not in steps.setdefault(key, []):
				steps[key].append(mail.step.label)
				remarks[key] = one
	for key, one in remarks.items():
		yield Advice(one.code, one.params | {"step": ", ".join(steps[key])})


def _not_reviewed(mails: Sequence[Mail]) -> Iterator[Advice]:
	"""Versions in other languages, each once (LO-04)."""
	versions = {mail.content.name: mail for mail in mails if mail.is_version}
	for name, mail in versions.items():
		if mail.row["culturally_reviewed"] in ("", "0"):
			yield Advice("not_culturally_reviewed", {"language": mail.content.language, "content": name})


def _about_tone(host: Host, mails: Sequence[Mail]) -> list[Advice]:
	"""LO-02."""
	locales, found = load_locales(host), []
	for name, mail in {mail.content.name: mail for mail in mails if mail.draft}.items():
		for one in tone_advice(mail.draft, locale_for(locales, mail.draft.language)):
			found.append(Advice(one.code, one.params | {"content": name}))
	return found


def _about_assets(host: Host, mails: Sequence[Mail]) -> Iterator[Advice]:
	today = host.clock.now().date()
	known = _load_care(host, {asset.name for mail in mails for asset in _assets_of(mail.content)})
	for mail in mails:
		step = mail.step.label
		if mail.content.problem:
			about = {"asset": mail.content.name, "problem": str(mail.content.problem), "step": step}
			yield Advice("asset_not_sent", about)
		for asset in sorted(_assets_of(mail.content), key=lambda one: one.name):
			if asset.is_offer and asset.valid_until and today <= asset.valid_until < today + SOON:
				about = {"asset": asset.title, "day": asset.valid_until.isoformat(), "step": step}
				yield Advice("asset_over_soon", about)
			care = known.get(asset.name, _Care())
			if care.review_on and care.review_on < today.isoformat():
				about = {"content": mail.content.name, "asset": asset.title, "day": care.review_on}
				yield Advice("content_overdue", about | {"step": step})
			if care.longest and care.seconds > care.longest:
				about = {"asset": asset.title, "seconds": care.seconds, "limit": care.longest}
				yield Advice("video_too_long", about | {"step": step})


def _assets_of(content: Content) -> set[Any]:
	expanded = content.expanded
	further = (asset for some in expanded.further.values() for asset in some)
	return {*expanded.assets.values(), *expanded.of_variants.values(), *further}


def _about_links(host: Host, mails: Sequence[Mail]) -> Iterator[Advice]:
	"""Links that the last check of links found broken (CM-15)."""
	return _broken(host, [(mail.step.label, url) for mail in mails for url in sorted(links_of(mail.content))])


def _broken(host: Host, links: Sequence[tuple[str, str]]) -> Iterator[Advice]:
	if not links:
		return
	check = doctype("Nurture Link Check", "k")
	query = Query.from_(check).select(check.url, check.problem).where(check.status == P("Broken"))
	broken = dict(host.db.rows(query))
	for step, url in dict.fromkeys(links):
		if url in broken:
			yield Advice("broken_link", {"url": url, "problem": broken[url] or "", "step": step})


def _about_languages(host: Host, definition: SequenceDefinition, mails: Sequence[Mail]) -> Iterator[Advice]:
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


_COLUMNS = (
	"name",
	"subject",
	"cta_strength",
	"role",
	"value_reason",
	"body_text",
	"language",
	"scarcity_reason",
	"culturally_reviewed",
)


def _load_rows(host: Host, names: set[str]) -> dict[str, dict[str, str]]:
	"""By content. Primary key."""
	table = doctype("Nurture Content", "c")
	query = Query.from_(table).select(*(table[column] for column in _COLUMNS))
	rows = host.db.rows(query.where(table.name.isin(params(sorted(names)))))
	return {row[0]: dict(zip(_COLUMNS, (str(value or "") for value in row), strict=True)) for row in rows}


@dataclass(frozen=True, slots=True)
class _Care:
	review_on: str = ""
	seconds: int = 0
	"""Of a video."""
	longest: int = 0
	"""As its format says; 0: no matter."""


def _load_care(host: Host, names: set[str]) -> Mapping[str, _Care]:
	"""When assets are to be reviewed (CM-16), and how long their videos are and may be (CM-24). Primary keys."""
	if not names:
		return {}
	asset, kind = doctype("Nurture Asset", "a"), doctype("Nurture Content Format", "f")
	query = Query.from_(asset).left_join(kind).on(kind.name == asset.format)
	query = query.select(asset.name, asset.review_on, asset.video_seconds, kind.longest_seconds)
	rows = host.db.rows(query.where(asset.name.isin(params(sorted(names)))))
	return {name: _Care(str(day or "")[:10], *(int(one or 0) for one in rest)) for name, day, *rest in rows}
