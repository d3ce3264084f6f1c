"""Reads a JSON file that somebody has written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nurture_app.simulator.csv_file import InputError


def read_json(path: Path, label: str) -> Any:
	"""What stands in `path`, which messages call `label`. Raises `InputError` with what is wrong."""
	try:
		return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_object)
	except FileNotFoundError:
		raise InputError(f"There is no file {label}.") from None
	except OSError as error:
		raise InputError(f"{label} cannot be read: {error.strerror or error}.") from None
	except UnicodeDecodeError:
		raise InputError(f"{label} is not written in UTF-8.") from None
	except (ValueError, RecursionError) as error:
		raise InputError(f"{label} is no JSON: {error}.") from None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
	"""The reader would keep the last of two values with one key, and nobody would know."""
	found = dict(pairs)
	if len(found) < len(pairs):
		keys = [key for key, _ in pairs]
		twice = next(key for key in keys if keys.count(key) > 1)
		raise ValueError(f"{twice!r} stands twice in one object")
	return found
