// Checklists: a row for each point, with its state, what was found, and what to do.

frappe.provide("nurture");

const STATES = {
	ok: ["green", __("Fine")],
	fix: ["red", __("To Fix")],
	unknown: ["orange", __("Not Known")],
};

/** `{title, state, found, todo}` as a row; whatever else belongs to it may be appended to its `.nurture-check-text`. */
nurture.checklist_row = ({ title, state, found, todo }) => {
	const [color, label] = STATES[state] || STATES.unknown;
	const $row = $('<div class="d-flex flex-wrap py-3 border-bottom" style="gap: 1rem">');
	const $state = $('<div style="flex: 0 0 7rem">').appendTo($row);
	$(`<span class="indicator-pill ${color}">`).text(label).appendTo($state);
	const $text = $(
		'<div class="nurture-check-text" style="flex: 1 1 20rem; min-width: 0; overflow-wrap: anywhere">'
	).appendTo($row);
	$('<div class="font-weight-bold">').text(title).appendTo($text);
	if (found) $('<div class="text-muted">').text(found).appendTo($text);
	if (todo) $("<div>").text(todo).appendTo($text);
	return $row;
};
