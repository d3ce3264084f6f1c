// The calendar of posts: drag one to another day to plan it anew.
frappe.views.calendar["Nurture Social Post"] = {
	field_map: { id: "name", start: "planned_on", end: "ends_on", title: "title", allDay: "all_day", color: "" },
	get_events_method: "nurture_app.site.api.social_posts.get_events",
	get_css_class: (post) =>
		({ Draft: "default", Planned: "warning", Posted: "success", Dropped: "danger" }[post.status]),
	filters: [{ fieldtype: "Select", fieldname: "network", label: __("Network") }],
};
