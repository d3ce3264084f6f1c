"""What nurturing is to reach in each stage of the journey (CM-06)."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe import _

from nurture_app.site.journey_stages import Stage, journey_stages


def stage_goals(known: Sequence[Stage] | None = None) -> dict[str, str]:
	"""By stage in use, of all those `known`: what it says itself, Nurture Settings says of what happens there, or the usual
	goal."""
	settings = frappe.get_cached_doc("Nurture Settings")
	usual = {
		"Awareness": _("Capture contact details and establish credibility."),
		"Consideration": _("Show what is different, and build enough confidence for a direct conversation."),
		"Evaluation": _("Help them compare: figures, proof, and answers for everybody who has a say."),
		"Decision": _("Remove the last objections."),
	}
	return {
		stage.name: stage.aim or settings.get(f"goal_{stage.stands_for.lower()}") or usual[stage.stands_for]
		for stage in journey_stages(known)
	}
