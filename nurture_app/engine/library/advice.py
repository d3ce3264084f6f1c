"""Advice, and what `checks` and `sequence_checks` say, as English sentences; hosts translate the patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Advice:
	"""Something that works but is probably not what was meant; `code` becomes a sentence with `params`."""

	code: str
	params: dict[str, Any]


ADVICE = {
	"fake_thread": "The subject begins with \u201c{start}\u201d as if it answered something. Begin a new thread with a new subject.",
	"other_language": "The language is set to \u201c{language}\u201d, but the text looks like \u201c{other}\u201d. Choose its own: greetings, dates, readers and the checks of words go by it.",
	"bump": "\u201c{words}\u201d: a reminder of an earlier mail gives the reader nothing. Bring something new.",
	"scarcity_without_end": "\u201c{words}\u201d: no asset in the text is a limited offer with a last day. Link one, leave the hurry out, or fill in \u201cWhy the Hurry Is True\u201d.",
	"pitch_not_said": "\u201c{words}\u201d asks for a sale. Say so under \u201cWhat It Asks For\u201d: Hard.",
	"cites_visits": "\u201c{words}\u201d tells people that they are watched. Write about the topic, not about what they did.",
	"spam_words": "Spam filters mind: {words}.",
	"shouted_subject": "The subject shouts: {words}. Use small letters.",
	"shouted_text": "Many words are written in capitals.",
	"exclamation_marks": "Fewer exclamation marks look more serious, to filters too.",
	"welcome_too_long": "{count} words; a welcome is best under {limit}.",
	"no_plain_text": "There is nothing to read in it without pictures. Write a text, or a plain text version.",
	"pictures_without_text": "{count} picture(s) without an alternative text: many mail programs show no pictures at first.",
	"only_pictures": "Pictures and only {count} words: filters take that for spam, and nothing is left when pictures are blocked.",
	"homepage_link": "{url} is a homepage. Link to the very page the text is about.",
	"not_personal": "Nothing in it depends on the reader. Use a placeholder or a block.",
	"only_the_name": "Only the name is personal. Use a block for the industry or the persona, or their company, role or interest.",
	"proof_without_numbers": "A proof without a figure: say who, what changed, by how much and in which time.",
	"no_value": "Neither an asset nor a link nor a reason why the reader is glad of it. Choose one, or fill in \u201cWhy the Reader Is Glad of It\u201d.",
	"addressed_informal": "\u201c{words}\u201d is informal, and in the locale \u201c{locale}\u201d people are addressed formally.",
	"addressed_formal": "\u201c{words}\u201d is formal, and in the locale \u201c{locale}\u201d people are addressed informally.",
	"not_culturally_reviewed": "Nobody at home in the language has reviewed the version in {language}. Have it read, then tick Culturally Reviewed.",
	"video_too_long": "The video \u201c{asset}\u201d has {seconds} seconds; such a one is best under {limit}.",
	"pace_too_fast": "A mail every {days} days is much for {programme}: at least {limit} days between them leave time to read.",
	"pace_too_slow": "A mail every {days} days is little for {programme}: after {limit} days people have forgotten the last one.",
	"broken_link": "The link {url} is broken: {problem}.",
	"asset_over_soon": "The offer \u201c{asset}\u201d ends on {day}: after that the step is held.",
	"asset_not_sent": "\u201c{asset}\u201d cannot be sent now: {problem}",
	"early_ask": "It asks for a sale, and is mail number {number} of the sequence. The first {limit} are best kept free of it.",
	"more_promotion": "{promotional} of {count} mails promote; at most {limit} % should. Let most of them help.",
	"languages_missing": "{count} of the leads who fit read {languages}, in which there is no version of \u201c{content}\u201d.",
	"same_subject": "It has the same subject as an earlier mail of the sequence: whoever ignored that one will ignore this one.",
	"channel_other_programme": "\u201c{step}\u201d: {channel} is seldom the first choice for {programme}. These are: {offered}. Change the step, or the grid in Nurture Channel Guide.",
	"channel_other_stage": "\u201c{step}\u201d: {channel} is best for {stages}, and the sequence is for {stage}. Change the step, or the grid in Nurture Channel Guide.",
	"audience_other_stage": "\u201c{step}\u201d: the audience \u201c{audience}\u201d is for {other}, and the sequence for {stage}. Each stage is best shown a message of its own.",
	"content_overdue": "\u201c{content}\u201d uses \u201c{asset}\u201d, which was to be reviewed on {day}.",
}
