"""The kinds of steps a sequence may have, one class each. A test checks that each is checked, shown, said and described."""

from __future__ import annotations

from nurture_app.engine.steps.add_score import AddScoreStep
from nurture_app.engine.steps.appointment_offer import AppointmentOfferStep
from nurture_app.engine.steps.approval import ApprovalStep
from nurture_app.engine.steps.audience import AudienceStep
from nurture_app.engine.steps.base import StepType
from nurture_app.engine.steps.branch import BranchStep
from nurture_app.engine.steps.email import EmailStep
from nurture_app.engine.steps.end import EndStep
from nurture_app.engine.steps.enroll import EnrollStep
from nurture_app.engine.steps.handoff import HandoffStep
from nurture_app.engine.steps.mobile import SmsStep, WhatsAppStep
from nurture_app.engine.steps.notification import NotificationStep
from nurture_app.engine.steps.other_sequences import LeaveStep, PauseStep
from nurture_app.engine.steps.portal_message import PortalMessageStep
from nurture_app.engine.steps.records import EventStep, OpportunityStep
from nurture_app.engine.steps.set_field import SetFieldStep
from nurture_app.engine.steps.set_owner import SetOwnerStep
from nurture_app.engine.steps.split import SplitStep
from nurture_app.engine.steps.tag import TagStep
from nurture_app.engine.steps.task import TaskStep
from nurture_app.engine.steps.wait import WaitStep
from nurture_app.engine.steps.wait_until import WaitUntilStep
from nurture_app.engine.steps.webhook import WebhookStep

STEP_TYPES: dict[str, StepType] = {
	kind.name: kind
	for kind in (
		EmailStep(),
		AppointmentOfferStep(),
		SmsStep(),
		WhatsAppStep(),
		PortalMessageStep(),
		TaskStep(),
		WebhookStep(),
		AudienceStep(),
		OpportunityStep(),
		EventStep(),
		NotificationStep(),
		HandoffStep(),
		ApprovalStep(),
		WaitStep(),
		WaitUntilStep(),
		BranchStep(),
		SplitStep(),
		TagStep(),
		SetFieldStep(),
		SetOwnerStep(),
		AddScoreStep(),
		EnrollStep(),
		LeaveStep(),
		PauseStep(),
		EndStep(),
	)
}
"""By name, in the order in which the form offers them."""
