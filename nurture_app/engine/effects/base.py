"""What a step does beyond moving on: to the lead, for colleagues, elsewhere. Written set by set within the tick."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from nurture_app.engine.ports import Delivery, Host

if TYPE_CHECKING:
	from nurture_app.engine.batch import Batch
	from nurture_app.engine.outcome import Outcome

	Found = Sequence[tuple[Outcome, "Effect"]]


class Effect(ABC):
	"""One thing a step does for one enrollment. Subclasses are frozen dataclasses."""

	changes_leads: ClassVar[bool] = False
	"""Something is written on the leads, or follows for them: they are locked before anything else is."""

	is_prepared: ClassVar[bool] = False
	"""Whether this kind has something to do in `prepare`."""

	placeholders: Collection[tuple[str, str]] = ()
	"""Of its texts, where links for one person alone may be among them."""

	def __init_subclass__(cls, **options: Any) -> None:
		super().__init_subclass__(**options)
		cls.is_prepared = cls.prepare is not Effect.prepare

	def prepare(self, outcome: Outcome, batch: Batch, values: Mapping[str, Mapping[str, Any]]) -> Effect:
		"""The effect with its texts rendered, before the transaction begins.

		`values` are those of templates: `lead`, `company`, `sender`, `owner`, `links`. A `NurtureError` holds the step.
		"""
		return self

	@classmethod
	@abstractmethod
	def apply(cls, host: Host, batch: Batch, found: Found) -> list[Delivery]:
		"""Write all effects of this kind that the batch has, in a fixed number of statements.

		Within the tick's transaction, under the locks of the enrollments. What a channel took comes back as deliveries;
		`outcome.touch` is the ledger row a delivery speaks of.
		"""
