// The menu "Insert" of a form in which mail texts are written: placeholders, blocks, assets, buttons.

const GROUP = __("Insert");

/** `fieldnames`: the fields that may be written in; the rich text among them is the last, and takes what others cannot. */
nurture.make_insert_menu = (frm, fieldnames, { blocks = true } = {}) => {
	const body = fieldnames[fieldnames.length - 1];
	watch_focus(frm, fieldnames);
	const insert = (piece) => insert_piece(frm.get_field(body).quill, piece);
	if (blocks) frm.add_custom_button(__("Block…"), () => choose_block(insert), GROUP);
	frm.add_custom_button(__("Asset…"), () => choose_asset(insert), GROUP);
	frm.add_custom_button(__("Calculation…"), () => choose_calculation(insert), GROUP);
	frm.add_custom_button(__("Button…"), () => make_button(insert), GROUP);
	if (nurture.is_member()) {
		frm.add_custom_button(__("Phrases of Customers…"), () => nurture.show_phrases(), GROUP);
	}
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

/** `text`, perhaps with a `link`; `alone` in a paragraph of its own, as a `button`. */
function insert_piece(quill, { text, link, alone, button }) {
	let at = cursor(quill);
	if (alone && quill.getLine(at)[0].length() > 1) {
		quill.insertText(at, "\n", "user");
		at += 1;
	}
	quill.insertText(at, text, { ...(link ? { link } : {}), ...(button ? { bold: true } : {}) }, "user");
	let end = at + text.length;
	if (alone) {
		quill.insertText(end, "\n", { link: false, bold: false }, "user");
		// a bold link alone in a centred paragraph: what the mail's layout makes a button of
		if (button) quill.formatLine(at, 1, "align", "center", "user");
		end += 1;
	}
	quill.setSelection(end, 0);
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
		async ({ block }) => {
			const name = await short_name("Nurture Content Block", block);
			then({ text: `{{ block.${name} }}`, alone: true });
		}
	);
}

function choose_calculation(then) {
	ask(
		__("Insert a Calculation"),
		[
			{
				fieldname: "calculation",
				fieldtype: "Link",
				options: "Nurture Calculation",
				label: __("Calculation"),
				description: __("A figure of the reader's own, or its text without one."),
				reqd: 1,
			},
		],
		async ({ calculation }) => {
			const name = await short_name("Nurture Calculation", calculation);
			then({ text: `{{ calc.${name} }}` });
		}
	);
}

function choose_asset(then) {
	const shown = {
		[__("Link with its title")]: ["title", { link: true }],
		[__("Button")]: ["title", { link: true, button: true, alone: true }],
		[__("What the reader gets")]: ["description", {}],
		[__("Proof")]: ["proof", {}],
		[__("Text")]: ["text", {}],
		[__("Last day of the offer")]: ["until", {}],
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
		async (values) => {
			const name = await short_name("Nurture Asset", values.asset);
			const [attribute, how] = shown[values.shown];
			const link = how.link && asset_url(name);
			then({ ...how, link, text: `{{ assets.${name}.${attribute} }}` });
		}
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
			const link = url || asset_url(await short_name("Nurture Asset", asset));
			then({ text, link, button: true, alone: true });
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

const asset_url = (name) => `{{ assets.${name}.url }}`;

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
