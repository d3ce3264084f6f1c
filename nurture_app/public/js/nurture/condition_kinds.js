import { is_field_leaf, is_group, plain_leaf, unwrap_not } from "./condition_model";

const at_least_once = (comparison) => !comparison || (comparison[0] === ">=" && comparison[1] === 1);

const COMPARISONS = () => [
	{ value: ">=", label: __("at least") },
	{ value: "<=", label: __("at most") },
	{ value: "=", label: __("exactly") },
	{ value: ">", label: __("more than") },
	{ value: "<", label: __("fewer than") },
];

const lead_fields = (...types) =>
	frappe.meta
		.get_docfields("Lead")
		.filter((df) => types.includes(df.fieldtype) && !df.is_virtual)
		.map((df) => ({ value: df.fieldname, label: __(df.label) }));

/**
 * The kinds of leaves the dialog offers. Each has its fields, reads them from a node (`read`, undefined when the node
 * is of another kind) and makes a node of them (`make`).
 */
export const KINDS = {
	activity: {
		label: () => __("Did Something (Activity)"),
		fields: (context) => [
			{
				fieldname: "activities",
				fieldtype: "MultiSelectPills",
				label: __("Activities"),
				description: __("Leave empty for any activity that counts as engagement."),
				get_data: (text) => context.names("Nurture Activity Type", text),
			},
			compare("count_op", __("How Often"), ">="),
			{ fieldname: "count", fieldtype: "Int", label: __("Times"), default: 1 },
			{ fieldtype: "Column Break", fieldname: "activity_column" },
			{
				fieldname: "within_days",
				fieldtype: "Int",
				label: __("Within the Last (days)"),
				description: __("0: ever"),
			},
			{
				fieldname: "detail",
				fieldtype: "Data",
				label: __("Only if the Detail Contains"),
				description: __("For example /pricing or a file name."),
			},
			{ fieldname: "channel", fieldtype: "Data", label: __("Only by Channel") },
			{
				fieldname: "last_days",
				fieldtype: "Int",
				label: __("Last Time at Least (days ago)"),
				description: __("0: no matter"),
			},
			{
				fieldname: "since_enrollment",
				fieldtype: "Check",
				label: __("Only since the sequence began for this lead"),
				hidden: !context.in_sequence,
			},
		],
		read: (node) => {
			if (!("activity" in node)) return undefined;
			if (node.within_days && !Number.isInteger(node.within_days)) return undefined;
			if (node.first_days || (node.last_days && node.last_days[0] !== ">=")) return undefined;
			if (node.count && !COMPARISONS().some((one) => one.value === node.count[0])) return undefined;
			const names = [].concat(node.activity);
			const [count_op, count] = node.count || [">=", 1];
			return {
				activities: names.length === 1 && names[0] === "Any" ? [] : names,
				count_op,
				count,
				within_days: node.within_days || 0,
				detail: node.detail || "",
				channel: node.channel || "",
				last_days: node.last_days ? node.last_days[1] : 0,
				since_enrollment: node.since_enrollment ? 1 : 0,
			};
		},
		make: (values) => {
			const names = values.activities || [];
			const node = { activity: names.length === 0 ? "Any" : names.length === 1 ? names[0] : names };
			const count = [values.count_op, cint(values.count)];
			if (!at_least_once(count)) node.count = count;
			if (cint(values.within_days) > 0) node.within_days = cint(values.within_days);
			if (values.detail) node.detail = values.detail;
			if (values.channel) node.channel = values.channel;
			if (cint(values.last_days) > 0) node.last_days = [">=", cint(values.last_days)];
			if (values.since_enrollment) node.since_enrollment = true;
			return node;
		},
	},
	segment: {
		label: () => __("Is in a Segment"),
		fields: () => [
			{
				fieldname: "segment",
				fieldtype: "Link",
				options: "Nurture Segment",
				label: __("Segment"),
				needed: 1,
			},
		],
		read: (node) => ("segment" in node ? { segment: node.segment } : undefined),
		make: (values) => ({ segment: values.segment }),
	},
	score: {
		label: () => __("Has a Score"),
		fields: () => [
			{
				fieldname: "part",
				fieldtype: "Select",
				label: __("Score"),
				options: [
					{ value: "", label: __("Total") },
					{ value: "fit", label: __("Fit", null, "Nurture") },
					{ value: "engagement", label: __("Engagement") },
				],
			},
			compare("score_op", __("Comparison"), ">="),
			{ fieldname: "score", fieldtype: "Int", label: __("Points"), default: 50 },
		],
		read: (node) =>
			"score" in node
				? { part: node.part || "", score_op: node.score[0], score: node.score[1] }
				: undefined,
		make: (values) => {
			const node = { score: [values.score_op, cint(values.score)] };
			if (values.part) node.part = values.part;
			return node;
		},
	},
	stage: {
		label: () => __("Is in a Stage"),
		fields: () => [
			{
				fieldname: "stages",
				fieldtype: "MultiCheck",
				label: __("Stages"),
				columns: 2,
				options: ["Nurture", "MQL", "SQL", "Recycle"].map((stage) => ({
					value: stage,
					label: __(stage),
				})),
				needed: 1,
			},
		],
		read: (node) => ("stage" in node ? { stages: [].concat(node.stage) } : undefined),
		make: (values) => ({ stage: values.stages.length === 1 ? values.stages[0] : values.stages }),
	},
	touches: {
		label: () => __("Reacted to the E-mails of a Sequence"),
		fields: (context) => [
			{
				fieldname: "touches",
				fieldtype: "Select",
				label: __("Reaction"),
				options: [
					{ value: "opened", label: __("opened") },
					{ value: "clicked", label: __("clicked in") },
					{ value: "replied", label: __("replied to") },
					{ value: "sent", label: __("was sent") },
				],
				default: "opened",
			},
			compare("touch_op", __("How Many"), ">="),
			{ fieldname: "touch_count", fieldtype: "Int", label: __("E-mails"), default: 1 },
			{
				fieldname: "touch_last",
				fieldtype: "Int",
				label: __("Of the Last"),
				description: __("4: only the last four that were sent count. Empty: all of them."),
			},
			{ fieldtype: "Column Break", fieldname: "touch_column" },
			{
				fieldname: "sequence",
				fieldtype: "Link",
				options: "Nurture Sequence",
				label: __("Sequence"),
				description: context.in_sequence ? __("Leave empty for this sequence, this time.") : "",
				needed: !context.in_sequence,
			},
			{
				fieldname: "steps",
				fieldtype: "MultiSelectPills",
				label: __("Only These Steps"),
				description: __("Leave empty for all e-mails."),
				get_data: () =>
					(context.steps ? context.steps() : []).map((label) => ({ value: label, label })),
			},
		],
		read: (node) => {
			if (!("touches" in node)) return undefined;
			const [touch_op, touch_count] = node.count || [">=", 1];
			return {
				touches: node.touches,
				touch_op,
				touch_count,
				touch_last: node.last || null,
				sequence: node.sequence || "",
				steps: node.steps || [],
			};
		},
		make: (values) => {
			const node = { touches: values.touches };
			if (cint(values.touch_last)) node.last = cint(values.touch_last);
			if (values.steps?.length) node.steps = values.steps;
			const count = [values.touch_op, cint(values.touch_count)];
			if (!at_least_once(count)) node.count = count;
			if (values.sequence) node.sequence = values.sequence;
			return node;
		},
	},
	consent: {
		label: () => __("Gave Consent"),
		fields: () => [
			{
				fieldname: "consent",
				fieldtype: "Select",
				label: __("Channel"),
				options: ["Email", "SMS", "WhatsApp", "Phone", "Tracking"].map((channel) => ({
					value: channel,
					label: __(channel),
				})),
				default: "Email",
			},
		],
		read: (node) => ("consent" in node ? { consent: node.consent } : undefined),
		make: (values) => ({ consent: values.consent }),
	},
	asset: {
		label: () => __("Has Had an Asset"),
		fields: () => [
			{
				fieldname: "asset",
				fieldtype: "Link",
				options: "Nurture Asset",
				label: __("Asset"),
				description: __("Versions in other languages count as well."),
				needed: 1,
			},
			{
				fieldname: "asset_how",
				fieldtype: "Select",
				label: __("How"),
				options: [
					{ value: "had", label: __("was sent it or took it") },
					{ value: "took", label: __("downloaded it or followed its link") },
					{ value: "sent", label: __("was sent it") },
				],
				default: "had",
			},
			{
				fieldname: "asset_days",
				fieldtype: "Int",
				label: __("Within the Last (days)"),
				description: __("0: ever"),
			},
		],
		read: (node) => {
			if (!("asset" in node)) return undefined;
			if (node.within_days && !Number.isInteger(node.within_days)) return undefined;
			return { asset: node.asset, asset_how: node.how || "had", asset_days: node.within_days || 0 };
		},
		make: (values) => {
			const node = { asset: values.asset };
			if (values.asset_how !== "had") node.how = values.asset_how;
			if (cint(values.asset_days) > 0) node.within_days = cint(values.asset_days);
			return node;
		},
	},
	tag: {
		label: () => __("Has a Tag"),
		fields: () => [{ fieldname: "tag", fieldtype: "Link", options: "Tag", label: __("Tag"), needed: 1 }],
		read: (node) => ("tag" in node ? { tag: node.tag } : undefined),
		make: (values) => ({ tag: values.tag }),
	},
	age_days: {
		label: () => __("A Date Is so Many Days ago"),
		fields: () => [
			{
				fieldname: "age_field",
				fieldtype: "Autocomplete",
				label: __("Date"),
				options: [{ value: "creation", label: __("Created On") }, ...lead_fields("Date", "Datetime")],
				default: "creation",
				needed: 1,
			},
			compare("age_op", __("Comparison"), ">="),
			{ fieldname: "age", fieldtype: "Int", label: __("Days ago"), default: 30 },
		],
		read: (node) =>
			"age_days" in node
				? { age_field: node.field || "creation", age_op: node.age_days[0], age: node.age_days[1] }
				: undefined,
		make: (values) => {
			const node = { age_days: [values.age_op, cint(values.age)] };
			if (values.age_field && values.age_field !== "creation") node.field = values.age_field;
			return node;
		},
	},
	words: {
		label: () => __("A Field Contains One of Several Words"),
		fields: () => [
			{
				fieldname: "words_field",
				fieldtype: "Autocomplete",
				label: __("Field"),
				options: lead_fields("Data", "Small Text", "Text", "Select", "Link"),
				needed: 1,
			},
			{
				fieldname: "words",
				fieldtype: "Data",
				label: __("Words"),
				description: __("Separated by commas, for example: head, director, chief"),
				needed: 1,
			},
		],
		read: (node) => {
			if (!is_field_leaf(node)) return undefined;
			const [field, operator, value] = plain_leaf(node);
			if (operator.toLowerCase() !== "has word") return undefined;
			return { words_field: field, words: [].concat(value).join(", ") };
		},
		make: (values) => [
			values.words_field,
			"has word",
			values.words
				.split(",")
				.map((word) => word.trim())
				.filter(Boolean),
		],
	},
	group: {
		label: () => __("A Group (all or at least one of Several)"),
		fields: () => [{ fieldname: "group_html", fieldtype: "HTML" }],
		read: (node) => (is_group(node) ? { group: node } : undefined),
		make: (values) => values.group,
	},
	json: {
		label: () => __("Something Else (JSON)"),
		fields: () => [
			{
				fieldname: "json",
				fieldtype: "Long Text",
				label: __("Condition (JSON)"),
				needed: 1,
			},
		],
		read: (node) => ({ json: JSON.stringify(node, null, 1) }),
		make: (values) => JSON.parse(values.json),
	},
};

function compare(fieldname, label, standard) {
	return { fieldname, fieldtype: "Select", label, options: COMPARISONS(), default: standard };
}

/** [kind, values, negated] for a node; the last kind (JSON) takes whatever the others do not understand. */
export function understand(node) {
	const [negated, inner] = unwrap_not(node);
	for (const [kind, spec] of Object.entries(KINDS)) {
		const values =
			is_field_leaf(inner) && !["words", "json"].includes(kind) ? undefined : spec.read(inner);
		if (values) return [kind, values, negated];
	}
	return ["json", KINDS.json.read(inner), negated];
}
