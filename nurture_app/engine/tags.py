"""Tags on leads, written as the Desk writes them: in the list on the lead, in Tag Link and among the Tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.ports import Host
from nurture_app.engine.sql import P, Query, chunks, delete_by_name, doctype, locking, params

LINK_COLUMNS = ("name", "document_type", "document_name", "title", "tag")
LONGEST_TAG = 60
REACTIVATED = "Reactivated"
"""Of leads that came back after a silence: the tag the shipped sequences write and the report looks for (RE-08)."""


@dataclass(frozen=True, slots=True)
class TagChange:
	tag: str
	adds: bool = True
	"""Otherwise it is taken off."""


def check_tag(tag: str, **params: str) -> None:
	"""Raises `tag_bad`; `params` say where it stands."""
	if "," in tag or len(tag) > LONGEST_TAG:
		raise NurtureError("tag_bad", tag=tag[:80], limit=LONGEST_TAG, **params)


def write_tags(host: Host, wanted: Mapping[str, Sequence[TagChange]]) -> list[str]:
	"""Do it for leads, in order for each; returns those whose tags changed. Within the caller's transaction."""
	before = _tags_of(host, wanted)
	after = {party: _with(tags, wanted[party]) for party, (tags, _) in before.items()}
	changed = [party for party, tags in after.items() if tags != before[party][0]]
	host.db.update(
		"tabLead",
		("name", "_user_tags"),
		[(party, "".join(f",{tag}" for tag in after[party])) for party in changed],
	)
	added = {change.tag for changes in wanted.values() for change in changes if change.adds}
	host.db.insert("tabTag", ("name",), [(tag,) for tag in sorted(added)], ignore=True)
	_link(host, {party: (after[party], title) for party, (_, title) in before.items()}, _names(wanted))
	return changed


def _names(wanted: Mapping[str, Sequence[TagChange]]) -> set[str]:
	return {change.tag for changes in wanted.values() for change in changes}


def _tags_of(host: Host, parties: Collection[str]) -> dict[str, tuple[list[str], str]]:
	"""By lead: its tags, and its title. Whoever tags in the Desk at this moment is waited for."""
	lead = doctype("Lead", "lead")
	found = {}
	for some in chunks(sorted(parties)):
		query = (
			Query.from_(lead)
			.select(lead.name, lead._user_tags, lead.title)
			.where(lead.name.isin(params(some)))
		)
		for name, tags, title in host.db.rows(locking(query.orderby(lead.name), host.db.dialect)):
			found[name] = ([tag for tag in (tags or "").split(",") if tag], title or "")
	return found


def _with(tags: list[str], changes: Iterable[TagChange]) -> list[str]:
	"""Frappe compares tags without regard to case when it removes them, and so does every database."""
	tags = list(tags)
	for change in changes:
		same = [tag for tag in tags if tag.casefold() == change.tag.casefold()]
		if change.adds and not same:
			tags.append(change.tag)
		elif not change.adds:
			tags = [tag for tag in tags if tag not in same]
	return tags


def _link(host: Host, after: dict[str, tuple[list[str], str]], names: set[str]) -> None:
	"""Make Tag Link say of the tags `names` what the leads say."""
	link = doctype("Tag Link", "l")
	there: dict[tuple[str, str], str] = {}
	for some in chunks(sorted(after)):
		query = Query.from_(link).select(link.name, link.document_name, link.tag)
		query = query.where((link.document_type == P("Lead")) & link.document_name.isin(params(some)))
		for name, party, tag in host.db.rows(query.where(link.tag.isin(params(sorted(names))))):
			there[party, tag.casefold()] = name
	folded = {name.casefold() for name in names}
	right = {
		(party, tag.casefold()): (tag, title)
		for party, (tags, title) in after.items()
		for tag in tags
		if tag.casefold() in folded
	}
	gone = [name for key, name in there.items() if key not in right]
	if gone:
		host.db.execute(delete_by_name("Tag Link", gone))
	host.db.insert(
		"tabTag Link",
		LINK_COLUMNS,
		[
			(host.db.new_name(), "Lead", key[0], title[:140], tag)
			for key, (tag, title) in right.items()
			if key not in there
		],
	)
