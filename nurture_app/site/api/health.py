"""The banner on the workspace and our forms."""

from typing import Any

import frappe
from frappe import _

from nurture_app.site.api.access import USERS, require_role
from nurture_app.site.health import problems
from nurture_app.site.problem import ERROR

LABELS = {"List": "Open List", "Form": "Open"}


@frappe.whitelist()
def banner() -> dict[str, Any]:
	"""`level` (ok, warning, error) and `messages`, each with a `text` and perhaps a `route`."""
	require_role(USERS)
	found = problems()
	level = "ok" if not found else ERROR if found[0].level == ERROR else "warning"
	return {
		"level": level,
		"messages": [
			{
				"code": problem.code,
				"level": problem.level,
				"text": problem.text,
				"route": list(problem.route) or None,
				"action_label": _(LABELS[problem.route[0]]) if problem.route else "",
			}
			for problem in found
		],
	}
