// The ways of a Split step as a small table: what each is called, its share, where it goes.

const NEW_WAYS = () => [
	{ name: "A", weight: 50, to: "" },
	{ name: "B", weight: 50, to: "" },
];

/** options: parent, value (JSON text), on_change(text), read_only, steps() -> labels */
nurture.SplitEditor = class SplitEditor {
	constructor(options) {
		Object.assign(this, options);
		this.ways = nurture.split_ways({ split_ways: this.value });
		if (!this.ways.length && !this.read_only) {
			this.ways = NEW_WAYS();
			this.changed();
		}
		this.$wrapper = $('<div class="nurture-split"></div>').appendTo($(this.parent).empty());
		this.render();
	}

	render() {
		const disabled = this.read_only ? "disabled" : "";
		this.$wrapper.html(`
			<table class="table table-sm">
				<thead><tr>
					<th>${__("Way")}</th><th>${__("Share")}</th><th>${__("Goes to Step")}</th><th></th>
				</tr></thead>
				<tbody></tbody>
			</table>`);
		const $body = this.$wrapper.find("tbody");
		this.ways.forEach((way, index) => {
			const $row = $(`
				<tr>
					<td><input class="form-control input-xs" data-key="name" maxlength="60" ${disabled}
						aria-label="${__("Name of way {0}", [index + 1])}"></td>
					<td><input class="form-control input-xs" data-key="weight" type="number" min="1" max="1000" ${disabled}
						aria-label="${__("Share of way {0}", [index + 1])}"></td>
					<td><select class="form-control input-xs" data-key="to" ${disabled}
						aria-label="${__("Step of way {0}", [index + 1])}">${this.options(way.to)}</select></td>
					<td class="ns-remove"></td>
				</tr>`).appendTo($body);
			for (const key of ["name", "weight", "to"]) {
				$row.find(`[data-key=${key}]`)
					.val(way[key] ?? "")
					.on("change", (event) => {
						way[key] = key === "weight" ? cint(event.target.value) : event.target.value.trim();
						this.changed();
					});
			}
			if (this.read_only || this.ways.length < 3) return;
			$(`<button type="button" class="btn btn-xs btn-link" aria-label="${__("Remove")}: ${nurture.esc(way.name || "")}">
				${frappe.utils.icon("close", "xs")}</button>`)
				.on("click", () => {
					this.ways.splice(index, 1);
					this.changed();
					this.render();
				})
				.appendTo($row.find(".ns-remove"));
		});
		if (this.read_only) return;
		$(`<button type="button" class="btn btn-xs btn-default">+ ${__("Way")}</button>`)
			.on("click", () => {
				this.ways.push({ name: String.fromCharCode(65 + this.ways.length), weight: 50, to: "" });
				this.changed();
				this.render();
			})
			.appendTo(this.$wrapper);
	}

	options(chosen) {
		const labels = [...new Set([...this.steps(), chosen].filter(Boolean))];
		const options = labels.map((label) => `<option>${nurture.esc(label)}</option>`);
		return `<option value="">${__("the next step")}</option>${options.join("")}`;
	}

	changed() {
		this.on_change && this.on_change(JSON.stringify(this.ways));
	}
};

/** Puts the editor into the opened row of a Split step. */
nurture.bind_row_split = (frm, cdt, cdn, steps) => {
	const row = frappe.get_doc(cdt, cdn);
	const field = frm.get_field(row.parentfield).grid.get_row(cdn)?.grid_form?.fields_dict?.split_html;
	if (!field || row.step_type !== "Split") return null;
	return new nurture.SplitEditor({
		parent: field.$wrapper,
		value: row.split_ways,
		read_only: !frm.has_perm("write"),
		steps: () => steps().filter((label) => label !== row.step_label),
		on_change: (text) => frappe.model.set_value(cdt, cdn, "split_ways", text),
	});
};
