// Where the visitor comes from, how long they take, and the download, if the form has one.
const asked = new URLSearchParams(window.location.search);
for (const key of ["source", "medium", "campaign", "term", "content"]) {
	const value = asked.get("utm_" + key);
	if (value) frappe.web_form.set_value("utm_" + key, value.slice(0, 140));
}
frappe.web_form.set_value("page_url", (window.location.origin + window.location.pathname).slice(0, 500));
frappe.web_form.set_value("visitor", String((typeof window.nurture === "function" && window.nurture("id")) || "").slice(0, 140));
const opened = Date.now();
frappe.web_form.validate = () => {
	frappe.web_form.set_value("seconds", Math.max(1, Math.round((Date.now() - opened) / 1000)));
	return true;
};
const show_success = frappe.web_form.handle_success.bind(frappe.web_form);
frappe.web_form.handle_success = (doc) => {
	show_success(doc);
	if (!doc.download_url) return;
	const link = document.createElement("a");
	link.className = "btn btn-primary mb-3";
	link.href = doc.download_url;
	link.textContent = __("Download");
	document.querySelector(".success-body").append(link);
};
