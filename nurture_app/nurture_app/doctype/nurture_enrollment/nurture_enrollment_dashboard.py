from __future__ import annotations

from typing import Any

from frappe import _


def get_data() -> dict[str, Any]:
	return {
		"fieldname": "enrollment",
		"transactions": [{"label": _("What Happened"), "items": ["Nurture Touch", "Nurture Activity"]}],
	}
