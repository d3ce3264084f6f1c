// The menu "Insert" of a form in which mail texts are written: placeholders, blocks, assets, buttons.

const GROUP = __("Insert");

/** `fieldnames`: the fields that may be written in; the rich text among them is the last, and takes what others cannot. */
nurture.make_insert_menu = (frm, fieldnames, { blocks = true } = {}) => {
	const body = fieldnames[fieldnames.length - 1];
	watch_focus(frm, fieldnames);
	const rich = (html) => insert_html(frm, body, html);
	if (blocks) {
		frm.add_custom_button(__("Block…"), () => choose_block((name) => rich(`<p>{{ block.${name} }}</p>`)), GROUP);
	}
	frm.add_custom_button(__("Asset…"), () => choose_asset(rich), GROUP);
	frm.add_custom_button(__("Button…"), () => make_button(rich), GROUP);
	nurture.quiet_call("content_actions.placeholders", {}).then((placeholders) => {
		for (const { label, text } of placeholders || []) {
			frm.add_custom_button(label, () => insert_text(frm, body, text), GROUP);
		}
	});
};

/** Remembers which field was written in last, because clicking the menu takes the focus away. */
function watch_focus(frm, fieldnames) {
	if (frm.nurture_watches_focus) return;
	frm.nurture_watches_focus = true;
	for (const fieldname of fieldnames) {
		frm.get_field(fieldname).$wrapper.on("focusin", () => (frm.nurture_last_field = fieldname));
	}
}

function insert_text(frm, body, text) {
	const fieldname = frm.nurture_last_field || body;
	const field = frm.get_field(fieldname);
	if (field.quill) {
		const at = cursor(field.quill);
		field.quill.insertText(at, text, "user");
		field.quill.setSelection(at + text.length, 0);
		return;
	}
	const input = field.$input[0];
	const at = input.selectionStart ?? input.value.length;
	const value = input.value.slice(0, at) + text + input.value.slice(input.selectionEnd ?? at);
	frm.set_value(fieldname, value).then(() => {
		input.focus();
		input.setSelectionRange(at + text.length, at + text.length);
	});
}

function insert_html(frm, fieldname, html) {
	const quill = frm.get_field(fieldname).quill;
	quill.clipboard.dangerouslyPasteHTML(cursor(quill), html, "user");
}

const cursor = (quill) => (quill.getSelection(true) || { index: quill.getLength() - 1 }).index;

function choose_block(then) {
	ask(
		__("Insert a Block"),
		[
			{
				fieldname: "block",
				fieldtype: "Link",
				options: "Nurture Content Block",
				label: __("Block"),
				description: __("Its text follows from what is known of the lead."),
				reqd: 1,
			},
		],
		async ({ block }) => then(await short_name("Nurture Content Block", block))
	);
}

function choose_asset(then) {
	const shown = {
		[__("Link with its title")]: (name) =>
			`<a href="{{ assets.${name}.url }}">{{ assets.${name}.title }}</a>`,
		[__("Button")]: (name) => button(`{{ assets.${name}.url }}`, `{{ assets.${name}.title }}`),
		[__("What the reader gets")]: (name) => `{{ assets.${name}.description }}`,
		[__("Proof")]: (name) => `{{ assets.${name}.proof }}`,
		[__("Text")]: (name) => `{{ assets.${name}.text }}`,
		[__("Last day of the offer")]: (name) => `{{ assets.${name}.until }}`,
	};
	ask(
		__("Insert an Asset"),
		[
			asset_field({ reqd: 1 }),
			{
				fieldname: "shown",
				fieldtype: "Select",
				options: Object.keys(shown),
				default: Object.keys(shown)[0],
				label: __("Show"),
				reqd: 1,
			},
		],
		async (values) => then(shown[values.shown](await short_name("Nurture Asset", values.asset)))
	);
}

function make_button(then) {
	ask(
		__("Insert a Button"),
		[
			{ fieldname: "text", fieldtype: "Data", label: __("What It Says"), reqd: 1 },
			{ fieldname: "url", fieldtype: "Data", label: __("Address"), mandatory_depends_on: "eval:!doc.asset" },
			asset_field({ label: __("Or Asset"), depends_on: "eval:!doc.url" }),
		],
		async ({ text, url, asset }) => {
			const address = url || `{{ assets.${await short_name("Nurture Asset", asset)}.url }}`;
			then(button(address, nurture.esc(text)));
		}
	);
}

const asset_field = (more) => ({
	fieldname: "asset",
	fieldtype: "Link",
	options: "Nurture Asset",
	label: __("Asset"),
	get_query: () => ({ filters: { enabled: 1 } }),
	...more,
});

/** A bold link alone in a centred paragraph: what the mail's layout makes a button of. */
const button = (address, text) =>
	`<p class="ql-align-center"><a href="${nurture.esc(address)}"><strong>${text}</strong></a></p>`;

const short_name = (doctype, name) =>
	frappe.db.get_value(doctype, name, "short_name").then((r) => r.message.short_name);

function ask(title, fields, then) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: __("Insert"),
		primary_action: async (values) => {
			dialog.hide();
			await then(values);
		},
	});
	dialog.onhide = () => setTimeout(() => dialog.$wrapper.remove(), 500); // not used again
	dialog.show();
}
