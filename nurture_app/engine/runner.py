"""The tick: claim due enrollments, decide, render, and record and queue in one transaction.

Any number of workers may run it at once. A lease says whose an enrollment is for a while; the row lock at recording
says it still is; the unique touch key says a step is never sent twice.
"""

from __future__ import annotations

from nurture_app.engine.batch import load_batch
from nurture_app.engine.claiming import batch_size, claim
from nurture_app.engine.config import load_settings
from nurture_app.engine.decide import decide
from nurture_app.engine.outcome import TickResult
from nurture_app.engine.ports import Host
from nurture_app.engine.recording import record_or_hold
from nurture_app.engine.rendering import render_all


def tick(host: Host, worker: str) -> TickResult:
	"""One batch: up to `batch_size` due enrollments. Call again until nothing is claimed. `worker` names the caller."""
	settings = load_settings(host.db)
	if settings.hold_all_sending:
		return TickResult()
	claimed = claim(host, worker, batch_size(settings), settings.lease_minutes or 15)
	if not claimed:
		return TickResult()
	batch = load_batch(host, claimed, settings)
	outcomes = [decide(one, batch) for one in batch.claimed]
	messages = render_all(host, batch, outcomes)
	return record_or_hold(host, batch, outcomes, messages, claimed[0].lease_token)
