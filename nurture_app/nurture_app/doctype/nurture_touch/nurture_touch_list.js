(() => {
	const COLOURS = {
		Planned: "grey",
		Queued: "light-blue",
		Sending: "light-blue",
		Sent: "blue",
		Delivered: "blue",
		Opened: "cyan",
		Clicked: "purple",
		Replied: "green",
		Bounced: "red",
		Skipped: "grey",
		Held: "red",
		Failed: "red",
		Unknown: "orange",
		Done: "grey",
	};

	frappe.listview_settings["Nurture Touch"] = {
		add_fields: ["status", "reason"],
		hide_name_column: true,
		get_indicator: (doc) => [__(doc.status), COLOURS[doc.status] || "grey", `status,=,${doc.status}`],
		formatters: {
			reason(value) {
				if (!value) return "";
				const known = ((frappe.boot.nurture || {}).reasons || {})[value] || frappe.unscrub(value);
				const text = frappe.utils.escape_html(known);
				return `<span class="filterable ellipsis" data-filter="reason,=,${frappe.utils.escape_html(
					value
				)}" title="${text}">${text}</span>`;
			},
		},
	};
})();
