"""The banner on the workspace and our forms."""

from typing import Any

import frappe
from frappe import _

from nurture_app.site.api.access import USERS, require_role
from nurture_app.site.health import problems
from nurture_app.site.permissions import may_open
from nurture_app.site.problem import ERROR, Problem

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
				**_way(problem),
			}
			for problem in found
		],
	}


def _way(problem: Problem) -> dict[str, Any]:
	"""Where it is mended. Whoever may not go there is told who may."""
	if not problem.route:
		return {"route": None, "action_label": ""}
	if may_open(problem.route):
		return {"route": list(problem.route), "action_label": _(LABELS[problem.route[0]])}
	return {"route": None, "action_label": "", "text": f"{problem.text} {_('A System Manager can do that.')}"}
