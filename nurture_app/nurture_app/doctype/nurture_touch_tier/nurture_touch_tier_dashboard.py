from __future__ import annotations

from typing import Any

from frappe import _

from nurture_app.site.api.connections import METHOD


def get_data() -> dict[str, Any]:
	return {
		"fieldname": "nurture_tier",
		"method": METHOD,
		"transactions": [{"label": _("People"), "items": ["Lead"]}],
	}
