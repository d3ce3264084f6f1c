import { KINDS, understand } from "./condition_kinds";

/** Ask for a leaf (or a group) and hand it to `done(node)`. */
export function ask_for_node({ node, in_sequence, steps, done }) {
	const context = { in_sequence, steps, names: search_names };
	const [kind, values, negated] = node ? understand(node) : ["activity", {}, false];
	const fields = [
		{
			fieldname: "kind",
			fieldtype: "Select",
			label: __("Leads that"),
			options: Object.entries(KINDS).map(([value, spec]) => ({ value, label: spec.label() })),
			default: kind,
		},
		{
			fieldname: "negated",
			fieldtype: "Check",
			label: __("Turn it around: leads of whom this is NOT true"),
			default: negated ? 1 : 0,
		},
	];
	for (const [name, spec] of Object.entries(KINDS)) {
		const shown = `eval:doc.kind=='${name}'`;
		fields.push({ fieldtype: "Section Break", fieldname: `section_${name}`, depends_on: shown });
		for (const df of spec.fields(context)) {
			const field = { ...df };
			if (field.needed) field.mandatory_depends_on = shown;
			if (
				name === kind &&
				values[df.fieldname] !== undefined &&
				!["MultiSelectPills", "MultiCheck"].includes(df.fieldtype)
			) {
				field.default = values[df.fieldname];
			}
			if (field.fieldtype === "MultiCheck" && name === kind) {
				field.options = field.options.map((option) => ({
					...option,
					checked: values[df.fieldname]?.includes(option.value) ? 1 : 0,
				}));
			}
			fields.push(field);
		}
	}
	fields.push({ fieldtype: "Section Break", fieldname: "section_sentence" });
	fields.push({ fieldname: "sentence", fieldtype: "HTML" });

	const dialog = new frappe.ui.Dialog({
		title: node ? __("Change the Condition") : __("Add a Condition"),
		fields,
		primary_action_label: node ? __("Change") : __("Add"),
		primary_action: () => {
			const made = make_node();
			if (!made) return;
			dialog.hide();
			done(made);
		},
	});

	remember_open_row();
	dialog.onhide = () =>
		setTimeout(() => {
			dialog.$wrapper.remove(); // not used again
			reopen_row();
		}, 400);
	let group = values.group || { any: [] };
	let group_editor = null;

	const make_node = (quietly = false) => {
		const all = quietly ? collect(dialog) : dialog.get_values();
		if (!all) return null;
		const chosen = all.kind || kind;
		try {
			if (chosen === "group") {
				const value = group_editor ? JSON.parse(group_editor.value || "[]") : group;
				const nodes = Array.isArray(value) ? value : value.any || value.all || [value];
				if (!nodes.length) {
					if (!quietly)
						frappe.show_alert({
							message: __("The group is empty. Add something to it."),
							indicator: "orange",
						});
					return null;
				}
				all.group = Array.isArray(value) ? { all: value } : value;
			}
			if (missing(chosen, all)) return null;
			const made = KINDS[chosen].make(all);
			return all.negated ? { not: made } : made;
		} catch (error) {
			if (!quietly) {
				frappe.msgprint({
					title: __("This is not valid JSON"),
					message: nurture.esc(error.message),
					indicator: "red",
				});
			}
			return null;
		}
	};

	const missing = (chosen, all) =>
		KINDS[chosen]
			.fields(context)
			.some((df) => df.needed && (!all[df.fieldname] || !String(all[df.fieldname]).length));

	const show_sentence = nurture.debounce(() => {
		const made = make_node(true);
		const $sentence = dialog.get_field("sentence").$wrapper;
		if (!made) {
			$sentence.empty();
			return;
		}
		nurture
			.quiet_call("conditions.describe", {
				condition: JSON.stringify([made]),
				in_sequence: in_sequence ? 1 : 0,
				steps: JSON.stringify(steps ? steps() : []),
			})
			.then((answer) => {
				if (!answer) return;
				$sentence.html(
					answer.error
						? `<div class="text-danger" role="alert">${nurture.esc(answer.error)}</div>`
						: `<div class="nurture-sentence">${nurture.ConditionEditor.prototype.sentence_html(
								answer
						  )}</div>`
				);
			});
	}, 400);

	const show_group = () => {
		if (dialog.get_value("kind") !== "group" || group_editor) return;
		group_editor = new nurture.ConditionEditor({
			parent: dialog.get_field("group_html").$wrapper,
			value: JSON.stringify(group.any && !group.any.length ? [] : group),
			in_sequence,
			steps,
			on_change: () => {},
		});
		if (!node)
			group_editor.ready.then(() =>
				group_editor.$wrapper.find(".nc-match-select").val("any").trigger("change")
			);
	};

	dialog.$wrapper.on("change input awesomplete-selectcomplete click", () => {
		show_group();
		if (dialog.get_value("kind") !== "group") show_sentence();
		dialog.get_field("sentence").$wrapper.toggle(dialog.get_value("kind") !== "group");
	});
	dialog.show();
	for (const df of KINDS[kind].fields(context)) {
		if (df.fieldtype === "MultiSelectPills" && values[df.fieldname]?.length) {
			set_pills(dialog, df.fieldname, values[df.fieldname]);
		}
	}
	show_group();
	show_sentence();
	return dialog;
}

let row_to_reopen = null;

/** Frappe closes the opened row of a table whenever a dialog is hidden, whatever the dialog was for. */
function remember_open_row() {
	row_to_reopen = frappe.ui.form.get_open_grid_form() || row_to_reopen;
}

function reopen_row() {
	if (!row_to_reopen || frappe.ui.open_dialogs.length) return; // an outer dialog of ours is still there
	const row = row_to_reopen;
	row_to_reopen = null;
	if (document.contains(row.wrapper[0])) row.toggle_view(true);
}

function set_pills(dialog, fieldname, names) {
	const field = dialog.get_field(fieldname);
	field.rows = [...names];
	field.set_formatted_input(names);
	field.value = names;
}

/** The values as they stand, without complaining about what is missing. */
function collect(dialog) {
	const all = {};
	for (const [fieldname, field] of Object.entries(dialog.fields_dict)) {
		if (field.get_value) all[fieldname] = field.get_value();
	}
	return all;
}

function search_names(doctype, text) {
	return frappe.db.get_link_options(doctype, text || "");
}
