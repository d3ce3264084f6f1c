/** Lead types and touch tiers are switched on in their lists, together with the segments they go by. */

frappe.provide("nurture");

nurture.enable_with_segments = (list, question, done) => {
	const { doctype } = list;
	const names = list.get_checked_items(true);
	frappe.confirm(question, async () => {
		await frappe.xcall("nurture_app.site.api.given_by_segments.enable", { doctype, names });
		list.clear_checked_items();
		list.refresh();
		frappe.show_alert({ message: done, indicator: "green" });
	});
};
