// For forms of what was made from a lead. Stands before the script of each of them, so it may come more than once.

/**
 * Shows where the nurturing of the lead behind a record stands. Whatever fails leaves the form as it is; after an update
 * whose assets were not built, our shared script is one that does not know of this.
 */
nurture.show_origin = (frm, may_have_lead) => {
	if (frm.is_new() || !may_have_lead || !frappe.model.can_read("Lead")) {
		frm.layout.wrapper.children(".nurture-top").empty();
		return;
	}
	nurture.load_quietly().then((is_here) => is_here && nurture.show_lead_summary?.(frm));
};
