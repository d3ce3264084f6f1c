frappe.listview_settings["Nurture Touch"] = {
	add_fields: ["status", "reason"],
	hide_name_column: true,
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
