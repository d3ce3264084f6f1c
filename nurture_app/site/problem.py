"""Something an administrator must see before a marketer wonders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nurture_app.engine.config import Settings
from nurture_app.engine.ports import Host

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Problem:
	"""`sentence` says what is wrong, `remedy` what to do, `route` where in the Desk."""

	code: str
	sentence: str
	remedy: str = ""
	route: tuple[str, ...] = ()
	level: str = ERROR

	@property
	def text(self) -> str:
		return f"{self.sentence} {self.remedy}".strip()


Check = Callable[[Host, Settings], Iterator[Problem]]
