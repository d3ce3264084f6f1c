"""The texts of ours that people outside read: on public pages, in letters, forms, the chat and around every mail."""

from __future__ import annotations

import ast
from pathlib import Path

from nurture_app.engine import sentences
from nurture_app.engine.words import FRAME_TEXTS, OPT_OUT_HINT

PACKAGE = Path(__file__).resolve().parents[2]
LANGUAGES = ("de", "fr", "es")
"""Those we ship."""

PLACES = (
	"site/public",
	"site/consent",
	"site/capture/assets.py",
	"site/capture/widget_script.py",
	"site/privacy_rules.py",
)
FOR_MACHINES = (
	"blocks.py",
	"events.py",
	"hits.py",
	"inbound_hook.py",
	"other_sites.py",
	"phone_hooks.py",
	"provider_hooks.py",
	"widget.py",
)
"""What only programs or colleagues get to see."""
FOR_COLLEAGUES = ("overview.py",)


def texts_for_people_outside() -> set[str]:
	"""As they stand in the code."""
	found = {*FRAME_TEXTS, OPT_OUT_HINT}
	for path in _files():
		tree = ast.parse(path.read_text(encoding="utf-8"))
		for node in ast.walk(tree):
			if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
				found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
			if isinstance(node, ast.Assign) and "CHANNEL_WORDS" in ast.unparse(node.targets[0]):
				found |= {value.value for value in node.value.values if isinstance(value, ast.Constant)}
	refusals = {code: text for code, text in sentences.ERRORS.items() if code.startswith("capture_")}
	return found | set(refusals.values()) | {sentences.ERRORS["asset_not_available"]}


def _files() -> list[Path]:
	left_out = (*FOR_MACHINES, *FOR_COLLEAGUES)
	found = []
	for place in PLACES:
		path = PACKAGE / place
		found += sorted(path.glob("*.py")) if path.is_dir() else [path]
	return [one for one in found if not one.name.startswith("test_") and one.name not in left_out]
