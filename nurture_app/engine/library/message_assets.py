"""Assets in texts for a telephone or the portal: `{{ assets.guide.url }}` as in a mail (CM-09, CM-20)."""

from __future__ import annotations

from nurture_app.engine.codes import NurtureError
from nurture_app.engine.library.assets import Asset, Assets, load_assets
from nurture_app.engine.library.blocks import Blocks
from nurture_app.engine.library.expand import expand, named_in
from nurture_app.engine.ports import Host

SHORT_PART = "subject"
"""The part of a mail that such texts are like: plain, without blocks."""


def load_named(host: Host, templates: list[str]) -> Assets | None:
	"""The assets that `templates` name; two queries, none and None when they name none."""
	named = named_in(templates)
	return load_assets(host, (), named.assets) if named.assets or named.blocks else None


def put_in(
	templates: list[str], library: Assets, language: str, *, sending: bool
) -> tuple[list[str], tuple[Asset, ...]]:
	"""`templates` with what they show of assets, and these assets, in `language` where there is such a version.

	Raises as `expand`, `asset_file_by_message` for a file, which needs a link made for one person; and if `sending` what
	keeps an asset from being sent today.
	"""
	filled, found = [], {}
	for template in templates:
		expanded = expand({SHORT_PART: template}, Blocks({}), library, language)
		filled.append(expanded.parts[SHORT_PART])
		found.update(expanded.assets)
		for asset in expanded.files.values():
			raise NurtureError("asset_file_by_message", asset=asset.title)
	for asset in found.values():
		problem = asset.problem(library.today) if sending else None
		if problem:
			raise problem
	return filled, tuple(found.values())
