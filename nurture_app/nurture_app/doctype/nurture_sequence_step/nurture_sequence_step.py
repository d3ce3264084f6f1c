"""One step of a sequence; checked with the whole sequence."""

from __future__ import annotations

from frappe.model.document import Document


class NurtureSequenceStep(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		at_once: DF.Check
		at_time: DF.Autocomplete | None
		at_weekday: DF.Literal[
			"", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
		]
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
		on_false: DF.Autocomplete | None
		on_true: DF.Autocomplete | None
		only_countries: DF.SmallText | None
		opportunity_type: DF.Link | None
		owner_if_none: DF.Check
		owner_user: DF.Link | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		record_text: DF.Data | None
		record_user: DF.Link | None
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
		sms_content: DF.Link | None
		sales_stage: DF.Link | None
		step_label: DF.Data
		step_type: DF.Literal["Email", "Wait", "Branch", "Task", "Set Field", "End"]
		task_assign_to: DF.Link | None
		task_description: DF.SmallText | None
		task_due_days: DF.Int
		task_early_reason: DF.SmallText | None
		task_research: DF.Check
		task_text: DF.SmallText | None
		timing: DF.Literal["On Day", "After Previous Step"]
		whatsapp_content: DF.Link | None
	# end: auto-generated types
	pass
