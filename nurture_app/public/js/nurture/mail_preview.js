// A mail as a lead would get it. The HTML is shown in a sandboxed frame: no script runs, nothing leaves it.

/** Fill `$parent` with subject, preview line and body of a rendered mail `{subject, preheader, html, text, error, note}`. */
nurture.show_mail = ($parent, mail) => {
	$parent.empty();
	if (!mail) {
		$parent.html(
			`<div class="text-muted nurture-empty">${__("The preview is not available now.")}</div>`
		);
		return;
	}
	if (mail.error) {
		$(`<div class="nurture-note red" role="alert"></div>`).text(mail.error).appendTo($parent);
	}
	if (mail.note) {
		$(`<div class="nurture-note"></div>`).text(mail.note).appendTo($parent);
	}
	show_advice($parent, mail);
	if (!mail.html) {
		if (mail.text) $('<pre class="nurture-words"></pre>').text(mail.text).appendTo($parent);
		return;
	}
	const $mail = $(`
		<div class="nurture-mail">
			<div class="nm-head">
				<div class="nm-subject"></div>
				<div class="nm-preheader text-muted"></div>
				<div class="nm-widths btn-group" role="group" aria-label="${__("Width of the screen")}"></div>
			</div>
			<iframe class="nm-frame" sandbox="" title="${__("Preview of the e-mail")}"></iframe>
		</div>`).appendTo($parent);
	$mail.find(".nm-subject").text(mail.subject || "");
	$mail.find(".nm-preheader").text(mail.preheader || "");
	$mail.find("iframe").attr("srcdoc", mail.html);
	make_width_switch($mail);
	if (mail.text) {
		$(`<details class="nm-text"><summary>${__("Plain text version")}</summary><pre></pre></details>`)
			.appendTo($mail)
			.find("pre")
			.text(mail.text);
	}
};

/** How long it is, what stands in its blocks and why, and what is probably not what was meant. */
function show_advice($parent, mail) {
	const lines = (mail.blocks || []).map(
		({ block, variant, why }) => `${__("Block {0}", [block])}: ${variant}. ${why}`
	);
	if (mail.words) {
		lines.unshift(
			__("Words: {0} (a welcome is best under {1}, a short variant to try has about {2})", [mail.words, 150, 100])
		);
	}
	if (lines.length) {
		const $facts = $(`<ul class="nurture-facts text-muted"></ul>`).appendTo($parent);
		for (const line of lines) $("<li></li>").text(line).appendTo($facts);
	}
	if ((mail.warnings || []).length) {
		const $list = $(`<ul class="nurture-warnings nurture-note"></ul>`).appendTo($parent);
		for (const warning of mail.warnings) $("<li></li>").text(warning).appendTo($list);
	}
}

/** Two buttons that show the mail as wide as on a desk, and as narrow as in a hand. The choice is kept while the page is open. */
function make_width_switch($mail) {
	const $switch = $mail.find(".nm-widths");
	const choose = (width) => {
		nurture.preview_width = width;
		$mail.toggleClass("nm-phone", width === "phone");
		$switch.find("button").each((_, button) => {
			const chosen = button.dataset.width === width;
			$(button).toggleClass("active", chosen).attr("aria-pressed", String(chosen));
		});
	};
	for (const [width, label] of [
		["desktop", __("Desktop")],
		["phone", __("Phone")],
	]) {
		$(`<button type="button" class="btn btn-default btn-xs" data-width="${width}"></button>`)
			.text(label)
			.on("click", () => choose(width))
			.appendTo($switch);
	}
	choose(nurture.preview_width || "desktop");
}

/** Preview in a dialog. `load(lead)` fetches the mail; `send_test(lead)` is optional. */
nurture.preview_dialog = ({ title, load, send_test }) => {
	const dialog = new frappe.ui.Dialog({
		title,
		size: "large",
		no_focus: true, // or the choice of leads would cover the mail
		fields: [
			{
				fieldname: "lead",
				fieldtype: "Link",
				options: "Lead",
				label: __("As it would look for"),
				description: __("Empty: a made-up lead."),
				only_select: 1,
				change: () => show(),
			},
			{ fieldname: "mail", fieldtype: "HTML" },
		],
		primary_action_label: send_test ? __("Send Test to Me") : __("Close"),
		primary_action: () => {
			if (!send_test) return dialog.hide();
			return send_test(dialog.get_value("lead") || "").then((answer) => {
				if (answer?.message)
					frappe.show_alert({ message: nurture.esc(answer.message), indicator: "green" });
			});
		},
	});
	dialog.onhide = () => setTimeout(() => dialog.$wrapper.remove(), 500); // not used again
	let shown;
	const show = () => {
		const lead = dialog.get_value("lead") || "";
		if (lead === shown) return;
		shown = lead;
		load(lead).then((mail) => nurture.show_mail(dialog.get_field("mail").$wrapper, mail));
	};
	dialog.show();
	show();
	return dialog;
};
