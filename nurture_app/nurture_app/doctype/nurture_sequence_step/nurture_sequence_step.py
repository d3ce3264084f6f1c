"""One step of a sequence; checked with the whole sequence."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureSequenceStep(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		approve_by: DF.Link | None
		approve_days: DF.Int
		at_once: DF.Check
		at_time: DF.Autocomplete | None
		at_weekday: DF.Literal[
			"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
		]
		audience: DF.Link | None
		audience_action: DF.Literal["Add", "Remove"]
		condition: DF.Code | None
		content: DF.Link | None
		day: DF.Int
		delay: DF.Int
		delay_unit: DF.Literal["Minutes", "Hours", "Days", "Weeks", "Months"]
		end_outcome: DF.Literal["Completed", "No Reaction"]
		event_category: DF.Literal["Meeting", "Call", "Event", "Other"]
		event_days: DF.Int
		event_minutes: DF.Int
		event_time: DF.Autocomplete | None
		field_name: DF.Autocomplete | None
		field_value: DF.Data | None
		follow_channel: DF.Check
		go_to: DF.Autocomplete | None
		hand_text: DF.SmallText | None
		handoff_note: DF.SmallText | None
		handoff_to: DF.Literal["Lead Owner", "User", "Assignment Rule"]
		handoff_user: DF.Link | None
		micro_goal: DF.Link | None
		notify_by_email: DF.Check
		notify_role: DF.Link | None
		notify_text: DF.SmallText | None
		notify_user: DF.Link | None
		notify_who: DF.Literal["Lead Owner", "User", "Role"]
		on_false: DF.Autocomplete | None
		on_true: DF.Autocomplete | None
		only_countries: DF.SmallText | None
		portal_contacts: DF.Check
		opportunity_type: DF.Link | None
		owner_if_none: DF.Check
		owner_user: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		record_text: DF.Data | None
		record_user: DF.Link | None
		refused_to: DF.Autocomplete | None
		role: DF.Literal[
			"",
			"Welcome",
			"Problem",
			"Education",
			"Proof",
			"Toolkit",
			"Risk-reducer",
			"Collaboration",
			"CTA",
			"Re-engagement",
			"Exit",
		]
		sales_stage: DF.Link | None
		score_days: DF.Int
		score_part: DF.Literal["Engagement", "Fit"]
		score_points: DF.Int
		sender_from: DF.Literal["Settings", "Lead Owner", "User"]
		sender_user: DF.Link | None
		sms_content: DF.Link | None
		split_ways: DF.Code | None
		step_label: DF.Data
		step_type: DF.Literal[
			"Email",
			"Appointment Offer",
			"SMS",
			"WhatsApp",
			"Portal Message",
			"Task",
			"Webhook",
			"Audience",
			"Opportunity",
			"Event",
			"Notification",
			"Handoff",
			"Approval",
			"Wait",
			"Wait Until",
			"Branch",
			"Split",
			"Tag",
			"Set Field",
			"Set Owner",
			"Add Score",
			"Enroll",
			"Leave",
			"Pause",
			"End",
		]
		tag: DF.Data | None
		tag_action: DF.Literal["Add", "Remove"]
		target_sequence: DF.Link | None
		task_assign_to: DF.Link | None
		task_description: DF.SmallText | None
		task_due_days: DF.Int
		task_early_reason: DF.SmallText | None
		task_kind: DF.Literal[
			"To Do",
			"Call",
			"LinkedIn",
			"Personal Video",
			"Handwritten Note",
			"Social Post",
			"Influencer Content",
			"Other",
		]
		task_research: DF.Check
		task_text: DF.SmallText | None
		timeout: DF.Int
		timeout_unit: DF.Literal["Minutes", "Hours", "Days", "Weeks", "Months"]
		timing: DF.Literal["On Day", "After Previous Step"]
		wait_activity: DF.Link | None
		wait_detail: DF.Data | None
		webhook: DF.Link | None
		whatsapp_content: DF.Link | None
	# end: auto-generated types
	pass
