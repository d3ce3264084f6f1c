from __future__ import annotations

from typing import Any

from frappe import _


def get_data() -> dict[str, Any]:
	return {
		"fieldname": "nurture_persona",
		"transactions": [{"label": _("People"), "items": ["Lead"]}],
	}
