"""What nurturing is to reach in each stage of the journey (CM-06)."""

from __future__ import annotations

import frappe
from frappe import _

from nurture_app.engine.personas import JOURNEY_STAGES


def stage_goals() -> dict[str, str]:
	"""By stage: what Nurture Settings says, or the usual goal."""
	settings = frappe.get_cached_doc("Nurture Settings")
	usual = {
		"Awareness": _("Capture contact details and establish credibility."),
		"Consideration": _("Show what is different, and build enough confidence for a direct conversation."),
		"Evaluation": _("Help them compare: figures, proof, and answers for everybody who has a say."),
		"Decision": _("Remove the last objections."),
	}
	return {stage: settings.get(f"goal_{stage.lower()}") or usual[stage] for stage in JOURNEY_STAGES}
