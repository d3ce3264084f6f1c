"""Traces outside of the tables the registry names: files on disk, Frappe's feed of deletions, the search queue, Redis."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe.utils.global_search import sync_global_search

from nurture_app.site.privacy.own_rows import Own, like
from nurture_app.site.privacy.person import Person

OURS_IN_REDIS = "nurture*"
FEED = "Deleted"


def flush_search_queue() -> None:
	"""What waits for Frappe's search index would come back to life after the erasure."""
	sync_global_search()
	frappe.db.commit()  # nosemgrep: the queue is empty now, its rows must not be lost


def remove_files(person: Person, own: Own) -> int:
	"""Attachments of everything that is the person's own, with what lies on disk unless another File shares it."""
	owners = {
		**own,
		"Lead": set(person.leads),
		"Contact": set(person.contacts),
		"Address": set(person.places),
	}
	removed = 0
	for doctype, names in owners.items():
		filters = {
			"attached_to_doctype": doctype,
			"attached_to_name": ["in", sorted(map(str, names)) or [""]],
		}
		for name in frappe.get_all("File", filters, pluck="name", order_by=None):
			frappe.delete_doc("File", name, force=True, ignore_permissions=True, delete_permanently=True)
			removed += 1
	return removed


def remove_tags(person: Person, links: list[str]) -> int:
	"""Tags of these Tag Links that name the person and that nothing else bears."""
	words = [text.lower() for text in (*person.addresses, *person.full_names, *person.short_names)]
	tags = set(frappe.get_all("Tag Link", {"name": ["in", links]}, pluck="tag", order_by=None))
	removed = 0
	for tag in sorted(filter(None, tags)):
		names_person = any(word in tag.lower() for word in words)
		if names_person and not frappe.db.exists("Tag Link", {"tag": tag, "name": ["not in", links]}):
			frappe.db.delete("Tag", {"name": tag})
			removed += 1
	return removed


def remove_series(person: Person) -> int:
	"""Counters of names such as those ERPNext makes for a second Address with one title."""
	table = frappe.qb.Table("tabSeries")
	removed = 0
	for text in (*person.full_names, *person.addresses):
		found = frappe.qb.from_(table).select(table.name).where(table.name.like(like(text))).run(pluck=True)
		if found:
			frappe.qb.from_(table).delete().where(table.name.isin(found)).run()
		removed += len(found)
	return removed


def remove_feed(person: Person) -> int:
	"""Frappe notes each deletion by the record's name, and that of a Contact is the person's."""
	names = [*person.leads, *person.contacts, *person.places]
	removed = 0
	for name in names:
		filters = {"comment_type": FEED, "subject": ["like", f"%{like(name)[1:-1]}"]}
		found = frappe.get_all("Comment", filters, pluck="name", order_by=None)
		if found:
			frappe.db.delete("Comment", {"name": ["in", found]})
		removed += len(found)
	for doctype, known in (("Lead", person.leads), ("Contact", person.contacts), ("Address", person.places)):
		gone = [name for name in known if not frappe.db.exists(doctype, name)]
		if gone:
			frappe.db.delete("Deleted Document", {"deleted_doctype": doctype, "deleted_name": ["in", gone]})
			frappe.db.delete("__global_search", {"doctype": doctype, "name": ["in", gone]})
	return removed


def forget_in_redis(person: Person, own: Own) -> int:
	"""Cached documents, and whatever keys of ours name the person. After the commit, or they would be cached anew."""
	for doctype, names in {**own, "Lead": set(person.leads), "Contact": set(person.contacts)}.items():
		for name in names:
			frappe.clear_document_cache(doctype, name)
	needles = [text.encode() for text in (*person.addresses, *person.full_names)]
	dropped = 0
	for key, value in _kept_in_redis(OURS_IN_REDIS):
		if any(needle in value.lower() or needle in key.lower() for needle in (n.lower() for n in needles)):
			frappe.cache.delete(key)
			dropped += 1
	frappe.cache.delete_value("_user_settings")
	return dropped


def _kept_in_redis(pattern: str) -> Iterator[tuple[bytes, bytes]]:
	"""Keys of this site and what they hold, as bytes, whatever their type."""
	cache = frappe.cache
	for key in cache.scan_iter(match=cache.make_key(pattern), count=1000):
		yield key, raw_value(cache, key)


def raw_value(connection: object, key: bytes) -> bytes:
	"""What a key holds, as one row of bytes."""
	kind = connection.type(key)
	if kind == b"string":
		return connection.execute_command("GET", key) or b""
	if kind == b"hash":
		read = connection.execute_command("HGETALL", key)
		parts = [part for pair in read.items() for part in pair] if isinstance(read, dict) else read
		return b"\n".join(parts)
	if kind == b"list":
		return b"\n".join(connection.execute_command("LRANGE", key, 0, -1))
	if kind == b"set":
		return b"\n".join(connection.execute_command("SMEMBERS", key))
	if kind == b"zset":
		return b"\n".join(connection.execute_command("ZRANGE", key, 0, -1))
	return b""
