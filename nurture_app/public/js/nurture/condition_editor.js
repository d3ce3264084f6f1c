import * as model from "./condition_model";
import { ask_for_node } from "./condition_dialog";

const get_field = (fieldname) =>
	frappe.meta.get_docfield("Lead", fieldname) ||
	frappe.model.std_fields.find((df) => df.fieldname === fieldname);

/**
 * Edits a condition without JSON: rows of Frappe's own filter group for fields of the lead, pills for everything
 * else, beneath them the sentence and how many leads match now.
 *
 * options: parent, value (JSON text), on_change(text), read_only, in_sequence, steps() -> labels
 */
nurture.ConditionEditor = class ConditionEditor {
	constructor(options) {
		Object.assign(this, options);
		this.answers = {};
		this.$wrapper = $('<div class="nurture-condition"></div>').appendTo($(this.parent).empty());
		this.describe = nurture.debounce(() => this._describe(), 500);
		this.ready = frappe.model.with_doctype("Lead").then(() => this.set_value(this.value));
	}

	set_value(text) {
		this.value = text || "";
		try {
			this.model = model.parse(this.value, get_field);
			this.broken = "";
		} catch (error) {
			this.model = { match: "all", fields: [], others: [] };
			this.broken = error.message;
		}
		return this.render();
	}

	render() {
		this.$wrapper.html(`
			<div class="nc-match form-inline" hidden>
				${__("Leads that match {0} of these:", [
					`<select class="form-control input-xs nc-match-select" aria-label="${__("All or any")}">
						<option value="all">${__("all")}</option>
						<option value="any">${__("at least one")}</option>
					</select>`,
				])}
			</div>
			<div class="nc-rows"></div>
			<div class="nc-pills"></div>
			<div class="nc-actions"></div>
			<div class="nc-json" hidden></div>
			<div class="nc-error text-danger" role="alert" hidden></div>
			<div class="nc-sentence" aria-live="polite"></div>`);
		if (this.read_only) {
			this._describe();
			return Promise.resolve();
		}
		this.$wrapper
			.find(".nc-match-select")
			.val(this.model.match)
			.on("change", (event) => {
				this.model.match = event.target.value;
				this.changed();
			});
		const rows_ready = this.make_rows();
		this.make_actions();
		if (this.broken) this.show_json(true);
		this.refresh_pills();
		this._describe();
		return rows_ready;
	}

	make_rows() {
		this.loading = true;
		this.filter_group = new frappe.ui.FilterGroup({
			parent: this.$wrapper.find(".nc-rows"),
			doctype: "Lead",
			on_change: () => this.rows_changed(),
		});
		// its buttons are not shown, but Enter in a field would press the first of them and add a row
		this.$wrapper.find(".nc-rows button").attr("type", "button");
		const rows = model.to_filter_rows(this.model.fields);
		this.filter_group.toggle_empty_filters(false);
		// not add_filters(): that looks for the filter button of a list, which is not here
		return frappe.run_serially(rows.map((row) => () => this.filter_group.add_filter(...row))).then(() => {
			this.loading = false;
		});
	}

	rows_changed() {
		if (this.loading) return;
		const fields = model.from_filter_rows(this.filter_group.get_filters());
		if (JSON.stringify(fields) === JSON.stringify(this.model.fields)) return;
		this.model.fields = fields;
		this.changed();
	}

	make_actions() {
		const $actions = this.$wrapper.find(".nc-actions");
		const add = (label, action, css = "") =>
			$(`<button type="button" class="btn btn-xs btn-default ${css}">${label}</button>`)
				.on("click", action)
				.appendTo($actions);
		add(`+ ${__("Field of the Lead")}`, () => {
			this.filter_group.add_filter("Lead", this.first_free_field());
		});
		add(`+ ${__("Activity, Segment, Score…")}`, () => this.ask());
		add(
			__("Edit as JSON"),
			() => this.show_json(this.$wrapper.find(".nc-json").prop("hidden")),
			"nc-json-toggle"
		);
	}

	first_free_field() {
		const used = this.filter_group.get_filters().map((row) => row[1]);
		return (
			["industry", "territory", "source", "status", "company_name"].find(
				(field) => get_field(field) && !used.includes(field)
			) || "name"
		);
	}

	ask(index = null) {
		ask_for_node({
			node: index === null ? null : this.model.others[index],
			in_sequence: this.in_sequence,
			steps: this.steps,
			done: (node) => {
				if (index === null) this.model.others.push(node);
				else this.model.others[index] = node;
				this.refresh_pills();
				this.changed();
			},
		});
	}

	refresh_pills() {
		const $pills = this.$wrapper.find(".nc-pills").empty();
		this.model.others.forEach((node, index) => {
			const json = JSON.stringify(node);
			const known = this.answers[json] || {};
			// a pill is no sentence of its own: without the full stop
			const text = (known.sentence || "").replace(/\.$/, "") || json;
			const $pill = $(`
				<span class="nc-pill ${known.error ? "nc-wrong" : ""}" role="group">
					<button type="button" class="nc-pill-text" title="${nurture.esc(known.error || __("Edit"))}">
						${nurture.esc(text)}
					</button>
					<button type="button" class="nc-pill-remove" aria-label="${__("Remove")}: ${nurture.esc(text)}">
						${frappe.utils.icon("close", "xs")}
					</button>
				</span>`).appendTo($pills);
			$pill.find(".nc-pill-text").on("click", () => this.ask(index));
			$pill.find(".nc-pill-remove").on("click", () => {
				this.model.others.splice(index, 1);
				this.refresh_pills();
				this.changed();
			});
		});
		this.$wrapper
			.find(".nc-match")
			.prop("hidden", this.model.fields.length + this.model.others.length < 2);
	}

	show_json(show) {
		const $json = this.$wrapper.find(".nc-json").prop("hidden", !show);
		this.$wrapper.find(".nc-rows, .nc-pills").prop("hidden", show);
		this.$wrapper.find(".nc-actions .btn:not(.nc-json-toggle), .nc-match").prop("hidden", show);
		this.$wrapper.find(".nc-json-toggle").text(show ? __("Back to the Editor") : __("Edit as JSON"));
		if (!show) {
			if (this.broken) {
				this.show_json(true);
				return;
			}
			this.set_value(this.value);
			return;
		}
		$(`<textarea class="form-control nc-json-text" rows="10" spellcheck="false"></textarea>`)
			.attr("aria-label", __("Condition (JSON)"))
			.val(this.value)
			.on("input", (event) => this.json_changed(event.target.value))
			.appendTo($json.empty());
	}

	json_changed(text) {
		text = text || "";
		if (text === this.value) return;
		this.value = text;
		try {
			this.model = model.parse(text, get_field);
			this.broken = "";
		} catch (error) {
			this.broken = error.message;
		}
		this.on_change && this.on_change(this.value);
		this.describe();
	}

	changed() {
		this.value = model.to_text(this.model);
		this.$wrapper
			.find(".nc-match")
			.prop("hidden", this.model.fields.length + this.model.others.length < 2);
		this.on_change && this.on_change(this.value);
		this.describe();
	}

	_describe() {
		const asked = this.value;
		const $sentence = this.$wrapper.find(".nc-sentence");
		const $error = this.$wrapper.find(".nc-error");
		if (this.broken) {
			$error.text(__("This is not valid JSON: {0}", [this.broken])).prop("hidden", false);
			$sentence.empty();
			return;
		}
		$sentence.addClass("text-muted");
		this.ask_server(asked).then((answer) => {
			if (!answer || asked !== this.value) return;
			$error.text(answer.error || "").prop("hidden", !answer.error);
			$sentence.removeClass("text-muted").html(this.sentence_html(answer));
			if (!this.read_only) this.learn(answer).then(() => this.refresh_pills());
		});
	}

	ask_server(condition) {
		return nurture.quiet_call("conditions.describe", {
			condition,
			in_sequence: this.in_sequence ? 1 : 0,
			steps: JSON.stringify(this.steps ? this.steps() : []),
		});
	}

	/** Remember what each piece is called. When one is wrong the server names only that, so the others are asked for. */
	learn(answer) {
		for (const part of answer.parts || []) this.answers[JSON.stringify(part.node)] = part;
		const unknown = answer.error
			? this.model.others.map((node) => JSON.stringify(node)).filter((json) => !this.answers[json])
			: [];
		return Promise.all(
			unknown.map((json) =>
				this.ask_server(`[${json}]`).then((one) => {
					if (one) this.answers[json] = one;
				})
			)
		);
	}

	sentence_html(answer) {
		if (answer.error) return "";
		let html = `<span>${nurture.esc(answer.sentence)}</span>`;
		if (answer.count !== null && answer.count !== undefined) {
			const count =
				answer.count === 1
					? __("1 lead matches now.")
					: __("{0} leads match now.", [format_number(answer.count, null, 0)]);
			html += ` <b class="nc-count">${nurture.esc(count)}</b>`;
		}
		return html;
	}
};

/** Puts an editor for `frm.doc[fieldname]` into the HTML field `html_field`; call it at every refresh. */
nurture.bind_condition = (
	frm,
	{ fieldname = "condition", html_field = "condition_html", in_sequence = false } = {}
) => {
	frm.nurture_editors = frm.nurture_editors || {};
	const wrapper = frm.get_field(html_field).$wrapper;
	const read_only = !frm.has_perm("write");
	const known = frm.nurture_editors[fieldname];
	if (
		known &&
		known.docname === frm.doc.name &&
		known.read_only === read_only &&
		(known.value || "") === (frm.doc[fieldname] || "") &&
		$.contains(wrapper[0], known.$wrapper[0])
	) {
		known.describe();
		return known;
	}
	const editor = new nurture.ConditionEditor({
		parent: wrapper,
		value: frm.doc[fieldname],
		docname: frm.doc.name,
		read_only,
		in_sequence,
		on_change: (text) => {
			if (frm.doc.name === editor.docname) frm.set_value(fieldname, text);
		},
	});
	frm.nurture_editors[fieldname] = editor;
	return editor;
};

/** The same inside the opened row of a child table. */
nurture.bind_row_condition = (frm, cdt, cdn, steps) => {
	const row = frappe.get_doc(cdt, cdn);
	const grid_row = frm.get_field(row.parentfield).grid.get_row(cdn);
	const field = grid_row?.grid_form?.fields_dict?.condition_html;
	if (!field) return null;
	return new nurture.ConditionEditor({
		parent: field.$wrapper,
		value: row.condition,
		read_only: !frm.has_perm("write"),
		in_sequence: Boolean(steps),
		steps,
		on_change: (text) => frappe.model.set_value(cdt, cdn, "condition", text),
	});
};
