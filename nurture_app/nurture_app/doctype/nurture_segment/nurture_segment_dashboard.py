from __future__ import annotations

from typing import Any

from frappe import _


def get_data() -> dict[str, Any]:
	return {
		"fieldname": "segment",
		"non_standard_fieldnames": {"Nurture Sequence": "trigger_segment"},
		"transactions": [
			{"label": _("Members"), "items": ["Nurture Segment Member"]},
			{"label": _("Starts"), "items": ["Nurture Sequence"]},
		],
	}
