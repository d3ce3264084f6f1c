"""The tracking script of a website: one small file with what the settings say put in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from nurture_app.engine.config import Settings
from nurture_app.site.links import PUBLIC_PATH, site_url

FILE = Path(__file__).with_name("tracking.js")
CONFIG = "__CONFIG__"
OFF = '/* Website tracking is switched off. */\nwindow.nurture = function (what) { return what === "id" ? "" : undefined; };\n'
LARGEST = 5_000
"""Bytes; a test holds it."""


def script_url(key: str) -> str:
	return f"{site_url()}/{PUBLIC_PATH}/script/{key}.js"


def hit_url(key: str) -> str:
	return f"{site_url()}/{PUBLIC_PATH}/hit/{key}"


def snippet(key: str) -> str:
	"""What a marketer pastes into the pages."""
	return (
		"<script>window.nurture = window.nurture || function () "
		"{ (nurture.q = nurture.q || []).push(arguments); };</script>\n"
		f'<script async src="{script_url(key)}"></script>'
	)


def script_for(key: str, settings: Settings) -> str:
	"""The script for the website with this key; one that does nothing while tracking is off."""
	if not settings.track_website:
		return OFF
	config = {
		"url": hit_url(key),
		"ask": int(settings.require_tracking_consent),
		"signals": int(settings.honour_signals),
	}
	return _source().replace(CONFIG, json.dumps(config, separators=(",", ":")))


@cache
def _source() -> str:
	return FILE.read_text(encoding="utf-8")
