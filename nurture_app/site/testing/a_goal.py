"""The goal of a sequence that is not about its goal. Nothing that tests record reaches it."""

from __future__ import annotations

from typing import Any

A_GOAL: dict[str, Any] = {
	"goal_kind": "Conversion",
	"goal_activity": "Went Live",
	"goal_target": 10,
	"goal_date": "2099-12-31",
}
