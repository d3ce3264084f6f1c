"""Names of states and reasons. Sentences for people are made from them by the host, so that they can be translated."""

from __future__ import annotations

from enum import Enum
from typing import Any


class StrEnum(str, Enum):
	"""A text constant that prints and stores as its value (Python 3.10 has no `enum.StrEnum`)."""

	def __str__(self) -> str:
		return self.value


class EnrollmentStatus(StrEnum):
	ACTIVE = "Active"
	PAUSED = "Paused"
	HELD = "Held"
	COMPLETED = "Completed"
	EXITED = "Exited"


LIVE_STATUSES = (EnrollmentStatus.ACTIVE, EnrollmentStatus.PAUSED, EnrollmentStatus.HELD)


class TouchStatus(StrEnum):
	PLANNED = "Planned"
	QUEUED = "Queued"
	SENDING = "Sending"
	SENT = "Sent"
	DELIVERED = "Delivered"
	OPENED = "Opened"
	CLICKED = "Clicked"
	REPLIED = "Replied"
	BOUNCED = "Bounced"
	SKIPPED = "Skipped"
	HELD = "Held"
	FAILED = "Failed"
	UNKNOWN = "Unknown"
	GIVEN = "Given"
	"""A task was given to a colleague, who has not done it yet."""
	DONE = "Done"
	"""A step that sends nothing (task, field, branch) was carried out."""


AWAY = (
	TouchStatus.SENT,
	TouchStatus.DELIVERED,
	TouchStatus.OPENED,
	TouchStatus.CLICKED,
	TouchStatus.REPLIED,
	TouchStatus.BOUNCED,
	TouchStatus.UNKNOWN,
)
"""Of a message that left, or may have."""

HANDED_OVER = (TouchStatus.QUEUED, TouchStatus.SENDING, *AWAY)
"""Of a message that reached or may yet reach the person: what caps and chosen frequencies count."""


class Reason(StrEnum):
	"""Why a step was put off, held or skipped, or why an enrollment ended."""

	# the gate says no, for good
	UNSUBSCRIBED = "unsubscribed"
	DO_NOT_CONTACT = "do_not_contact"
	SUPPRESSED = "suppressed"
	BOUNCED = "bounced"
	COMPLAINT = "complaint"
	TOPIC_UNWANTED = "topic_unwanted"
	# the gate holds until somebody acts
	NO_CONSENT = "no_consent"
	NO_ADDRESS = "no_address"
	INVALID_ADDRESS = "invalid_address"
	NO_SENDER = "no_sender"
	NO_POSTAL_ADDRESS = "no_postal_address"
	PARTY_MISSING = "party_missing"
	# the gate says later
	OUTSIDE_WINDOW = "outside_window"
	FREQUENCY_CAP = "frequency_cap"
	SAME_DAY = "same_day"
	REP_CONVERSATION = "rep_conversation"
	PERSON_PAUSED = "person_paused"
	CHOSEN_FREQUENCY = "chosen_frequency"
	WAITING = "waiting"
	GAVE_WAY = "gave_way"
	WAITS_FOR_APPROVAL = "waits_for_approval"
	NOBODY_DECIDED = "nobody_decided"
	SENDING_ON_HOLD = "sending_on_hold"
	TIME_TRIED = "time_tried"
	COLLEAGUE_HAS_OFFER = "colleague_has_offer"
	DAILY_LIMIT = "daily_limit"
	# a step cannot be carried out as written
	TEMPLATE_ERROR = "template_error"
	CONTENT_MISSING = "content_missing"
	ASSET_NOT_USABLE = "asset_not_usable"
	ASSET_NOT_FOR_LEAD = "asset_not_for_lead"
	STEP_MISSING = "step_missing"
	STEP_ERROR = "step_error"
	RECORD_REFUSED = "record_refused"
	RECORD_GONE = "record_gone"
	WINDOW_NEVER_OPENS = "window_never_opens"
	# an enrollment ended
	FINISHED = "finished"
	GOAL_REACHED = "goal_reached"
	REPLIED = "replied"
	CONVERTED = "converted"
	STOPPED = "stopped"
	NO_REACTION = "no_reaction"
	LEFT_SEGMENT = "left_segment"
	HIGH_TOUCH = "high_touch"
	EXIT_ACTIVITY = "exit_activity"
	HANDED_OVER = "handed_over"
	NOT_RELEASED = "not_released"
	LEFT_BY_SEQUENCE = "left_by_sequence"
	TOO_LONG = "too_long"
	ARCHIVED = "archived"
	# what a step did
	RELEASED = "released"
	NOBODY_TO_TELL = "nobody_to_tell"
	GIVEN_BACK = "given_back"
	OPPORTUNITY_OPEN = "opportunity_open"
	HAS_OWNER = "has_owner"
	# an enrollment was refused
	ALREADY_ENROLLED = "already_enrolled"
	ADDRESS_ENROLLED = "address_enrolled"
	WAS_ENROLLED = "was_enrolled"
	IN_OTHER_PROMOTIONAL = "in_other_promotional"
	NOT_MATCHING = "not_matching"
	CONDITION_BROKEN = "condition_broken"
	NOT_ACTIVE = "not_active"
	QUARANTINED = "quarantined"
	DISPOSABLE_ADDRESS = "disposable_address"
	STARTED_TOO_OFTEN = "started_too_often"
	CHAIN_TOO_LONG = "chain_too_long"
	# paused or put aside
	PAUSED_BY_USER = "paused_by_user"
	SEQUENCE_PAUSED = "sequence_paused"
	PAUSED_BY_SEQUENCE = "paused_by_sequence"
	# delivery
	SMTP_ERROR = "smtp_error"
	STUCK_IN_SENDING = "stuck_in_sending"
	CANCELLED = "cancelled"
	SOFT_BOUNCED = "soft_bounced"
	HELD_OUT = "held_out"
	BLOCKED = "blocked"
	# what left by HTTP
	NO_ANSWER = "no_answer"
	TIMED_OUT = "timed_out"
	SERVER_ERROR = "server_error"
	THROTTLED = "throttled"
	REFUSED = "refused"
	NOT_UNDERSTOOD = "not_understood"
	REDIRECTED = "redirected"
	ADDRESS_REFUSED = "address_refused"
	INTERRUPTED = "interrupted"
	CHANNEL_OFF = "channel_off"
	CREDENTIALS_REFUSED = "credentials_refused"
	CALL_FAILED = "call_failed"
	UNDELIVERABLE = "undeliverable"
	BY_HAND = "by_hand"
	NO_NUMBER = "no_number"
	INVALID_NUMBER = "invalid_number"
	NUMBER_DEAD = "number_dead"
	NO_CHANNEL_CONSENT = "no_channel_consent"
	OTHER_COUNTRY = "other_country"
	NO_LOGIN = "no_login"


WAITING_FOR_RELEASE = (Reason.WAITS_FOR_APPROVAL, Reason.NOBODY_DECIDED)
"""A colleague's word is missing, be it asked for again or not."""


class NurtureError(Exception):
	"""Bad configuration, found as early as possible: a code with what it is about.

	`code` names the kind of mistake and `params` the things to show; hosts turn both into a sentence
	(`engine.sentences.error_sentence`).
	"""

	def __init__(self, code: str, **params: Any):
		super().__init__(code, params)
		self.code = code
		self.params = params

	def __str__(self) -> str:
		from nurture_app.engine.sentences import error_sentence  # late: sentences name these codes

		return error_sentence(self)
