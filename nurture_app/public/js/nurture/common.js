frappe.provide("nurture");

const API = "nurture_app.site.api.";

/** Colours of Frappe's indicators by state, the same in lists, forms and panels. */
nurture.COLOURS = {
	// enrollments
	Active: "green",
	Paused: "orange",
	Held: "red",
	Completed: "blue",
	Exited: "grey",
	// sequences
	Draft: "grey",
	Retired: "grey",
	// stages
	Recycle: "grey",
	Nurture: "orange",
	MQL: "blue",
	SQL: "green",
	// touches
	Planned: "grey",
	Queued: "light-blue",
	Sending: "light-blue",
	Sent: "blue",
	Delivered: "blue",
	Opened: "cyan",
	Clicked: "purple",
	Replied: "green",
	Bounced: "red",
	Skipped: "grey",
	Failed: "red",
	Unknown: "orange",
	Done: "grey",
	// consent
	Given: "green",
	Pending: "orange",
	Withdrawn: "red",
};

nurture.esc = (text) => frappe.utils.escape_html(text === null || text === undefined ? "" : String(text));

/** A call whose errors Frappe shows to the user. */
nurture.call = (method, args, options = {}) =>
	frappe
		.call({
			method: API + method,
			args,
			type: "POST",
			freeze: Boolean(options.freeze),
			freeze_message: options.freeze,
		})
		.then((r) => r.message);

/**
 * Like `call`, for what is shown beside the form: null instead of a dialog when it fails or is not permitted.
 * Plain fetch, because Frappe's request layer shows a dialog for a 403 whatever it is told.
 */
nurture.quiet_call = async (method, args = {}) => {
	try {
		const response = await fetch(`/api/method/${API}${method}`, {
			method: "POST",
			headers: {
				Accept: "application/json",
				"Content-Type": "application/json",
				"X-Frappe-CSRF-Token": frappe.csrf_token,
			},
			body: JSON.stringify(args),
		});
		return response.ok ? (await response.json()).message ?? null : null;
	} catch (error) {
		return null; // offline, or the page is being left
	}
};

nurture.pill = (text, colour) =>
	`<span class="indicator-pill no-indicator-dot whitespace-nowrap ${colour || "grey"}"><span>${nurture.esc(
		text
	)}</span></span>`;

nurture.status_pill = (status) =>
	`<span class="indicator-pill whitespace-nowrap ${nurture.COLOURS[status] || "grey"}"><span>${nurture.esc(
		__(status)
	)}</span></span>`;

/** The sentence for a reason code (engine/codes.py); the site puts all of them into the boot information. */
nurture.reason = (code) => {
	if (!code) return "";
	const known = (frappe.boot.nurture && frappe.boot.nurture.reasons) || {};
	return known[code] || frappe.unscrub(code);
};

nurture.when = (datetime) => (datetime ? frappe.datetime.str_to_user(datetime) : "");

nurture.day = (datetime) => (datetime ? frappe.datetime.str_to_user(String(datetime).split(" ")[0]) : "");

/** Why pausing, resuming or stopping enrollments left some as they were, if it did. */
nurture.show_left = (answer) => {
	if (!answer?.left) return;
	const indicator = answer.changed ? "blue" : "orange";
	frappe.show_alert({ message: nurture.esc(answer.left), indicator }, 15);
};

nurture.route_link = (doctype, name, text) =>
	`<a href="${nurture.esc(frappe.utils.get_form_link(doctype, name))}" data-doctype="${nurture.esc(
		doctype
	)}">${nurture.esc(text || name)}</a>`;

const BOXES = ".nurture-panel section[aria-label], .nurture-origin[aria-label]";
const FOCUSABLE = "a, button, summary, input";

/**
 * A function that brings the focus back to where it is now, for who works by keyboard: to the same element or, if that was
 * drawn anew, to what stands in its place in the same box.
 */
nurture.remember_focus = () => {
	const element = document.activeElement;
	const name = element.closest(BOXES)?.getAttribute("aria-label");
	const of_box = () =>
		$(BOXES)
			.filter((_index, box) => box.getAttribute("aria-label") === name)
			.find(FOCUSABLE)
			.filter(":visible")
			.get();
	const place = name ? of_box().indexOf(element) : -1;
	return () => {
		if (document.contains(element)) return element.focus({ preventScroll: true });
		if (place < 0) return;
		const now = of_box();
		(now[place] || now[0])?.focus({ preventScroll: true });
	};
};

/** Closing a dialog, however it is done, leads back to what opened it: `back` is of `remember_focus`, called before. */
nurture.opened_here = (dialog, back) => {
	dialog.$wrapper.one("hidden.bs.modal", back);
	return dialog;
};

nurture.debounce = (fn, wait) => frappe.utils.debounce(fn, wait);

/** Whether the user works with sequences and rules, rather than only seeing what they do to leads. */
nurture.is_member = () =>
	frappe.session.user === "Administrator" ||
	["Nurture User", "Nurture Manager", "System Manager"].some((role) => frappe.user_roles.includes(role));

/** "Nothing goes out because ...": shown on top of our forms and of the workspace, only when something is wrong. */
nurture.show_health = async ($parent) => {
	if (!nurture.is_member()) return;
	await nurture.quiet_call("health.banner").then((health) => {
		$parent.find("> .nurture-health").remove();
		if (!health || health.level === "ok" || !(health.messages || []).length) return;
		const $box = $(
			`<div class="nurture-health ${health.level === "error" ? "red" : "yellow"}" role="status"></div>`
		);
		for (const message of health.messages) {
			const $line = $(`<div>${nurture.esc(message.text)} </div>`).appendTo($box);
			if (message.route) {
				$(`<a href="#">${nurture.esc(message.action_label || __("Open"))}</a>`)
					.on("click", (event) => {
						event.preventDefault();
						frappe.set_route(message.route);
					})
					.appendTo($line);
			}
		}
		$parent.prepend($box);
	});
};

/** A place above the form's fields that our scripts may fill; emptied at each refresh. */
nurture.form_top = (frm, name) => {
	let $top = frm.layout.wrapper.children(`.nurture-top[data-name="${name}"]`);
	if (!$top.length) {
		$top = $(`<div class="nurture-top" data-name="${name}"></div>`);
		frm.layout.wrapper.prepend($top);
	}
	return $top;
};
