from __future__ import annotations

from typing import Any

from frappe import _


def get_data() -> dict[str, Any]:
	return {
		"fieldname": "sequence",
		"transactions": [
			{"label": _("People"), "items": ["Nurture Enrollment", "Nurture Touch", "Nurture Experiment"]},
			{"label": _("History"), "items": ["Nurture Sequence Version"]},
		],
	}
