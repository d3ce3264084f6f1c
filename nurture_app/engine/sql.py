"""SQL for three databases from one pypika query: values always travel as parameters.

pypika writes string constants into the SQL text and escapes only single quotes, which is unsafe on MariaDB. So every
value goes in as `P(value)`, and `render` refuses a query that carries a quoted text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pypika import Query, Table
from pypika.terms import Criterion, Function, Node, Term
from pypika.utils import format_alias_sql

QUOTES = {"mysql": "`", "sqlite": '"', "postgres": '"'}
PLACEHOLDERS = {"mysql": "%({})s", "sqlite": ":{}", "postgres": "%({})s"}

_parameters: ContextVar[tuple[str, dict[str, Any]] | None] = ContextVar(
	"nurture_sql_parameters", default=None
)


@dataclass(frozen=True, slots=True)
class Ago:
	"""As a parameter: so many days before the moment at which a prepared query is asked; see `engine.prepared`."""

	days: float = 0


@dataclass(frozen=True, slots=True)
class Written:
	"""SQL that needs no rendering any more, in the dialect it was written for."""

	sql: str
	values: dict[str, Any]


class P(Term):
	"""A value that is sent as a parameter."""

	def __init__(self, value: Any):
		super().__init__()
		self.value = value

	def nodes_(self):
		yield self

	def get_sql(self, **kwargs: Any) -> str:
		rendering = _parameters.get()
		if rendering is None:  # str(query) in a debugger
			return "?"
		placeholder, values = rendering
		name = f"p{len(values)}"
		values[name] = self.value
		return placeholder.format(name)


class Fn(Function):
	"""A database function by name; arguments that are not terms travel as parameters."""

	def __init__(self, name: str, *args: Any):
		super().__init__(name, *(arg if isinstance(arg, Node) else P(arg) for arg in args))


def looked_at(column: Term) -> Term:
	"""A text column that is compared row by row and never by an index.

	Hundreds of leads and a dozen kinds of activities are thousands of places to look up in an index of both: reading the
	few rows of each lead in passing takes a third of the time. Only a person can know that they are few.
	"""
	return Fn("COALESCE", column, "")


class Raw(Criterion):
	"""A piece of SQL text with terms in it: `Raw("{} IS TRUE", flag)`. The text is ours, never a user's."""

	def __init__(self, text: str, *parts: Any):
		super().__init__()
		self.text = text
		self.parts = [part if isinstance(part, Node) else P(part) for part in parts]

	def nodes_(self):
		yield self

	def get_sql(self, **kwargs: Any) -> str:
		with_alias = kwargs.pop("with_alias", False)
		sql = self.text.format(*(part.get_sql(**{**kwargs, "subquery": True}) for part in self.parts))
		return format_alias_sql(sql, self.alias, **kwargs) if with_alias else sql


class Params(Term):
	"""Many values, each sent as a parameter. One term for all of them: a term each took longer than the query."""

	def __init__(self, values: Iterable[Any]):
		super().__init__()
		self.values = list(values)

	def __len__(self) -> int:
		return len(self.values)

	def nodes_(self):
		yield self

	def get_sql(self, **kwargs: Any) -> str:
		rendering = _parameters.get()
		if rendering is None:  # str(query) in a debugger
			return "(?)"
		placeholder, values = rendering
		names = [f"p{number}" for number in range(len(values), len(values) + len(self.values))]
		values.update(zip(names, self.values, strict=True))
		return "(" + ",".join(map(placeholder.format, names)) + ")"


def params(values: Iterable[Any]) -> Params:
	"""Each of `values` as a parameter, for `isin`."""
	return Params(values)


def doctype(name: str, alias: str) -> Table:
	"""A Frappe table under an alias, so that its columns are unambiguous inside correlated subqueries."""
	return Table(f"tab{name}").as_(alias)


def insert_new(db: Any, table: str, columns: Sequence[str], rows: Sequence[tuple]) -> set[str]:
	"""Insert the rows whose unique keys are not taken yet, and return their ids; the first of `columns` is `name`.

	Who was faster, if anybody, is asked afterwards. Primary key.
	"""
	names = [row[0] for row in rows]
	if not rows or db.insert(table, columns, rows, ignore=True) == len(rows):
		return set(names)
	stored = Table(table)
	return {
		name
		for some in chunks(names)
		for (name,) in db.rows(Query.from_(stored).select(stored.name).where(stored.name.isin(params(some))))
	}


def delete_by_name(name: str, names: Sequence[str]) -> Any:
	"""DELETE of some rows of a DocType's table."""
	table = Table(f"tab{name}")
	return Query.from_(table).delete().where(table.name.isin(params(names)))


def chunks(items: Sequence[Any], size: int = 1000) -> Iterator[Sequence[Any]]:
	"""`items` in slices short enough for an IN list."""
	for start in range(0, len(items), size):
		yield items[start : start + size]


def locking(query: Any, dialect: str, *, skip_locked: bool = False) -> Any:
	"""A SELECT that reads the latest committed rows and locks them; SQLite locks the whole database anyway."""
	return query if dialect == "sqlite" else _ForUpdate(query, skip_locked)


class _ForUpdate:
	"""pypika writes FOR UPDATE only in some of its dialect classes; one suffix serves all of ours."""

	def __init__(self, query: Any, skip_locked: bool):
		self.query = query
		self.suffix = " FOR UPDATE SKIP LOCKED" if skip_locked else " FOR UPDATE"

	def get_sql(self, **kwargs: Any) -> str:
		return self.query.get_sql(**kwargs) + self.suffix


def planned_by_averages(query: Any, dialect: str) -> Any:
	"""A SELECT that MariaDB plans with the average number of rows per value, instead of counting those of each value first.

	It counts in every index that could serve, for every value of every IN list, a time for each subquery: of the segments
	of one lead that took 5 of 7 ms. Only for queries that reach every table by the lead's own key: where one value has
	very many rows, averages make it choose the wrong index (seen: 70 ms in place of one).
	"""
	return _Prefixed(query, "SET STATEMENT eq_range_index_dive_limit=1 FOR ") if dialect == "mysql" else query


def sorted_in_memory(query: Any, dialect: str) -> Any:
	"""A SELECT of hundreds of thousands of rows with GROUP BY and COUNT(DISTINCT ...): MariaDB sorts the rows themselves.

	By itself it sorts only where they lie, two megabytes at a time, and then fetches each row a second time, which took
	three quarters of the whole. The memory (64 MB at most) is given back at the end of the statement.
	"""
	settings = "SET STATEMENT max_length_for_sort_data=8388608, sort_buffer_size=67108864 FOR "
	return _Prefixed(query, settings) if dialect == "mysql" else query


class _Prefixed:
	"""Words before a SELECT that pypika has no place for."""

	def __init__(self, query: Any, prefix: str):
		self.query = query
		self.prefix = prefix

	def get_sql(self, **kwargs: Any) -> str:
		return self.prefix + self.query.get_sql(**kwargs)


def exists(query: Any) -> Criterion:
	return Raw("EXISTS {}", query)


def render(query: Any, dialect: str) -> tuple[str, dict[str, Any]]:
	"""The SQL text of a pypika query and its parameters by name."""
	if isinstance(query, Written):
		return query.sql, query.values
	values: dict[str, Any] = {}
	token = _parameters.set((PLACEHOLDERS[dialect], values))
	try:
		sql = query.get_sql(quote_char=QUOTES[dialect], secondary_quote_char="'", as_keyword=True)
	finally:
		_parameters.reset(token)
	if "'" in sql:
		raise ValueError(f"a text constant stands in the SQL; pass it as P(value): {sql}")
	return sql, values


def days_between(earlier: Any, later: Any, dialect: str) -> Term:
	"""Elapsed days from `earlier` to `later`, with fractions."""
	if dialect == "mysql":
		# a double: the quotient of two integers would have four decimals, some nine seconds
		return Raw("(TIMESTAMPDIFF(SECOND, {}, {}) / 86400e0)", earlier, later)
	if dialect == "sqlite":
		return Raw("(julianday({1}) - julianday({0}))", earlier, later)
	return Raw(
		"(EXTRACT(EPOCH FROM (CAST({1} AS TIMESTAMP) - CAST({0} AS TIMESTAMP))) / 86400.0)", earlier, later
	)


def like_escape(text: str) -> str:
	"""`text` as a LIKE pattern that matches nothing but itself."""
	return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def concat(dialect: str, *parts: Any) -> Term:
	"""The texts one after another; NULL if one of them is."""
	if dialect == "mysql":
		return Fn("CONCAT", *parts)
	return Raw("(" + " || ".join(["{}"] * len(parts)) + ")", *parts)


def one_way(column: Any, dialect: str) -> Term:
	"""A column of keys as no index knows it: a join on it goes from its table to the other one, never the other way.

	From the leads to their messages, MariaDB would look up each of a million messages by itself to keep some of them.
	"""
	return concat(dialect, column, P(""))


def as_moment(day: Term, dialect: str) -> Term:
	"""A date column as the moment at which its day begins, to be compared with moments: SQLite compares their texts."""
	return concat(dialect, day, P(" 00:00:00.000000")) if dialect == "sqlite" else day


def as_text(moment: Term, dialect: str) -> Term:
	"""A datetime column as text, for many rows: a site's driver needs a hundred times longer to read a datetime."""
	return Raw("CAST({} AS TEXT)" if dialect != "mysql" else "CAST({} AS CHAR)", moment)


def as_datetime(value: Any) -> datetime | None:
	"""A datetime read from any host: SQLite hands out texts where MariaDB hands out datetimes."""
	if value is None or isinstance(value, datetime):
		return value
	return datetime.fromisoformat(str(value))


def days_before(moment: datetime, days: float) -> datetime:
	return moment - timedelta(days=days)
