"""What the Desk knows from the start."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.api.access import ENROLLERS, has_role
from nurture_app.site.sentences import all_reasons


def extend_bootinfo(bootinfo: Any) -> None:
	"""Hook: sentences for reason codes, which lists and forms show, and whether they offer to enroll, pause and stop."""
	may_enroll = has_role(ENROLLERS) and bool(frappe.has_permission("Lead", "read"))
	bootinfo.nurture = {"reasons": all_reasons(), "may_enroll": may_enroll}
