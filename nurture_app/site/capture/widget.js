/* A conversation by buttons and questions. Keeps nothing, loads nothing, speaks only to the site it came from. */
(() => {
	"use strict";
	const book = __PLAYBOOK__;
	const words = book.words;
	if (document.getElementById("nurture-widget")) return;

	const css = `
:host{all:initial}
*{box-sizing:border-box}
.w{position:fixed;inset-inline-end:16px;bottom:16px;z-index:2147483000;font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
--bg:#fff;--fg:#1f2328;--soft:#f0f2f4;--line:#868e99;--focus:#2563eb;--main:#1f2937;--on:#fff;color:var(--fg)}
button,input,textarea,a.b{font:inherit;min-height:44px;border-radius:10px}
button,a.b{border:0;padding:.5rem .9rem;background:var(--main);color:var(--on);cursor:pointer}
.open{border-radius:24px;box-shadow:0 2px 12px #0004;font-weight:600}
.p{position:fixed;inset-inline-end:16px;bottom:16px;width:min(372px,calc(100vw - 32px));height:min(560px,calc(100dvh - 32px));
display:flex;flex-direction:column;background:var(--bg);border-radius:14px;box-shadow:0 6px 32px #0005;overflow:hidden}
.p[hidden],.open[hidden]{display:none}
header{display:flex;align-items:center;gap:8px;padding:6px 6px 6px 16px;background:var(--soft)}
h2{flex:1;margin:0;font-size:1rem}
.x{width:44px;padding:0;background:none;color:inherit;font-size:1.35rem;line-height:1}
.log{flex:1;overflow-y:auto;padding:14px;display:flex;flex-direction:column;gap:8px}
.log p{margin:0;padding:.5rem .8rem;border-radius:12px;max-width:86%;overflow-wrap:anywhere;white-space:pre-line;background:var(--soft)}
.log p.me{align-self:flex-end;background:var(--main);color:var(--on)}
.log p.err{background:none;border:1px solid #c0392b}
.log a{color:inherit}
.log a.b{align-self:flex-start;display:inline-flex;align-items:center;color:var(--on);text-decoration:none;font-weight:600}
form{display:flex;flex-wrap:wrap;gap:8px;padding:12px;margin:0;border-top:1px solid var(--line);max-height:60%;overflow-y:auto}
form:empty{display:none}
label{flex:1 0 100%;font-size:.9rem}
input,textarea{flex:1 1 10rem;min-width:0;padding:.5rem .7rem;border:1px solid var(--line);background:var(--bg);color:inherit}
.c,.skip{flex:1 1 auto;background:none;color:inherit;border:1px solid var(--line);text-align:start}
footer{padding:0 14px 8px;font-size:.8rem}
footer a{color:inherit}
.t{position:absolute;inset-inline-start:-9999px}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
@media(prefers-color-scheme:dark){.w{--bg:#222427;--fg:#e8e8ea;--soft:#2f3236;--line:#7d8188;--focus:#60a5fa;--main:#e8e8ea;--on:#161719}}
@media(max-width:480px){.p{inset:0;width:100%;height:100dvh;border-radius:0}}`;

	function el(tag, attributes, ...inside) {
		const node = document.createElement(tag);
		for (const [name, value] of Object.entries(attributes || {})) {
			if (name === "on") for (const kind in value) node.addEventListener(kind, value[kind]);
			else if (value === true) node.setAttribute(name, "");
			else if (value !== false && value !== "") node.setAttribute(name, value);
		}
		node.append(...inside);
		return node;
	}

	const log = el("div", { class: "log", role: "log", "aria-live": "polite" });
	const form = el("form", { novalidate: true });
	const trap = el("input", { class: "t", tabindex: "-1", autocomplete: "off", "aria-hidden": "true" });
	const opener = el("button", { class: "open", type: "button", "aria-haspopup": "dialog", on: { click: open } });
	const closer = el("button", { class: "x", type: "button", "aria-label": words.close, on: { click: close } }, "×");
	const footer = el("footer");
	const panel = el(
		"section",
		{ class: "p", role: "dialog", "aria-label": book.title, hidden: true },
		el("header", {}, el("h2", {}, book.title), closer),
		log,
		form,
		footer,
		trap
	);
	opener.append(book.button);
	if (!book.post) footer.append(words.preview);
	if (book.privacy) footer.append(link(book.privacy, words.privacy));

	const host = el("div", { id: "nurture-widget", dir: document.dir || false });
	const root = host.attachShadow({ mode: "open" });
	root.append(el("div", { class: "w" }, opener, panel));
	try {
		// a sheet made here needs no leave of a strict Content-Security-Policy
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(css);
		root.adoptedStyleSheets = [sheet];
	} catch (error) {
		root.prepend(el("style", {}, css));
	}
	panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
	form.addEventListener("submit", (event) => event.preventDefault());

	let said = [];
	let begun = false;

	function open() {
		panel.hidden = false;
		opener.hidden = true;
		if (!begun) {
			begun = true;
			go(book.start);
		}
		focus();
	}

	function close() {
		panel.hidden = true;
		opener.hidden = false;
		opener.focus();
	}

	function focus() {
		if (!panel.hidden) (form.querySelector("input,textarea,button") || closer).focus();
	}

	function say(text, kind) {
		const line = el("p", { class: kind || "" }, text);
		log.append(line);
		log.scrollTop = log.scrollHeight;
		return line;
	}

	function link(href, text, css_class) {
		return el("a", { href, target: "_blank", rel: "noopener", class: css_class || "" }, text);
	}

	function go(name) {
		form.replaceChildren();
		let step = book.steps[name];
		for (;;) {
			say(step.text);
			if (step.link) log.append(link(step.link, words.more));
			if (step.kind !== "Say") break;
			name = step.next;
			step = book.steps[name];
		}
		if (step.kind === "Choices") for (const [text, next] of step.choices) choice(name, text, text, next);
		else if (step.kind === "Question") ask(name, step);
		else if (step.kind === "Consent") {
			form.append(el("label", {}, book.wording));
			choice(name, words.yes, "yes", step.next);
			choice(name, words.no, "no", step.next);
		} else send();
		log.scrollTop = log.scrollHeight;
		focus();
	}

	function choice(name, text, value, next) {
		const click = () => answer(name, text, value, next);
		form.append(el("button", { class: "c", type: "button", on: { click } }, text));
	}

	function ask(name, step) {
		const long = step.input === "textarea";
		const field = el(long ? "textarea" : "input", {
			type: long ? false : step.input,
			rows: long && "3",
			autocomplete: step.fills,
			maxlength: long ? "5000" : "140",
			required: !step.optional,
			"aria-label": step.text,
			placeholder: words.answer,
		});
		const submit = () => {
			field.value = field.value.trim();
			if (field.reportValidity()) answer(name, field.value || "–", field.value, step.next);
		};
		form.append(field, el("button", { type: "submit", on: { click: submit } }, words.send));
		if (step.optional) {
			const click = () => answer(name, words.skip, "", step.next);
			form.append(el("button", { class: "skip", type: "button", on: { click } }, words.skip));
		}
	}

	function answer(name, shown, value, next) {
		said.push([name, value]);
		say(shown, "me");
		go(next);
	}

	async function send() {
		if (!book.post || !said.some(([name]) => book.steps[name].input === "email")) return;
		const waiting = say(words.wait);
		let result = {};
		try {
			const response = await fetch(book.post, {
				method: "POST",
				credentials: "omit",
				// a plain text needs no leave to be asked for beforehand
				headers: { "Content-Type": "text/plain" },
				body: JSON.stringify({
					answers: said,
					page_url: location.origin + location.pathname,
					utm: utm(),
					visitor: (typeof window.nurture === "function" && window.nurture("id")) || "",
					nickname: trap.value,
				}),
			});
			result = await response.json();
		} catch (error) {
			result = {};
		}
		waiting.remove();
		if (result.ok) {
			if (result.download) log.append(link(result.download, words.download, "b"));
			log.scrollTop = log.scrollHeight;
			(log.querySelector("a.b") || closer).focus();
			return;
		}
		say(result.error || words.failed, "err");
		const back = said.findIndex(([name]) => name === result.step);
		if (back >= 0) {
			said = said.slice(0, back);
			return go(result.step);
		}
		form.append(el("button", { type: "button", on: { click: retry } }, words.again));
		focus();
	}

	function retry() {
		form.replaceChildren();
		send();
	}

	function utm() {
		const asked = new URLSearchParams(location.search);
		return Object.fromEntries(
			["source", "medium", "campaign", "term", "content"]
				.map((key) => [key, asked.get(`utm_${key}`)])
				.filter((pair) => pair[1])
		);
	}

	const start = () => document.body.append(host);
	document.body ? start() : addEventListener("DOMContentLoaded", start);
})();
