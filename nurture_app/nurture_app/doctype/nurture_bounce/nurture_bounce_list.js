frappe.listview_settings["Nurture Bounce"] = {
	hide_name_column: true,
	get_indicator(doc) {
		const colors = {
			"To Repair": "red",
			Noted: "gray",
			"No Proof": "yellow",
			Repaired: "green",
			Lifted: "blue",
		};
		return [__(doc.state), colors[doc.state] || "gray", `state,=,${doc.state}`];
	},
};
