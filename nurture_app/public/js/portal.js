// Messages for people who are logged in on the website. Of itself it does nothing for guests.
(() => {
	const user = (document.cookie.match(/(?:^|; )user_id=([^;]*)/) || [])[1];
	if (!user || user === "Guest" || window.location.pathname.startsWith("/app")) return;
	const API = "/api/method/nurture_app.site.api.portal.";

	const post = (method, name) =>
		fetch(API + method, {
			method: "POST",
			keepalive: true, // the page may be left at the same moment
			headers: {
				"Content-Type": "application/json",
				"X-Frappe-CSRF-Token": (window.frappe && window.frappe.csrf_token) || "",
			},
			body: JSON.stringify({ name }),
		});

	function show(messages) {
		const box = document.createElement("div");
		box.setAttribute("role", "status");
		box.className = "nurture-portal-messages";
		box.style.cssText =
			"position:fixed;bottom:1rem;inset-inline-end:1rem;z-index:1030;width:min(22rem,calc(100vw - 2rem))";
		for (const message of messages) box.append(card(message));
		document.body.append(box);
	}

	function card(message) {
		const $card = document.createElement("div");
		$card.style.cssText =
			"display:flex;gap:.75rem;align-items:flex-start;margin-top:.5rem;padding:.75rem 1rem;border-radius:8px;background:#fff;color:#1f2328;border:1px solid #c9ced6;box-shadow:0 2px 8px rgba(0,0,0,.12)";
		const $words = document.createElement("div");
		$words.style.cssText = "flex:1;white-space:pre-line;overflow-wrap:anywhere";
		$words.append(document.createTextNode(message.text)); // never as markup
		if (/^(https:\/\/|\/(?![/\\]))/.test(message.url)) {
			const $link = document.createElement("a");
			$link.href = message.url;
			$link.rel = "noopener";
			$link.style.cssText = "display:block;margin-top:.25rem;font-weight:600";
			$link.textContent = message.label || message.url;
			$link.addEventListener("click", () => post("follow", message.name));
			$words.append($link);
		}
		const $close = document.createElement("button");
		$close.type = "button";
		$close.textContent = "\u00d7";
		$close.setAttribute("aria-label", window.__ ? window.__("Close") : "Close");
		$close.style.cssText =
			"border:0;background:none;color:inherit;font-size:1.25rem;line-height:1;min-width:32px;min-height:32px;cursor:pointer";
		$close.addEventListener("click", () => {
			post("dismiss", message.name);
			$card.remove();
		});
		$card.append($words, $close);
		return $card;
	}

	fetch(API + "messages", { headers: { Accept: "application/json" } })
		.then((answer) => (answer.ok ? answer.json() : {}))
		.then((answer) => {
			if (answer.message && answer.message.length) show(answer.message);
		})
		.catch(() => {}); // a message less is better than an error on somebody's page
})();
