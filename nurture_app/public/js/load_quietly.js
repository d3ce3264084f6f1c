// For forms that are not ours. Stands before the script of each of them, so it may come more than once.
frappe.provide("nurture");

/**
 * Our shared script, for a form that does not need it; says whether it is here.
 * `frappe.require` freezes the page until a script has come, and for good when it does not come. So it is fetched before.
 */
nurture.load_quietly = async () => {
	if (nurture.show_lead_summary) return true;
	const items = ["nurture.bundle.js", "nurture.bundle.css"];
	try {
		for (const item of items) {
			const response = await fetch(frappe.assets.bundled_asset(item));
			if (!response.ok) return false;
			await response.text(); // all of it is in the browser's cache now
		}
	} catch (error) {
		return false; // offline, or the page is being left
	}
	await frappe.require(items);
	return true;
};
