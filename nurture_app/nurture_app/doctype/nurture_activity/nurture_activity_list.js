frappe.listview_settings["Nurture Activity"] = {
	add_fields: ["classification"],
	hide_name_column: true,
	get_indicator(doc) {
		const colours = { human: "green", machine: "grey", unknown: "orange" };
		const labels = { human: __("Human"), machine: __("Machine"), unknown: __("Unknown") };
		return [
			labels[doc.classification] || "",
			colours[doc.classification] || "grey",
			`classification,=,${doc.classification}`,
		];
	},
};
