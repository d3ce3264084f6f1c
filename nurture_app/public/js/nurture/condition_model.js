// Pure functions between the condition JSON and what the editor shows.
// Model: {match: "all" | "any", fields: [[field, op, value]], others: [node]}. `fields` are rows of Frappe's filter
// group; `others` are pills. See docs/conditions.md for the grammar.

const ROW_OPERATORS = [
	"=",
	"!=",
	"like",
	"not like",
	"in",
	"not in",
	"is",
	">",
	"<",
	">=",
	"<=",
	"between",
	"timespan",
];
const FRAPPE_SPELLING = { between: "Between", timespan: "Timespan" };

export function is_field_leaf(node) {
	return Array.isArray(node) && node.length >= 2 && typeof node[0] === "string";
}

/** [doctype, field, op, value, ...] and [field, op, value] both become [field, op, value]. */
export function plain_leaf(node) {
	if (node.length >= 4 && node[0] === "Lead") node = node.slice(1, 4);
	return [node[0], String(node[1]), node[2]];
}

const is_empty = (value) =>
	value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
const is_day = (value) => /^\d{4}-\d\d-\d\d$/.test(value);

/**
 * Whether a row of the filter group gives back exactly the leaf that was put into it. What it would change silently
 * (an empty value, a comma inside a list, a day compared with a moment) is shown as a pill instead.
 *
 * `get_field(fieldname)` gives the docfield or nothing.
 */
export function fits_a_row(node, get_field) {
	if (!is_field_leaf(node)) return false;
	const [fieldname, spelt, value] = plain_leaf(node);
	const operator = spelt.toLowerCase();
	const field = get_field(fieldname);
	if (!field || !ROW_OPERATORS.includes(operator) || is_empty(value)) return false;
	const is_moment = ["Date", "Datetime"].includes(field.fieldtype);
	if (["in", "not in"].includes(operator)) {
		return [].concat(value).every((one) => !Array.isArray(value) || !String(one).includes(","));
	}
	if (operator === "between") {
		return is_moment && Array.isArray(value) && value.length === 2 && value.every(is_day);
	}
	if (Array.isArray(value)) return false;
	if (field.fieldtype === "Datetime" && !["is", "timespan"].includes(operator)) return !is_day(value);
	return true;
}

/** @throws {SyntaxError} when `text` is no JSON */
export function parse(text, get_field) {
	const data = typeof text === "string" ? (text.trim() ? JSON.parse(text) : []) : text || [];
	let match = "all";
	let nodes = data;
	if (!Array.isArray(data)) {
		if (data.all) nodes = data.all;
		else if (data.any) [match, nodes] = ["any", data.any];
		else nodes = Object.keys(data).length ? [data] : [];
	} else if (is_field_leaf(data)) {
		nodes = [data];
	}
	const model = { match, fields: [], others: [] };
	for (const node of nodes) {
		if (fits_a_row(node, get_field)) model.fields.push(plain_leaf(node));
		else model.others.push(node);
	}
	return model;
}

/** What is stored: a list means all of it; nothing means everybody. */
export function to_value(model) {
	const nodes = [...model.fields, ...model.others];
	if (!nodes.length) return [];
	return model.match === "any" && nodes.length > 1 ? { any: nodes } : nodes;
}

/** As JSON with one piece per line; empty for everybody. */
export function to_text(model) {
	const value = to_value(model);
	const lines = (nodes) => `[\n ${nodes.map((node) => JSON.stringify(node)).join(",\n ")}\n]`;
	if (Array.isArray(value)) return value.length ? lines(value) : "";
	return `{"any": ${lines(value.any)}}`;
}

export function from_filter_rows(filters) {
	return filters
		.filter((row) => row[1] && row[3] !== undefined && row[3] !== null && row[3] !== "")
		.map((row) => [row[1], FRAPPE_SPELLING[row[2]] ? row[2].toLowerCase() : row[2], row[3]]);
}

export function to_filter_rows(fields) {
	return fields.map(([field, operator, value]) => [
		"Lead",
		field,
		FRAPPE_SPELLING[operator.toLowerCase()] || operator.toLowerCase(),
		value,
	]);
}

export function is_group(node) {
	return Boolean(node && !Array.isArray(node) && (node.all || node.any));
}

/** [is negated, the node inside] */
export function unwrap_not(node) {
	return node && !Array.isArray(node) && "not" in node ? [true, node.not] : [false, node];
}
