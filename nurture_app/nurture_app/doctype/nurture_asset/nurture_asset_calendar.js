// The calendar of content: publishing, reviews, offers, and what sequences send. A click opens the record.
frappe.views.calendar["Nurture Asset"] = {
	field_map: {
		id: "name",
		start: "start",
		end: "end",
		title: "title",
		allDay: "all_day",
		convertToUserTz: "in_user_zone",
	},
	get_css_class: (event) => event.colour,
	get_events_method: "nurture_app.site.api.calendar_actions.get_events",
	options: { selectable: false },
};
