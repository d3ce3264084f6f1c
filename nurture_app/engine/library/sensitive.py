"""What is known of a person and must not be read back to them (CP-12). The one list of it."""

from __future__ import annotations

import re
from collections.abc import Collection

WORDS = frozenset(
	"age allergy birth birthday blood caste children church citizenship credit debt diagnosis disability disabled "
	"divorce divorced ethnic ethnicity faith gender health illness income insurance marital married medical nationality "
	"origin party_membership politics political pregnancy pregnant race religion religious salary salutation sex sexual "
	"sexuality sick sickness spouse union wage weight".split()
)
"""Words of a field's name, as `date_of_birth` has three."""

_WORD = re.compile(r"[a-z]+")


def sensitive_fields(fields: Collection[str], marked: Collection[str] = ()) -> list[str]:
	"""Those of `fields` that a text may not use: by their name, or because the site has marked them."""
	marked = {name.strip().lower() for name in marked}
	return sorted(
		field for field in fields if field.lower() in marked or WORDS & set(_WORD.findall(field.lower()))
	)


def marked_fields(text: str | None) -> list[str]:
	"""The site's own list, one field in a line."""
	return [line.strip() for line in (text or "").splitlines() if line.strip()]
