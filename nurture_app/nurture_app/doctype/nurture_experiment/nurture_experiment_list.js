frappe.listview_settings["Nurture Experiment"] = {
	add_fields: ["status", "decision"],
	hide_name_column: true,
	get_indicator(doc) {
		if (doc.status === "Decided" && doc.decision === "Roll Out")
			return [__("Rolled Out"), "green", "decision,=,Roll Out"];
		const colours = { Draft: "grey", Running: "blue", Decided: "grey", Stopped: "grey" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
};
