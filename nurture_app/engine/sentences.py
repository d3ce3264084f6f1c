"""Codes as English sentences that say what to do next. Hosts translate the patterns before they fill them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nurture_app.engine.codes import NurtureError, Reason

Translate = Callable[[str], str]

REASONS = {
	Reason.UNSUBSCRIBED: "The person unsubscribed from marketing e-mail.",
	Reason.DO_NOT_CONTACT: "The lead's status is Do Not Contact.",
	Reason.SUPPRESSED: "The address is on the suppression list.",
	Reason.BOUNCED: "Mail to this address came back. Correct the address on the lead.",
	Reason.COMPLAINT: "The person reported a mail as spam.",
	Reason.TOPIC_UNWANTED: "The person does not want mails about the topic of this sequence.",
	Reason.NO_CONSENT: "No marketing consent is on record. Set E-mail Consent on the lead once the person has agreed.",
	Reason.NO_ADDRESS: "The lead has no e-mail address. Add one, then resume.",
	Reason.INVALID_ADDRESS: "The lead's e-mail address is not valid. Correct it, then resume.",
	Reason.NO_SENDER: "No outgoing e-mail account is set up. Choose one in Nurture Settings, then resume.",
	Reason.NO_POSTAL_ADDRESS: "Nurture Settings has no postal address, which marketing mail must show. Add it, then resume.",
	Reason.PARTY_MISSING: "The lead no longer exists.",
	Reason.OUTSIDE_WINDOW: "Waits for the send window to open.",
	Reason.FREQUENCY_CAP: "Waits because the person has had as many messages as the frequency cap allows.",
	Reason.REP_CONVERSATION: "Waits because somebody wrote to the lead by hand.",
	Reason.PERSON_PAUSED: "Waits because the person asked for a pause.",
	Reason.CHOSEN_FREQUENCY: "Waits because the person chose to get mail less often.",
	Reason.SENDING_ON_HOLD: "All sending is on hold in Nurture Settings.",
	Reason.TEMPLATE_ERROR: "The text of the mail cannot be filled in for this lead. Mend the content or the lead, then resume.",
	Reason.CONTENT_MISSING: "The content of this step was deleted. Choose another in the sequence, activate it, then resume.",
	Reason.ASSET_NOT_USABLE: "An asset in the text may not be sent today: it is switched off, or its offer has not begun or is over. Change the asset or the text, then resume.",
	Reason.ASSET_NOT_FOR_LEAD: "An asset in the text is only for countries this lead is not in. Put it into a block with a default, then resume.",
	Reason.STEP_MISSING: "The step no longer exists in this version of the sequence. Move the enrollment or stop it.",
	Reason.STEP_ERROR: "The step cannot be carried out as it is set up. Mend it, then resume.",
	Reason.WINDOW_NEVER_OPENS: "The send window never opens within a year. Check days and holidays.",
	Reason.FINISHED: "Reached the end of the sequence.",
	Reason.GOAL_REACHED: "The goal of the sequence was reached.",
	Reason.REPLIED: "The person replied.",
	Reason.CONVERTED: "The lead became a customer.",
	Reason.STOPPED: "Stopped by hand.",
	Reason.NO_REACTION: "No reaction until the end; marketing e-mail to this person has stopped.",
	Reason.LEFT_SEGMENT: "The lead left the segment of this sequence.",
	Reason.ALREADY_ENROLLED: "The lead is in this sequence already.",
	Reason.ADDRESS_ENROLLED: "Another lead with the same e-mail address is in this sequence already.",
	Reason.WAS_ENROLLED: "The lead has been in this sequence before, and the sequence does not take anybody back yet.",
	Reason.NOT_MATCHING: "The lead does not meet the sequence's condition.",
	Reason.NOT_ACTIVE: "The sequence is not active. Activate it first.",
	Reason.QUARANTINED: "The lead was imported and is in quarantine. Mend what is missing, or release it.",
	Reason.DISPOSABLE_ADDRESS: "The address is a throw-away one, and Nurture Settings refuses those.",
	Reason.PAUSED_BY_USER: "Paused by hand.",
	Reason.SEQUENCE_PAUSED: "The sequence is paused.",
	Reason.SMTP_ERROR: "The mail server refused the message. See the Email Queue for its words.",
	Reason.STUCK_IN_SENDING: "The mail was being sent when the worker stopped: it may or may not have left. It is not repeated.",
	Reason.CANCELLED: "Taken back before it was sent.",
	Reason.SOFT_BOUNCED: "The mailbox could not take the message this time. It is not repeated, and the sequence goes on.",
	Reason.BLOCKED: "The receiving server refused us or the message, not the person. See the page Deliverability.",
}

ERRORS = {
	"condition_not_json": "The condition is not valid JSON: {message}.",
	"condition_too_deep": "The condition is nested more than {limit} levels deep.",
	"condition_too_long": "The condition has more than {limit} parts.",
	"condition_bad_group": "In {leaf}: \u201c{group}\u201d stands alone and needs a list of conditions.",
	"condition_unknown_leaf": "{leaf} is not a condition. Use [field, operator, value] or one of: {known}.",
	"condition_bad_field_leaf": "{leaf} is not a condition on a field. It needs three parts: field, operator and value.",
	"condition_unknown_field": "Lead has no field \u201c{field}\u201d (in {leaf}).",
	"condition_unknown_operator": "\u201c{operator}\u201d is not an operator (in {leaf}). Use one of: {known}.",
	"condition_operator_kind": "\u201c{operator}\u201d does not work on the field {field} (in {leaf}).",
	"condition_bad_value": "The value for {field} in {leaf} does not fit; expected {expected}.",
	"condition_unknown_option": "\u201c{value}\u201d is no value of {field} (in {leaf}). Use one of: {known}.",
	"condition_between_reversed": "In {leaf} the first value is greater than the second.",
	"condition_unknown_timespan": "\u201c{timespan}\u201d is not a time span. Use one like \u201clast month\u201d or \u201clast 30 days\u201d.",
	"condition_unknown_key": "\u201c{key}\u201d has no meaning in {leaf}. Use: {known}.",
	"condition_needs_enrollment": "{leaf} speaks of the current sequence and only works in a branch, or with \u201csequence\u201d.",
	"condition_unknown_activity": "There is no activity type \u201c{activity}\u201d.",
	"condition_unknown_segment": "There is no segment \u201c{segment}\u201d.",
	"condition_unknown_step": "The sequence has no step \u201c{step}\u201d.",
	"condition_unknown_sequence": "There is no sequence \u201c{sequence}\u201d.",
	"segment_cycle": "Segments may not build on each other in a circle: {path}.",
	"segment_not_dynamic": "\u201c{segment}\u201d is a static segment; its members are added by hand.",
	"segment_not_static": "\u201c{segment}\u201d is a dynamic segment; its members follow from its condition.",
	"rule_negative": "{field} of the rule \u201c{rule}\u201d is {value}; it cannot be below zero.",
	"rule_no_points": "The rule \u201c{rule}\u201d gives no points. Enter a number above or below zero.",
	"rule_no_activity": "Choose the activity for which the rule \u201c{rule}\u201d pays.",
	"rule_no_decay_days": "The rule \u201c{rule}\u201d decays; enter after how many days.",
	"activity_type_unknown": "There is no activity type \u201c{activity}\u201d. Create it under Nurture Activity Type first.",
	"classification_unknown": "\u201c{value}\u201d is not human, machine or unknown.",
	"consent_status_unknown": "\u201c{status}\u201d is not Given, Pending or Withdrawn.",
	"frequency_unknown": "\u201c{frequency}\u201d is no frequency. Use one of: {known}.",
	"address_invalid": "\u201c{address}\u201d is not an e-mail address.",
	"address_disposable": "{address} is a throw-away address. Please use one that you read.",
	"capture_field_unknown": "There is no field \u201c{field}\u201d to fill in.",
	"capture_too_long": "{field} has {length} characters; at most {limit} fit.",
	"capture_not_a_text": "{field} is not a text.",
	"capture_too_many_fields": "At most {limit} further fields can be filled in.",
	"capture_too_many_topics": "At most {limit} topics can be chosen.",
	"capture_bad_phone": "\u201c{value}\u201d is not a phone number.",
	"capture_not_saved": "This could not be saved: {message}",
	"capture_too_fast": "That was very fast. Please look at the form once more and send it again.",
	"origin_invalid": "\u201c{value}\u201d is not a website. Write it like https://www.example.com, one per line.",
	"address_of_page_invalid": "{field}: \u201c{value}\u201d is no address of a page. Begin with https:// or /.",
	"form_field_invalid": "\u201c{field}\u201d cannot be asked for. Use a field of Lead, message, or a word of small letters.",
	"form_field_twice": "\u201c{field}\u201d is asked for twice.",
	"form_answer_missing": "Please fill in: {field}.",
	"asset_not_available": "\u201c{asset}\u201d is not available any more. Please write to us.",
	"form_answer_unknown": "\u201c{value}\u201d is no answer to: {field}.",
	"playbook_empty": "A playbook needs at least one step.",
	"playbook_too_long": "A playbook has at most {limit} steps.",
	"playbook_says_nothing": "Step \u201c{step}\u201d: enter what the widget says.",
	"playbook_no_answers": "Step \u201c{step}\u201d: enter the answers to choose from, one per line.",
	"playbook_dead_end": "From step \u201c{step}\u201d no way leads to an end. Name the next step, or add a step of type End.",
	"playbook_no_address": "The playbook never asks for the e-mail address. Add a Question that fills email_id.",
	"playbook_asset_without_address": "Step \u201c{step}\u201d gives an asset away, but one can get there without leaving an address.",
	"playbook_not_followed": "This conversation has changed meanwhile. Please start again.",
	"window_zero_length": "The send window opens and closes at {start}: it has no length.",
	"window_no_days": "The send window has no weekday. Tick at least one.",
	"window_never_opens": "The send window never opens within a year. Check its days and the holiday list.",
	"trigger_incomplete": "Choose what starts the sequence: {field} is empty.",
	"reentry_without_days": "Enter after how many days the same person may come in again.",
	"sequence_unknown": "There is no sequence \u201c{sequence}\u201d.",
	"sequence_without_steps": "The sequence \u201c{sequence}\u201d has no steps. Add at least one.",
	"sequence_not_in_status": "The sequence \u201c{sequence}\u201d is {status}, not {needed}.",
	"step_without_label": "Row {row}: give the step a name.",
	"step_label_twice": "Row {row}: there is a step named \u201c{step}\u201d already. Names must differ.",
	"step_type_unknown": "Step \u201c{step}\u201d: \u201c{type}\u201d is no step type. Use one of: {known}.",
	"step_target_missing": "Step \u201c{step}\u201d goes to \u201c{target}\u201d, but there is no step of that name.",
	"step_day_below_one": "Step \u201c{step}\u201d is on day {day}. Day 1 is the day of enrollment, the earliest there is.",
	"step_delay_negative": "Step \u201c{step}\u201d has a delay of {delay}. A delay cannot be below zero.",
	"step_delay_too_long": "Step \u201c{step}\u201d waits too long; at most {limit}.",
	"delay_unit_unknown": "\u201c{unit}\u201d is no unit of time. Use Minutes, Hours, Days, Weeks or Months.",
	"step_without_content": "Step \u201c{step}\u201d: choose the content of the e-mail.",
	"step_content_missing": "Step \u201c{step}\u201d: there is no content \u201c{content}\u201d.",
	"step_unreachable": "No way leads to step \u201c{step}\u201d. Remove it or let another step go to it.",
	"branch_without_condition": "Step \u201c{step}\u201d: enter the condition of the branch.",
	"branch_goes_one_way": "Step \u201c{step}\u201d goes to the same step whether its condition holds or not.",
	"step_choice_unknown": "Step \u201c{step}\u201d: \u201c{value}\u201d is no choice. Use one of: {known}.",
	"split_not_json": "The ways of the split are not valid JSON: {message}.",
	"split_without_ways": "Step \u201c{step}\u201d: enter at least two ways, and at most {limit}.",
	"split_way_bad": "Step \u201c{step}\u201d, way {row}: it needs a name, a share and the step it goes to.",
	"split_way_without_name": "Step \u201c{step}\u201d, way {row}: give it a name of at most 60 characters.",
	"split_way_twice": "Step \u201c{step}\u201d: there are two ways named \u201c{way}\u201d. Names must differ.",
	"split_bad_weight": "Step \u201c{step}\u201d, way \u201c{way}\u201d: the share is {weight}; it must be a whole number from 1 to {limit}.",
	"split_goes_one_way": "Step \u201c{step}\u201d: all ways go to the same step. Choose where each goes.",
	"tag_missing": "Step \u201c{step}\u201d: enter the tag.",
	"tag_bad": "Step \u201c{step}\u201d: the tag \u201c{tag}\u201d cannot be used. A tag has no comma and at most {limit} characters.",
	"score_points_bad": "Step \u201c{step}\u201d gives {points} points. Enter a number above or below zero, {limit} at most.",
	"task_without_description": "Step \u201c{step}\u201d: say what is to be done.",
	"set_field_unknown": "Step \u201c{step}\u201d: \u201c{field}\u201d is no field of Lead that a sequence may set.",
	"set_field_bad_value": "Step \u201c{step}\u201d: \u201c{value}\u201d does not fit the field {field}. Use: {known}.",
	"steps_in_a_circle": "These steps go round in a circle without a wait: {path}. Put a delay between them.",
	"not_a_number": "{field} is \u201c{value}\u201d, which is not a number.",
	"not_a_text": "{field} takes a text, not {value}.",
	"not_a_time": "\u201c{value}\u201d is not a time of day. Write it like 09:30.",
	"template_syntax": "The {part} cannot be read in line {line}: {message}.",
	"template_unknown_name": "The {part} uses {{{{ {name} }}}}, which does not exist. Did you mean {{{{ {suggestion} }}}}?",
	"template_forbidden": "The {part} uses {what}, which mail texts may not contain.",
	"template_too_large": "The {part} is too long ({size} characters, at most {limit}).",
	"template_empty_value": '{name} is empty for this lead, and the {part} gives no replacement. Write {{{{ {name} | default("...") }}}}.',
	"template_undefined": "{name} is not known when the mail is sent.",
	"template_error": "The {part} cannot be filled in: {message}.",
	"template_not_alone": "The {part} uses {name} where it cannot be put in. Write it alone between the braces, in the text of a mail: {{{{ {name} }}}}.",
	"short_name_invalid": "\u201c{name}\u201d is no short name. Use small letters, digits and _, and begin with a letter.",
	"asset_unknown": "There is no asset \u201c{name}\u201d.",
	"asset_attribute_unknown": "\u201c{name}\u201d is nothing that can be shown of the asset \u201c{asset}\u201d. Use one of: {known}.",
	"asset_attribute_empty": "The asset \u201c{asset}\u201d has nothing for {name}. Fill it in, or take it out of the text.",
	"asset_of_no_block": "The {part} uses {{{{ asset.\u2026 }}}}, which is the asset of a variant and only works in a block. In a mail write {{{{ assets.short_name.url }}}}.",
	"asset_disabled": "The asset \u201c{asset}\u201d is switched off.",
	"asset_offer_early": "The offer \u201c{asset}\u201d begins on {day}.",
	"asset_offer_over": "The offer \u201c{asset}\u201d ended on {day}.",
	"block_unknown": "There is no block \u201c{block}\u201d. Create it under Nurture Content Block.",
	"block_not_here": "The {part} uses the block \u201c{block}\u201d. Blocks only work in the text of a mail.",
	"block_without_default": "Block \u201c{block}\u201d: Text under Default is empty. Whoever no variant is for would get nothing.",
	"block_default_limited": "Block \u201c{block}\u201d: the default's asset \u201c{asset}\u201d is only for some countries. Whoever no variant is for must be able to get it.",
	"block_too_many_variants": "Block \u201c{block}\u201d has more than {limit} variants.",
	"block_in_block": "Block \u201c{block}\u201d, variant \u201c{variant}\u201d: a block may not contain another one.",
	"block_not_in_a_line": "Block \u201c{block}\u201d, variant \u201c{variant}\u201d has more than one paragraph, so the block must stand alone in a paragraph of the mail.",
	"variant_without_label": "Block \u201c{block}\u201d, variant {variant}: give it a name.",
	"variant_label_twice": "Block \u201c{block}\u201d has two variants named \u201c{variant}\u201d.",
	"variant_without_condition": "Block \u201c{block}\u201d, variant \u201c{variant}\u201d: say for whom it is. Without a condition it would hide the default.",
	"variant_says_nothing": "Block \u201c{block}\u201d, variant \u201c{variant}\u201d: write a text or choose an asset.",
	"variant_without_asset": "Block \u201c{block}\u201d, variant \u201c{variant}\u201d: the text shows {{{{ asset.\u2026 }}}}, but no asset is chosen.",
	"page_pattern_bad": "\u201c{pattern}\u201d is no pattern of paths: begin with / or *, and use * at most {limit} times.",
	"hit_malformed": "\u201c{what}\u201d is missing or not in the form the tracking script sends.",
	"hit_type_not_allowed": "This website may not report \u201c{activity}\u201d. Add it to the events of its Nurture Event Source.",
	"event_malformed": "{field} is missing or not in the form it should have: {expected}.",
	"event_no_zone": "occurred_on \u201c{value}\u201d is no moment with a time zone. Write it like 2026-01-31T09:30:00+01:00.",
	"event_in_future": "occurred_on {value} lies in the future. Check the sender's clock and time zone.",
	"event_too_old": "occurred_on {value} is more than {years} years ago.",
	"event_type_unknown": "There is no activity type \u201c{activity}\u201d. Create it under Nurture Activity Type, or send one of those that are there.",
	"event_type_system": "\u201c{activity}\u201d is recorded by the app itself and cannot be sent.",
	"event_person_unknown": "No lead is known by {who}. Send \u201ccreate\u201d: true with an e-mail address to make one.",
	"event_too_many_new": "One batch may make at most {limit} new leads. Send the rest in another batch.",
	"event_capture_missing": "Leads cannot be made from events on this site.",
	"mapping_no_value": "The payload has nothing for {target}. Check the paths of the mapping.",
	"mapping_kind_unknown": "No row of the source's events fits \u201c{value}\u201d at \u201c{path}\u201d. Add one, with Ignore if it does not matter.",
	"mapping_not_text": "At \u201c{path}\u201d stands a list or an object; {target} needs a text or a number. Point further down.",
	"mapping_path_bad": "\u201c{path}\u201d is no path. Write names with dots between, as in data.contact.email.",
	"mapping_no_items": "At \u201c{path}\u201d there is no list of events.",
	"mapping_needs_name": "Row {row}: \u201c{target}\u201d needs a name.",
	"mapping_needs_origin": "Row {row}: say where {target} comes from: a path, or a constant.",
	"mapping_field_forbidden": "Row {row}: {field} is no field of Lead that a payload may fill.",
	"source_needs_origins": "Enter the websites whose pages may report to this source.",
	"source_origin_bad": "\u201c{origin}\u201d is no website. Write it like https://www.example.com, without a path.",
	"source_needs_activity": "Row {row} of the events: choose the activity.",
	"source_needs_events": "Add a row to the events: what a payload becomes.",
	"header_injection": "The header {header} contains a line break.",
	"header_too_long": "The header {header} has an unbroken piece of {length} characters; mail headers carry at most 75.",
	"header_invalid": "The header {header} cannot hold \u201c{value}\u201d.",
}

HOLDS = {
	"guard_complaints": "Held by itself: {count} of {sent} mails sent since {since} were reported as spam ({percent} %; at most {limit} % is allowed). Look at whom the sequence writes to and what it says before you resume it.",
	"guard_hard_bounces": "Held by itself: {count} of {sent} mails sent since {since} went to mailboxes that do not exist ({percent} %; at most {limit} % is allowed). Check where these addresses come from before you resume it.",
}
"""Why the guard held a sequence."""

ADVICE = {
	"few_messages": "Only {count} e-mail(s): a sequence needs about three to have an effect.",
	"no_goal": "The sequence has no goal, so its success cannot be told.",
	"continues_after_reply": "It goes on after a reply. Most people expect an answer from a person then.",
	"everybody_enters": "It takes every lead. A condition or a segment makes messages fit better.",
	"same_role_twice": "\u201c{step}\u201d has the same role ({role}) as the e-mail before it.",
	"day_goes_back": "\u201c{step}\u201d is on day {day}, before day {before} of an earlier step: it goes out at once.",
}


def reason_sentence(code: str, translate: Translate = str) -> str:
	"""Why a step waits or an enrollment ended, for people. Unknown codes come back as they are."""
	return translate(REASONS[code]) if code in REASONS else ERRORS.get(code, code)


def error_sentence(error: NurtureError, translate: Translate = str) -> str:
	"""What is wrong and how to mend it."""
	return _filled(ERRORS.get(error.code, error.code), error.code, error.params, translate)


def advice_sentence(code: str, params: dict[str, Any], translate: Translate = str) -> str:
	return _filled(ADVICE.get(code, code), code, params, translate)


def hold_sentence(code: str, params: dict[str, Any], translate: Translate = str) -> str:
	return _filled(HOLDS.get(code, code), code, params, translate)


def _filled(pattern: str, code: str, params: dict[str, Any], translate: Translate) -> str:
	try:
		text = translate(pattern).format(**params)
	except (KeyError, IndexError):
		text = code + ": " + ", ".join(f"{key} {value}" for key, value in params.items())
	step = params.get("step")
	return text if not step or str(step) in text else f"{translate('Step')} \u201c{step}\u201d: {text}"
