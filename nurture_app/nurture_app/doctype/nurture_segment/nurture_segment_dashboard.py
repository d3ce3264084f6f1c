from __future__ import annotations

from typing import Any

from frappe import _

from nurture_app.site.api.connections import METHOD


def get_data() -> dict[str, Any]:
	return {
		"fieldname": "segment",
		"method": METHOD,
		"non_standard_fieldnames": {"Nurture Sequence": "trigger_segment"},
		"transactions": [
			{"label": _("Members"), "items": ["Nurture Segment Member"]},
			{"label": _("Starts"), "items": ["Nurture Sequence"]},
		],
	}
