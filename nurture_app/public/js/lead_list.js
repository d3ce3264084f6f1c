// Score and stage in the Lead list. ERPNext's settings (indicator, actions) are kept: they are called first.
(() => {
	const settings = (frappe.listview_settings["Lead"] = frappe.listview_settings["Lead"] || {});
	if (settings.nurture_extended) return;
	settings.nurture_extended = true;

	const COLOURS = { Recycle: "gray", Nurture: "orange", MQL: "blue", SQL: "green" };
	const esc = frappe.utils.escape_html;

	// On a phone Frappe shows the title and the status alone, of which nobody sees whom to call first.
	frappe.dom.set_style(
		`@media (max-width: 767.98px) {
			.list-row-col.hidden-xs:has(> .nurture-list-score) { display: block !important; flex: none; }
			.nurture-list-score .nurture-list-stage { display: none; }
		}`,
		"nurture-list-score"
	);

	settings.add_fields = [...(settings.add_fields || []), "nurture_score", "nurture_stage"];
	settings.formatters = Object.assign({}, settings.formatters, {
		nurture_score(value, df, doc) {
			const stage = doc.nurture_stage;
			const filter = stage ? `nurture_stage,=,${stage}` : "";
			return `<span class="nurture-list-score indicator-pill no-indicator-dot filterable whitespace-nowrap ellipsis ${
				COLOURS[stage] || "gray"
			}" data-filter="${esc(filter)}" title="${esc(__("Score"))}"><span>${cint(value)}${
				stage ? `<span class="nurture-list-stage"> · ${esc(__(stage))}</span>` : ""
			}</span></span>`;
		},
	});

	const onload = settings.onload;
	settings.onload = function (listview) {
		onload && onload.call(this, listview);
		show_score_early(listview);
		add_enroll_action(listview);
		add_release_action(listview);
	};

	/** Columns beyond the fourth are cut off on small screens: put the score right after the status. */
	function show_score_early(listview) {
		const chosen_by_user = listview.list_view_settings?.fields;
		if (chosen_by_user || !listview.columns || !frappe.meta.has_field("Lead", "nurture_score")) return;
		const is_score = (column) => column.df?.fieldname === "nurture_score";
		const column = listview.columns.find(is_score) || {
			type: "Field",
			df: frappe.meta.get_docfield("Lead", "nurture_score"),
		};
		const others = listview.columns.filter((one) => !is_score(one));
		const status = others.findIndex((one) => one.type === "Status");
		others.splice(status + 1, 0, column);
		listview.columns = others.slice(0, Math.max(listview.columns.length, status + 2));
		listview.render_header(true);
	}

	function add_enroll_action(listview) {
		if (!frappe.boot.nurture?.may_enroll) return;
		listview.page.add_actions_menu_item(
			__("Enroll in Sequence"),
			() => {
				const leads = listview.get_checked_items(true);
				frappe.require(["nurture.bundle.js", "nurture.bundle.css"]).then(() =>
					nurture.enroll_dialog({
						leads,
						after() {
							listview.clear_checked_items();
							listview.refresh();
						},
					})
				);
			},
			true
		);
	}

	function add_release_action(listview) {
		if (!frappe.user.has_role(["Nurture Manager", "System Manager"])) return;
		listview.page.add_actions_menu_item(
			__("Release from Quarantine"),
			() => review_quarantine(listview, listview.get_checked_items(true)),
			true
		);
	}

	/** What is wrong with each, then out they go. */
	function review_quarantine(listview, leads) {
		const api = "nurture_app.site.api.quarantine_actions.";
		const args = { leads: JSON.stringify(leads) };
		frappe.call({ method: `${api}preview`, args, freeze: true }).then(({ message }) => {
			const waiting = message || [];
			if (!waiting.length) {
				frappe.msgprint(__("None of the chosen leads is in quarantine."));
				return;
			}
			const lines = waiting
				.slice(0, 100)
				.map((one) => {
					const wrong = one.problems.map(esc).join(" ") || esc(__("Nothing is wrong with it."));
					return `<li><b>${esc(one.title)}</b>: ${wrong}</li>`;
				})
				.join("");
			frappe.confirm(
				`<p>${esc(__("Release {0} leads?", [waiting.length]))}</p><ul>${lines}</ul>`,
				() =>
					frappe
						.call({
							method: `${api}release`,
							args: { leads: JSON.stringify(waiting.map((one) => one.lead)) },
							freeze: true,
						})
						.then((r) => {
							frappe.show_alert({
								message: __("Released: {0}", [r.message.released]),
								indicator: "green",
							});
							listview.clear_checked_items?.();
							listview.refresh();
						})
			);
		});
	}
})();
