from nurture_app.site.privacy.registry import user_data_fields as _user_data_fields

app_name = "nurture_app"
app_title = "Nurture"
app_publisher = "nurture_app contributors"
app_description = "Lead scoring, segments and nurture sequences for ERPNext"
app_email = "hello@example.com"
app_license = "mit"
required_apps = ["frappe/erpnext"]

# Desk

add_to_apps_screen = [
	{
		"name": "nurture_app",
		"logo": "/assets/nurture_app/images/nurture.svg",
		"title": "Nurture",
		"route": "/app/nurture",
		"has_permission": "nurture_app.site.permissions.may_open_app",
	}
]

extend_bootinfo = "nurture_app.site.boot.extend_bootinfo"
doctype_js = {
	"Lead": ["public/js/load_quietly.js", "public/js/lead.js"],
	"ToDo": "public/js/todo.js",
	"Opportunity": ["public/js/load_quietly.js", "public/js/from_lead.js", "public/js/opportunity.js"],
	"Customer": ["public/js/load_quietly.js", "public/js/from_lead.js", "public/js/customer.js"],
}
doctype_list_js = {"Lead": "public/js/lead_list.js"}
override_doctype_dashboards = {"Lead": "nurture_app.nurture_app.lead_dashboard.get_data"}

# Frappe 16 refuses whitelisted methods without type hints
require_type_annotated_api_methods = True

# Installation

before_install = "nurture_app.site.install.install.before_install"
after_install = "nurture_app.site.install.install.after_install"
after_sync = "nurture_app.site.install.install.after_sync"
after_migrate = "nurture_app.site.install.install.after_migrate"
before_uninstall = "nurture_app.site.install.uninstall.before_uninstall"
after_uninstall = "nurture_app.site.install.uninstall.after_uninstall"

# Permissions: what belongs to a Lead is seen by those who may see the Lead

permission_query_conditions = {
	"Nurture Activity": "nurture_app.site.permissions.activity_conditions",
	"Nurture Bounce": "nurture_app.site.permissions.bounce_conditions",
	"Nurture Consent": "nurture_app.site.permissions.consent_conditions",
	"Nurture Consent Entry": "nurture_app.site.permissions.consent_entry_conditions",
	"Nurture Content Use": "nurture_app.site.permissions.content_use_conditions",
	"Nurture Preference": "nurture_app.site.permissions.preference_conditions",
	"Nurture Enrollment": "nurture_app.site.permissions.enrollment_conditions",
	"Nurture Form Submission": "nurture_app.site.permissions.form_submission_conditions",
	"Nurture Insight": "nurture_app.site.permissions.insight_conditions",
	"Nurture Link": "nurture_app.site.permissions.link_conditions",
	"Nurture Mail Hit": "nurture_app.site.permissions.mail_hit_conditions",
	"Nurture Score Entry": "nurture_app.site.permissions.score_entry_conditions",
	"Nurture Segment Member": "nurture_app.site.permissions.segment_member_conditions",
	"Nurture Suppression": "nurture_app.site.permissions.suppression_conditions",
	"Nurture Touch": "nurture_app.site.permissions.touch_conditions",
	"Nurture Trigger Log": "nurture_app.site.permissions.trigger_log_conditions",
	"Nurture Audience Member": "nurture_app.site.permissions.audience_member_conditions",
	"Nurture Outgoing": "nurture_app.site.permissions.outgoing_conditions",
	"Nurture Page View": "nurture_app.site.permissions.page_view_conditions",
	"Nurture Portal Message": "nurture_app.site.permissions.portal_message_conditions",
	"Nurture Visit": "nurture_app.site.permissions.visit_conditions",
	"Nurture Visitor": "nurture_app.site.permissions.visitor_conditions",
}
has_permission = {
	"Nurture Activity": "nurture_app.site.permissions.has_permission",
	"Nurture Bounce": "nurture_app.site.permissions.has_permission",
	"Nurture Consent": "nurture_app.site.permissions.has_permission",
	"Nurture Consent Entry": "nurture_app.site.permissions.has_permission",
	"Nurture Content Use": "nurture_app.site.permissions.has_permission",
	"Nurture Preference": "nurture_app.site.permissions.may_see_suppression",
	"Nurture Enrollment": "nurture_app.site.permissions.has_permission",
	"Nurture Form Submission": "nurture_app.site.permissions.has_permission",
	"Nurture Insight": "nurture_app.site.permissions.may_see_insight",
	"Nurture Link": "nurture_app.site.permissions.may_see_link",
	"Nurture Mail Hit": "nurture_app.site.permissions.has_permission",
	"Nurture Score Entry": "nurture_app.site.permissions.has_permission",
	"Nurture Segment Member": "nurture_app.site.permissions.has_permission",
	"Nurture Suppression": "nurture_app.site.permissions.may_see_suppression",
	"Nurture Touch": "nurture_app.site.permissions.has_permission",
	"Nurture Trigger Log": "nurture_app.site.permissions.has_permission",
	"Nurture Audience Member": "nurture_app.site.permissions.has_permission",
	"Nurture Outgoing": "nurture_app.site.permissions.has_permission",
	"Nurture Page View": "nurture_app.site.permissions.has_permission",
	"Nurture Portal Message": "nurture_app.site.permissions.has_permission",
	"Nurture Visit": "nurture_app.site.permissions.has_permission",
	"Nurture Visitor": "nurture_app.site.permissions.has_permission",
}

# Documents of other apps, and what they tell about a lead

doc_events = {
	"Lead": {
		"before_save": "nurture_app.site.events.lead.before_save",
		"on_update": "nurture_app.site.events.lead.on_update",
		"on_change": "nurture_app.site.events.lead.on_change",
		"on_trash": "nurture_app.site.events.lead.on_trash",
		"after_rename": "nurture_app.site.events.lead.after_rename",
	},
	"Communication": {
		"after_insert": "nurture_app.site.events.communication.after_insert",
		"before_change": "nurture_app.site.events.communication.before_change",
		"on_trash": "nurture_app.site.events.communication.on_trash",
	},
	"Opportunity": {
		"after_insert": "nurture_app.site.events.opportunity.after_insert",
		"on_change": "nurture_app.site.events.opportunity.on_change",
		"on_trash": "nurture_app.site.events.opportunity.on_trash",
	},
	"Appointment": {"on_update": "nurture_app.site.events.appointment.on_update"},
	"Quotation": {"on_submit": "nurture_app.site.events.quotation.on_submit"},
	"Customer": {
		"after_insert": "nurture_app.site.events.customer.after_insert",
		"on_update": "nurture_app.site.events.customer.on_update",
		"on_trash": "nurture_app.site.events.customer.on_trash",
	},
	"Sales Invoice": {"on_submit": "nurture_app.site.events.sales_invoice.on_submit"},
	"Event": {
		"after_insert": "nurture_app.site.events.calendar_event.after_insert",
		"on_update": "nurture_app.site.events.calendar_event.on_update",
	},
	"Tag Link": {
		"after_insert": "nurture_app.site.events.tag_link.after_insert",
		"after_delete": "nurture_app.site.events.tag_link.after_delete",
	},
	"ToDo": {
		"validate": "nurture_app.site.events.todo.validate",
		"on_update": "nurture_app.site.events.todo.on_update",
		"on_trash": "nurture_app.site.events.todo.on_trash",
	},
	"Holiday List": {"after_rename": "nurture_app.site.events.renamed.after_rename"},
	"Opportunity Type": {"after_rename": "nurture_app.site.events.renamed.after_rename"},
	"Role": {"after_rename": "nurture_app.site.events.renamed.after_rename"},
	"Sales Stage": {"after_rename": "nurture_app.site.events.renamed.after_rename"},
	"User": {"after_rename": "nurture_app.site.events.renamed.after_rename"},
	"Email Unsubscribe": {"after_insert": "nurture_app.site.events.email_unsubscribe.after_insert"},
	"Nurture Settings": {
		"on_update": ["nurture_app.site.events.nurture_settings.on_update", "nurture_app.site.active.forget"],
	},
	"Nurture Activity Type": {
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Asset": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Page Category": {
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Custom Field": {
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Lead Scoring Rule": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Sequence": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Persona": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Lead Type": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Touch Tier": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Experiment": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Segment": {
		"before_validate": "nurture_app.site.storable.check",
		"on_update": "nurture_app.site.active.forget",
		"on_trash": "nurture_app.site.active.forget",
	},
	"Nurture Audience": {"before_validate": "nurture_app.site.storable.check"},
	"Nurture Content": {"before_validate": "nurture_app.site.storable.check"},
	"Nurture Content Block": {"before_validate": "nurture_app.site.storable.check"},
	"Nurture Form": {"before_validate": "nurture_app.site.storable.check"},
	"Nurture Playbook": {"before_validate": "nurture_app.site.storable.check"},
	"Nurture Webhook": {"before_validate": "nurture_app.site.storable.check"},
}

# Jobs

scheduler_events = {
	"cron": {"*/5 * * * *": ["nurture_app.site.nurture_jobs.tick"]},
	"daily_long": ["nurture_app.site.nurture_jobs.nightly"],
}

# What waits in Redis for the next tick, and when the last one was, survives a cleared cache

persistent_cache_keys = [
	"nurture_mail_hits",
	"nurture_app_hits",
	"nurture_app_changed_leads",
	"nurture_app_lead_events",
	"nurture_app_last_tick",
]

# Public pages

page_renderer = ["nurture_app.site.public.router.PublicRoutes"]
before_request = ["nurture_app.site.public.router.answer_at_once"]
update_website_context = ["nurture_app.site.portal.add_script"]

# Privacy and retention

# Logs: what they name may be deleted; rows about a lead go with it.
ignore_links_on_delete = [
	"Nurture Incoming Event",
	"Nurture Audience Member",
	"Nurture Outgoing",
	"Nurture Page View",
	"Nurture Portal Message",
	"Nurture Refused Event",
	"Nurture Visit",
	"Nurture Visitor",
]

user_data_fields = _user_data_fields()
default_log_clearing_doctypes = {
	"Nurture Bounce": 365,
	"Nurture Form Submission": 180,
	"Nurture Run Log": 30,
	"Nurture Refused Event": 30,
	"Nurture Trigger Log": 90,
	"Nurture Outgoing": 180,
	"Nurture Portal Message": 180,
}
