frappe.listview_settings["Nurture Social Post"] = {
	hide_name_column: true,
	add_fields: ["status", "planned_on"],
	get_indicator(doc) {
		const late = doc.status === "Planned" && doc.planned_on < frappe.datetime.now_datetime();
		if (late) return [__("Due"), "orange", "status,=,Planned"];
		const colours = { Draft: "grey", Planned: "blue", Posted: "green", Dropped: "red" };
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},
	onload(listview) {
		for (const [format, label] of [
			["csv", __("Download as CSV")],
			["ics", __("Download as Calendar (ICS)")],
		]) {
			listview.page.add_inner_button(label, () => ask_for_days(format, label), __("Download"));
		}
	},
};

function ask_for_days(format, label) {
	const today = frappe.datetime.get_today();
	frappe.prompt(
		[
			{ fieldname: "start", fieldtype: "Date", label: __("From"), default: today, reqd: 1 },
			{
				fieldname: "end",
				fieldtype: "Date",
				label: __("to"),
				default: frappe.datetime.add_days(today, 30),
				reqd: 1,
			},
			{
				fieldname: "status",
				fieldtype: "Select",
				label: __("Status"),
				options: [
					{ value: "Planned", label: __("Planned") },
					{ value: "", label: __("All but dropped ones") },
				],
				default: "Planned",
			},
		],
		(values) =>
			open_url_post("/api/method/nurture_app.site.api.social_posts.download", { ...values, format }),
		label,
		__("Download")
	);
}
