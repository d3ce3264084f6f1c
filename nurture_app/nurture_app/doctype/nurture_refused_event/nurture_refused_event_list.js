frappe.listview_settings["Nurture Refused Event"] = {
	hide_name_column: true,
	get_indicator: (doc) =>
		doc.status === "Refused"
			? [__("Refused"), "orange", "status,=,Refused"]
			: [__("Accepted Later"), "green", "status,=,Accepted Later"],
	onload(list) {
		list.page.add_action_item(__("Try Again"), () => {
			const names = list.get_checked_items(true);
			frappe
				.call({
					method: "nurture_app.site.api.source_actions.try_again",
					args: { names },
					type: "POST",
					freeze: true,
				})
				.then(({ message }) => {
					if (!message) return;
					frappe.show_alert({
						message: __("{0} accepted, {1} refused again", [message.accepted, message.refused]),
						indicator: message.refused ? "orange" : "green",
					});
					list.refresh();
				});
		});
	},
};
