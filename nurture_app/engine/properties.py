"""What activities say of themselves: the JSON in their `properties`."""

from __future__ import annotations

import json


def said_in(properties: str, key: str) -> str:
	"""The text that `properties` give for `key`, on one line; empty where there is none."""
	if f'"{key}"' not in properties:  # most say nothing of it
		return ""
	try:
		said = json.loads(properties).get(key, "")
	except (ValueError, AttributeError):
		return ""
	return " ".join(said.split()) if isinstance(said, str) else ""
