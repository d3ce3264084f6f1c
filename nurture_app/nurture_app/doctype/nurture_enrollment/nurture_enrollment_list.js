(() => {
	const sentence = (code) =>
		code ? ((frappe.boot.nurture || {}).reasons || {})[code] || frappe.unscrub(code) : "";

	frappe.listview_settings["Nurture Enrollment"] = {
		add_fields: ["status", "reason", "party_name", "step", "due_on", "sequence"],
		hide_name_column: true,
		formatters: {
			due_on(value, df, doc) {
				if (!value || doc.status !== "Active") return "";
				const when = frappe.datetime.str_to_user(value).replace(/:\d\d$/, "");
				const text = frappe.utils.escape_html(`${when} · ${doc.step || ""}`);
				return `<span class="ellipsis" title="${text}">${text}</span>`;
			},
			reason(value) {
				if (!value) return "";
				const text = frappe.utils.escape_html(sentence(value));
				return `<span class="filterable ellipsis" data-filter="reason,=,${frappe.utils.escape_html(
					value
				)}" title="${text}">${text}</span>`;
			},
		},
		onload(listview) {
			if (!frappe.boot.nurture?.may_enroll) return;
			const run = (action) => {
				const names = listview.get_checked_items(true);
				frappe
					.call({
						method: `nurture_app.site.api.enrollment_actions.${action}`,
						args: { enrollments: JSON.stringify(names) },
						freeze: true,
						freeze_message: __("One moment…"),
					})
					.then(({ message }) => {
						const changed = message?.changed ?? 0;
						const told = [__("{0} enrollments changed.", [changed]), message?.left];
						frappe.show_alert(
							{
								message: frappe.utils.escape_html(told.filter(Boolean).join(" ")),
								indicator: changed ? "green" : "orange",
							},
							message?.left ? 15 : 7
						);
						listview.clear_checked_items();
						listview.refresh();
					});
			};
			listview.page.add_inner_button(__("Waiting for Approval"), () =>
				listview.filter_area
					.clear(false)
					.then(() =>
						listview.filter_area.add([
							["Nurture Enrollment", "status", "=", "Held"],
							["Nurture Enrollment", "reason", "in", ["waits_for_approval", "nobody_decided"]],
						])
					)
			);
			listview.page.add_actions_menu_item(__("Pause", null, "Nurture"), () => run("pause"), true);
			listview.page.add_actions_menu_item(__("Resume", null, "Nurture"), () => run("resume"), true);
			listview.page.add_actions_menu_item(
				__("Stop", null, "Nurture"),
				() =>
					frappe.confirm(
						__("Stop {0} enrollments? They cannot be resumed.", [
							listview.get_checked_items(true).length,
						]),
						() => run("stop")
					),
				true
			);
		},
	};
})();
