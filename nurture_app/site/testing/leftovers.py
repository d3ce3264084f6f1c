"""Where does a text still stand? Searches every text column of every table, Redis and the files of a site."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import frappe

from nurture_app.site.privacy.elsewhere import raw_value
from nurture_app.site.privacy.own_rows import like
from nurture_app.site.privacy.person import spellings

TEXT_TYPES = (
	"char",
	"varchar",
	"tinytext",
	"text",
	"mediumtext",
	"longtext",
	"json",
	"blob",
	"mediumblob",
	"longblob",
)
AROUND = 60


@dataclass(frozen=True, slots=True)
class Leftover:
	"""One place. Prints as a line that tells where to look."""

	place: str
	"""`table.column`, `redis <key>` or `file <path>`."""
	needle: str
	excerpt: str


def leftovers(*needles: str, except_tables: Collection[str] = ()) -> list[Leftover]:
	"""Everywhere any of `needles` stands, in any case. Reads what this connection sees: call it after a commit.

	`needles` are texts such as a name, an address, a telephone number; each is also looked for as JSON and HTML write it.
	"""
	wanted = [needle for needle in needles if needle]
	frappe.db.rollback()  # end the snapshot
	return [*in_tables(wanted, except_tables), *in_redis(wanted), *in_files(wanted)]


def in_tables(needles: list[str], except_tables: Collection[str] = ()) -> Iterator[Leftover]:
	texts = list(dict.fromkeys(text for needle in needles for text in spellings(needle)))
	for table, columns in _text_columns().items():
		if table in except_tables:
			continue
		test = " OR ".join(f"`{column}` LIKE %s" for column in columns for _text in texts)
		shown = ", ".join(f"`{column}`" for column in columns)
		values = [like(text) for _column in columns for text in texts]
		for row in frappe.db.sql(f"SELECT {shown} FROM `{table}` WHERE {test}", values):
			for column, value in zip(columns, row, strict=True):
				yield from _found(f"{table}.{column}", _bytes(value), texts)


def in_redis(needles: list[str]) -> Iterator[Leftover]:
	"""This site's keys in the cache, and the site's jobs that wait or are remembered."""
	from frappe.utils.background_jobs import get_redis_conn

	cache = frappe.cache
	for key in cache.scan_iter(match=cache.make_key("*"), count=5000):
		yield from _found(
			f"redis {key.decode(errors='replace')}", key + b"\n" + raw_value(cache, key), needles
		)
	jobs = get_redis_conn()
	for key in jobs.scan_iter(match=f"rq:job:{frappe.local.site}*", count=5000):
		if jobs.type(key) == b"hash":
			held = b"\n".join(_unpacked(value) for value in jobs.hgetall(key).values())
			yield from _found(f"redis {key.decode(errors='replace')}", held, needles)


def in_files(needles: list[str]) -> Iterator[Leftover]:
	"""Names and contents of uploaded files."""
	for folder in ("public", "private"):
		for path in Path(frappe.get_site_path(folder, "files")).rglob("*"):
			if path.is_file():
				yield from _found(
					f"file {path.name}", path.name.encode() + b"\n" + path.read_bytes(), needles
				)


def _text_columns() -> dict[str, list[str]]:
	rows = frappe.db.sql(
		"""SELECT c.table_name, c.column_name FROM information_schema.columns c
		JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
		WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND c.data_type IN %s
		ORDER BY c.table_name, c.ordinal_position""",
		(TEXT_TYPES,),
	)
	found: dict[str, list[str]] = {}
	for table, column in rows:
		found.setdefault(table, []).append(column)
	return found


def _found(place: str, held: bytes, needles: Collection[str]) -> Iterator[Leftover]:
	text = held.decode("utf-8", "replace")
	folded = text.casefold()
	for needle in needles:
		if (at := folded.find(needle.casefold())) >= 0:
			yield Leftover(place, needle, text[max(0, at - AROUND) : at + len(needle) + AROUND])


def _bytes(value: object) -> bytes:
	return value if isinstance(value, bytes) else str(value or "").encode("utf-8", "replace")


def _unpacked(value: bytes) -> bytes:
	try:
		return zlib.decompress(value)
	except zlib.error:
		return value
