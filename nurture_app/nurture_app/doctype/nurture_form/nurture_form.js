// The form for another website, ready to be copied, and the page on this one.
frappe.ui.form.on("Nurture Form", {
	before_load: () => frappe.require(["nurture.bundle.js", "nurture.bundle.css"]),

	refresh(frm) {
		nurture.offer_topics(frm, "interest");
		frm.set_query("web_form", () => ({ filters: { doc_type: "Nurture Form Submission" } }));
		show_snippet(frm);
		const found = (frm.doc.__onload && frm.doc.__onload.variants) || [];
		const $found = $(frm.fields_dict.variants_html.wrapper).empty();
		for (const text of found) $("<p>").text(text).appendTo($found);
		if (frm.is_new() || !frm.doc.enabled) return;
		frm.add_web_link(`/n/form/${frm.doc.form_key}`, __("See the page"));
	},
});

function show_snippet(frm) {
	const esc = frappe.utils.escape_html;
	const inputs = (frm.doc.questions || []).map((row) => {
		const required = row.reqd ? " required" : "";
		const label = esc(row.label || "");
		if (row.fieldname === "message")
			return `  <label>${label} <textarea name="message"${required}></textarea></label>`;
		const choices = (row.choices || "").split("\n").filter(Boolean);
		if (choices.length) {
			const options = choices.map((one) => `<option>${esc(one)}</option>`).join("");
			return `  <label>${label} <select name="${row.fieldname}"${required}><option></option>${options}</select></label>`;
		}
		return `  <label>${label} <input name="${row.fieldname}"${required}></label>`;
	});
	const consent = frm.doc.ask_consent
		? [
				`  <label><input type="checkbox" name="consent" value="1"> ${esc(
					frm.doc.wording || __("The wording in Nurture Settings")
				)}</label>`,
		  ]
		: [];
	const lines = [
		`<form method="post" action="${window.location.origin}/n/form/${frm.doc.form_key || ""}">`,
		`  <label>${esc(__("E-mail"))} <input type="email" name="email_id" required></label>`,
		...inputs,
		...consent,
		`  <input name="nickname" tabindex="-1" autocomplete="off" style="position:absolute;inset-inline-start:-9999px" aria-hidden="true">`,
		`  <input type="hidden" name="nurture_visitor">`,
		`  <a href="${window.location.origin}/n/privacy">${esc(__("Privacy notice"))}</a>`,
		`  <button>${esc(__("Send"))}</button>`,
		"</form>",
	];
	const text = frm.doc.form_key ? lines.join("\n") : __("Save the form first.");
	frm.fields_dict.snippet.$wrapper.html(`<pre class="small">${esc(text)}</pre>`);
}
