frappe.listview_settings["Nurture Lead Type"] = {
	add_fields: ["enabled"],
	hide_name_column: true,

	get_indicator: (doc) =>
		cint(doc.enabled)
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Off"), "grey", "enabled,=,0"],

	onload(list) {
		if (!frappe.model.can_write("Nurture Lead Type")) return;
		list.page.add_actions_menu_item(__("Enable with Segments"), () => enable(list), true);
	},
};

function enable(list) {
	const types = list.get_checked_items(true);
	frappe.confirm(
		__(
			"Enable the types you ticked, and with them the segments they go by? Every lead then gets the first type that fits. Sequences that begin when a lead enters one of these segments begin too, if they are active."
		),
		() =>
			frappe.xcall("nurture_app.site.api.lead_types.enable", { types }).then(() => {
				list.clear_checked_items();
				list.refresh();
				frappe.show_alert({ message: __("Leads get their types within minutes."), indicator: "green" });
			})
	);
}
