/* Reports visits to this site's own CRM: pages, time on them, how the visitor came. Never what is typed.
   No cookies, no third party; nothing is stored or sent before consent, or against Do Not Track and GPC. */
(function (win, doc, nav) {
	"use strict";
	var config = __CONFIG__;
	var KEY = "nurture";
	var UTM = ["source", "medium", "campaign", "term", "content"];
	var waiting = (win.nurture && win.nurture.q) || [];
	var refused =
		config.signals &&
		(nav.globalPrivacyControl || [nav.doNotTrack, win.doNotTrack].indexOf("1") >= 0);
	var running = false;
	var visitor, view, since, spent;

	function stored() {
		try {
			return JSON.parse(win.localStorage.getItem(KEY)) || {};
		} catch (error) {
			return {};
		}
	}

	function store(value) {
		try {
			if (value) win.localStorage.setItem(KEY, JSON.stringify(value));
			else win.localStorage.removeItem(KEY);
		} catch (error) {} // storage is switched off: each page is a visitor of its own
	}

	function random() {
		var bytes = win.crypto.getRandomValues(new Uint8Array(16));
		return Array.prototype.map
			.call(bytes, function (byte) {
				return (byte + 256).toString(16).slice(1);
			})
			.join("");
	}

	function send(entry) {
		var body = JSON.stringify({ v: visitor, c: stored().c ? 1 : 0, e: [entry] });
		// Text needs no preflight. Without credentials: no cookie is sent or taken.
		if (win.fetch && "keepalive" in Request.prototype)
			fetch(config.url, {
				method: "POST",
				body: body,
				keepalive: true,
				credentials: "omit",
			}).catch(function () {});
		else if (nav.sendBeacon) nav.sendBeacon(config.url, body);
	}

	function utm() {
		var found = {};
		var query = new URLSearchParams(win.location.search);
		UTM.forEach(function (part) {
			var value = query.get("utm_" + part);
			if (value) found[part] = value.slice(0, 140);
		});
		return found;
	}

	function referrer() {
		var link = doc.createElement("a");
		link.href = doc.referrer;
		if (!doc.referrer || link.host === win.location.host) return "";
		return link.protocol + "//" + link.host + link.pathname;
	}

	function page() {
		if (!running) return;
		leave();
		view = random();
		spent = 0;
		since = doc.hidden ? 0 : Date.now();
		send({
			t: "view",
			i: view,
			p: win.location.pathname,
			n: doc.title.slice(0, 255),
			r: referrer(),
			u: utm(),
		});
	}

	/* The time a page was looked at, told whenever it is hidden: that may be the last moment there is. */
	function leave() {
		if (!running || !view || !since) return;
		spent += Date.now() - since;
		since = 0;
		send({ t: "time", i: view, s: Math.round(spent / 1000) });
	}

	function event(name, detail) {
		if (!running) return;
		send({
			t: "event",
			i: random(),
			p: win.location.pathname,
			n: String(name),
			d: String(detail || "").slice(0, 255),
		});
	}

	/* Hidden fields of that name tell a form who it was; nothing else of a form is read or written. */
	function fill() {
		[].forEach.call(doc.querySelectorAll("input[name=nurture_visitor]"), function (field) {
			field.value = running ? visitor : "";
		});
	}

	function start() {
		var known = stored();
		if (running || refused || known.c === 0 || (config.ask && !known.c)) return;
		running = true;
		visitor = known.v || random();
		store({ v: visitor, c: known.c });
		page();
		fill();
	}

	function consent(given) {
		if (refused) return;
		if (given) {
			store({ v: stored().v || visitor || random(), c: 1 });
			start();
			return;
		}
		visitor = stored().v;
		if (visitor) send({ t: "forget" });
		running = false;
		visitor = view = "";
		store(config.ask ? null : { c: 0 });
		fill();
	}

	win.nurture = function (what, first, second) {
		if (what === "consent") consent(first);
		else if (what === "page") page();
		else if (what === "event") event(first, second);
		else if (what === "id") return running ? visitor : "";
	};

	doc.addEventListener("visibilitychange", function () {
		if (doc.hidden) leave();
		else if (running) since = Date.now();
	});
	win.addEventListener("pagehide", leave);
	win.addEventListener("pageshow", function (shown) {
		if (shown.persisted) page();
	});
	doc.addEventListener("DOMContentLoaded", fill);

	start();
	[].forEach.call(waiting, function (call) {
		win.nurture.apply(null, call);
	});
})(window, document, navigator);
