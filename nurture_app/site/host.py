"""A Frappe site as the engine's host."""

from __future__ import annotations

from nurture_app.engine.ports import Host
from nurture_app.site.catalog import LeadCatalog
from nurture_app.site.channels.approval import ApprovalChannel
from nurture_app.site.channels.email import EmailChannel
from nurture_app.site.channels.handoff import HandoffChannel
from nurture_app.site.channels.notification import NotificationChannel
from nurture_app.site.channels.records import RecordChannel
from nurture_app.site.channels.task import TaskChannel
from nurture_app.site.clock import SiteClock
from nurture_app.site.database import FrappeDatabase
from nurture_app.site.language import translated
from nurture_app.site.links import SiteLinks
from nurture_app.site.memory import SiteMemory
from nurture_app.site.nurture_jobs import enqueue_answers


def site_host(commit: bool) -> Host:
	"""The ports of the current site.

	`commit` True is for background jobs only: each of the engine's transactions is committed. False is for document
	events and requests: they are savepoints, and Frappe commits or rolls back the whole.
	"""
	db = FrappeDatabase(commit=commit)
	clock = SiteClock()
	return Host(
		db=db,
		clock=clock,
		channels={
			"Email": EmailChannel(db, clock),
			"Task": TaskChannel(db),
			"Notification": NotificationChannel(),
			"Handoff": HandoffChannel(),
			"Approval": ApprovalChannel(),
			"Record": RecordChannel(),
		},
		catalog=LeadCatalog(),
		links=SiteLinks(),
		memory=SiteMemory(),
		translate=translated,
		wake=enqueue_answers,
	)
