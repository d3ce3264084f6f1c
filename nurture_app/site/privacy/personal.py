"""How the registry describes a table that may hold something about a person (CP-08)."""

from __future__ import annotations

from dataclasses import dataclass

DELETE = "delete"
"""The row goes, with its child rows and everything attached to it."""
BLANK = "blank"
"""The row stays, the columns in `blank` are emptied."""
KEEP = "keep"
"""The row stays as it is; only mentions in `texts` are blacked out."""


@dataclass(frozen=True, slots=True)
class Personal:
	"""One table. A row is a person's own when any of the columns below says so."""

	doctype: str
	party: str = ""
	"""Column with the name of a Lead."""
	addresses: tuple[str, ...] = ()
	"""Columns that hold one address and nothing else."""
	hashes: tuple[str, ...] = ()
	"""Columns with `engine.addresses.address_hash`."""
	phones: tuple[str, ...] = ()
	"""Columns that hold one telephone number and nothing else."""
	lists: tuple[str, ...] = ()
	"""Columns with a list of addresses or numbers: the row is the person's own when nobody else is on it."""
	through: tuple[tuple[str, str], ...] = ()
	"""(column, DocType): the row belongs to a person's own row of that DocType, which must stand further up."""
	attached: tuple[str, str] = ("", "")
	"""(column of the DocType, column of the name): a row attached to any document that is the person's own."""
	members: str = ""
	"""Child table of people: the row is the person's own when all of its rows there are."""
	erase: str = DELETE
	blank: tuple[str, ...] = ()
	texts: tuple[str, ...] = ()
	"""Columns in which anybody may be mentioned: address and telephone number are blacked out wherever they stand in
	rows that stay, and the name as well in the person's own rows."""
	names_too: bool = False
	"""Logs and the like: the full name is blacked out in all rows as well."""
	title: str = ""
	"""The heading in an export; empty: not shown, because it repeats what other tables show."""
	shown: tuple[str, ...] = ()
	"""Columns an export shows, in this order."""
