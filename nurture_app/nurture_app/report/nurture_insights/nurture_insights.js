frappe.query_reports["Nurture Insights"] = {
	onload(report) {
		report.page.set_title(__("What Was Heard"));
	},
	filters: [
		{
			fieldname: "from_date",
			label: __("Heard from"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -90),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("to"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{
			fieldname: "show",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Words", label: __("What Was Said") },
				{ value: "Kind", label: __("Kinds") },
				{ value: "Competitor", label: __("Competitors") },
				{ value: "In the Way", label: __("What Stands in the Way") },
				{ value: "Topic", label: __("Topics") },
				{ value: "Persona", label: __("Personas") },
			],
			default: "Words",
			reqd: 1,
		},
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				...[
					"Phrase That Resonates",
					"Customer's Words",
					"Objection",
					"Blocker",
					"Competitor",
					"Product Feedback",
					"Interview Answer",
					"How They Heard of Us",
					"Why They Bought",
					"Why They Did Not Buy",
				].map((value) => ({ value, label: __(value) })),
			],
		},
		{
			fieldname: "persona",
			label: __("Persona"),
			fieldtype: "Link",
			options: "Nurture Persona",
		},
		{
			fieldname: "competitor",
			label: __("Competitor"),
			fieldtype: "Data",
		},
		{
			fieldname: "text",
			label: __("With the Words"),
			fieldtype: "Data",
		},
	],
};
