"""The middle of a tick: messages and effects get their texts, before any transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nurture_app.engine.answers import answer_links
from nurture_app.engine.batch import Batch
from nurture_app.engine.codes import NurtureError, Reason
from nurture_app.engine.content import Rendered, render_marked
from nurture_app.engine.library.calculations import all_said
from nurture_app.engine.library.sent_subjects import check_subject
from nurture_app.engine.outcome import Outcome, hold
from nurture_app.engine.ports import Host, Message
from nurture_app.engine.senders import MailSender, owner_of, sender_of
from nurture_app.engine.tracking.marks import host_of, without_marks
from nurture_app.engine.tracking.rewrite import Rewriter, Tracked
from nurture_app.engine.tracking.switches import what_to_track
from nurture_app.engine.words import Words


def render_all(host: Host, batch: Batch, outcomes: list[Outcome]) -> dict[str, Message]:
	"""Messages by enrollment. An outcome whose text cannot be rendered becomes a hold in place."""
	messages = {}
	rewriter = Rewriter(host.links)
	sender = {"name": batch.sender.name, "email": batch.sender.address}
	company = {
		"name": batch.settings.company_name or batch.sender.name,
		"postal_address": batch.settings.postal_address,
	}
	words = Words(host.translate, company["name"])
	for place, outcome in enumerate(outcomes):
		one = outcome.claimed
		try:
			known = batch.touches.get(one.touch_key)
			outcome.touch = known[0] if known else host.db.new_name()
			if outcome.sends:
				messages[one.name] = _message(host, batch, outcome, company, words, rewriter)
			if any(effect.is_prepared for effect in outcome.effects):
				lead = batch.leads[one.party]
				owner = owner_of(lead, batch.colleagues)
				values = {"lead": lead, "company": company, "sender": sender, "owner": owner}
				values["words"] = words.of(lead)
				values["links"] = _links(host, batch, outcome, known)
				outcome.effects = [effect.prepare(outcome, batch, values) for effect in outcome.effects]
		except NurtureError as error:
			outcomes[place] = hold(one, Reason.TEMPLATE_ERROR, f"{outcome.content or one.step}: {error}")
		except Exception as error:  # one message must not keep its whole batch from going
			outcomes[place] = hold(one, Reason.TEMPLATE_ERROR, f"{type(error).__name__}: {error}")
	return messages


def _links(
	host: Host, batch: Batch, outcome: Outcome, known: tuple[str, str, str, str] | None
) -> dict[str, str]:
	"""Those of the texts of effects. A link that asks something is told by the token of its message."""
	named = {one for effect in outcome.effects for one in effect.placeholders}
	if any(namespace == "links" for namespace, _ in named):
		outcome.extra["token"] = (known[2] if known else "") or host.links.new_token()
	answers = answer_links(named, host.links, outcome.extra.get("token", ""))
	return {"booking": batch.settings.booking_url, **answers}


def _message(
	host: Host,
	batch: Batch,
	outcome: Outcome,
	company: dict,
	words: Words,
	rewriter: Rewriter,
) -> Message:
	one = outcome.claimed
	content = batch.contents[outcome.content]
	known = batch.touches.get(one.touch_key)
	lead, step = batch.leads[one.party], batch.step_of(one)
	sender = sender_of(step, lead, batch.sender, batch.colleagues)
	if sender.note:
		outcome.extra["detail"] = "; ".join(filter(None, (outcome.extra.get("detail"), sender.note)))
	token = known[2] if known and known[2] else host.links.new_token()
	values = _values(host, batch, outcome, company, words.of(lead, content.language), sender, token)
	rendered = render_marked(content.compiled, values)
	rendered = batch.trials.retitled(one, content.name, rendered, values)
	check_subject(batch, one, rendered.subject)
	outcome.extra["token"] = token
	tracked, tracking_token = _tracked(host, batch, outcome, rendered, values, rewriter)
	return Message(
		touch=outcome.touch,
		channel="Email",
		party=one.party,
		address=batch.recipient(one).address,
		subject=rendered.subject,
		html=tracked.html,
		text=tracked.text,
		sender_name=sender.name,
		sender_address=sender.address,
		reply_to=sender.reply_to,
		account=sender.account,
		message_id=host.links.message_id(host.links.new_token()),
		unsubscribe_url=values["links"]["unsubscribe"],
		preferences_url=values["links"]["preferences"],
		shown_html=without_marks(rendered.html) if tracking_token else "",
		tracking_token=tracking_token,
		links=tracked.links,
		party_owner=lead.get("owner") or "",
		at_once=bool(step.at_once),
	)


def _values(
	host: Host,
	batch: Batch,
	outcome: Outcome,
	company: dict,
	wording: Mapping[str, str],
	sender: MailSender,
	token: str,
) -> dict[str, Mapping[str, Any]]:
	"""What the placeholders of a mail show, by their namespace."""
	one, content = outcome.claimed, batch.contents[outcome.content]
	lead = batch.leads[one.party]
	return {
		"lead": lead,
		"sender": {"name": sender.name, "email": sender.reply_to},
		"company": company,
		"words": wording,
		"owner": owner_of(lead, batch.colleagues),
		"links": {
			"unsubscribe": host.links.unsubscribe(token),
			"preferences": host.links.preferences(token),
			"booking": batch.settings.booking_url,
			**answer_links(content.compiled.placeholders, host.links, token),
		},
		"block": batch.picks.get(one.party, {}),
		"calc": all_said(content.expanded.calculations, lead, wording["locale"]),
		"files": {key: host.links.asset(token, key) for key in content.expanded.files},
	}


def _tracked(
	host: Host,
	batch: Batch,
	outcome: Outcome,
	rendered: Rendered,
	values: Mapping[str, Mapping[str, Any]],
	rewriter: Rewriter,
) -> tuple[Tracked, str]:
	"""The mail as it leaves, with its tracking token; empty where nothing of it may be tracked."""
	one, content = outcome.claimed, batch.contents[outcome.content]
	may_track = batch.choices_of(one).is_tracked and one.party not in batch.untracked
	opens, clicks = what_to_track(batch.settings, may_track, batch.leads[one.party])
	if not (opens or clicks):
		return Tracked(without_marks(rendered.html), without_marks(rendered.text)), ""
	known = batch.touches.get(one.touch_key)
	token = (known[3] if known else "") or host.links.new_token()
	tracked = rewriter.rewrite(
		rendered.html,
		rendered.text,
		token=token,
		content=content.name,
		party=one.party,
		hosts=content.compiled.link_hosts.union(map(host_of, values["files"].values())),
		keep=[link for link in values["links"].values() if link],
		opens=opens,
		clicks=clicks,
	)
	return tracked, token
