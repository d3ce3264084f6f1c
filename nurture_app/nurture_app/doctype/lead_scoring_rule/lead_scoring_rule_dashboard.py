from __future__ import annotations

from typing import Any

from frappe import _


def get_data() -> dict[str, Any]:
	return {
		"fieldname": "rule",
		"transactions": [{"label": _("Points Given"), "items": ["Nurture Score Entry"]}],
	}
