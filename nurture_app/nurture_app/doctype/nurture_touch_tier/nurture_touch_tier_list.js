frappe.listview_settings["Nurture Touch Tier"] = {
	add_fields: ["enabled"],
	hide_name_column: true,

	get_indicator: (doc) =>
		cint(doc.enabled)
			? [__("Enabled"), "green", "enabled,=,1"]
			: [__("Off"), "grey", "enabled,=,0"],

	onload(list) {
		if (!frappe.model.can_write(list.doctype)) return;
		list.page.add_actions_menu_item(__("Enable with Segments"), () => enable(list), true);
	},
};

async function enable(list) {
	await frappe.require("nurture.bundle.js");
	nurture.enable_with_segments(
		list,
		__(
			"Enable the tiers you ticked, and with them the segments they go by? Every lead then gets the first tier that fits. Whoever becomes high-touch leaves the sequences that are not meant for such leads, and what is queued to them is taken back."
		),
		__("Leads get their tiers within minutes.")
	);
}
