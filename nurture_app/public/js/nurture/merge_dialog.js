// Leads that look alike, side by side: which one remains, or that they are different people.

/** `after` is called when something was decided. */
nurture.merge_dialog = ({ leads, after }) =>
	nurture.call("duplicates.compare", { leads }).then((found) => {
		if (!found) return;
		const dialog = new frappe.ui.Dialog({
			title: __("Is This One Person?"),
			size: found.leads.length > 3 ? "extra-large" : "large",
			primary_action_label: __("Merge"),
			primary_action: () => ask(dialog, found, after),
			secondary_action_label: __("Different People"),
			secondary_action: () =>
				nurture.call("duplicates.note_apart", { leads }).then((count) => {
					if (count === undefined) return;
					dialog.hide();
					frappe.show_alert({ message: __("They will not be shown together again."), indicator: "green" });
					after && after();
				}),
		});
		$(dialog.body).append(table(found), consequences(found));
		if (!found.merge) {
			dialog.get_primary_btn().prop("disabled", true);
			$(`<p class="text-muted"></p>`)
				.text(__("To merge leads you need the right to change all of them and to delete those that go."))
				.appendTo(dialog.body);
		}
		dialog.show();
	});

function table({ leads, rows, kept }) {
	const heads = leads
		.map(
			(lead) => `
			<th scope="col">
				<label class="nm-keep">
					<input type="radio" name="nm-kept" value="${nurture.esc(lead.name)}" ${lead.name === kept ? "checked" : ""}>
					${__("Remains")}
				</label>
				<a href="${frappe.utils.get_form_link("Lead", lead.name)}" target="_blank">${nurture.esc(lead.title || lead.name)}</a>
				<div class="text-muted small">${nurture.esc(lead.name)}</div>
			</th>`
		)
		.join("");
	const body = rows
		.map(
			({ label, values }) => `
			<tr>
				<th scope="row" class="text-muted">${nurture.esc(label)}</th>
				${values.map((value) => `<td>${nurture.esc(frappe.utils.html2text(String(value ?? "")))}</td>`).join("")}
			</tr>`
		)
		.join("");
	return $(`
		<div class="nurture-merge">
			<table class="table table-sm">
				<thead><tr><td></td>${heads}</tr></thead>
				<tbody>${body}</tbody>
			</table>
		</div>`);
}

const consequences = ({ leads }) => `
	<ul class="text-muted">
		<li>${__("What is empty on the lead that remains is filled from the others. Where they say different things, its own stays, and the rest is noted in a comment.")}</li>
		<li>${__("Mails, calls, tasks, opportunities, activities and points of all of them are its own from then on; it stays in each sequence once.")}</li>
		<li>${__("Who unsubscribed, withdrew consent or is not to be contacted stays so.")}</li>
		<li><b>${leads.length > 2 ? __("The other leads are gone. This cannot be undone.") : __("The other lead is gone. This cannot be undone.")}</b></li>
	</ul>`;

function ask(dialog, { leads }, after) {
	const kept = dialog.$wrapper.find("input[name=nm-kept]:checked").val();
	const others = leads.map((lead) => lead.name).filter((name) => name !== kept);
	const seen = Object.fromEntries(leads.map((lead) => [lead.name, lead.modified]));
	nurture
		.call("duplicates.merge", { kept, others, seen }, { freeze: __("Merging…") })
		.then((name) => {
			if (!name) return;
			dialog.hide();
			frappe.show_alert({ message: __("Merged."), indicator: "green" });
			after && after();
		});
}
