"""A mail that offers an appointment: its content carries the link to book one (CT-23)."""

from __future__ import annotations

from nurture_app.engine.steps.email import EmailStep


class AppointmentOfferStep(EmailStep):
	name = "Appointment Offer"
	fields = tuple(name for name in EmailStep.fields if name != "at_once")
