frappe.listview_settings["Nurture Link Check"] = {
	hide_name_column: true,
	get_indicator: (doc) => [
		__(doc.status),
		{ Works: "green", Broken: "red" }[doc.status] || "grey",
		`status,=,${doc.status}`,
	],
	onload(list) {
		if (!frappe.user.has_role(["Nurture Manager", "System Manager"])) return;
		list.page.add_inner_button(__("Look Now"), () =>
			frappe
				.require("nurture.bundle.js")
				.then(() => nurture.call("content_actions.check_links", {}))
				.then((answer) => answer && frappe.show_alert({ message: answer.message, indicator: "blue" }))
		);
	},
};
