"""Before installing; after it and after each migrate the same steps, each safe to repeat."""

from __future__ import annotations

from frappe.utils.password import get_encryption_key

from nurture_app.site import deal_size, home, journey_stages
from nurture_app.site.install.activity_types import install_activity_types
from nurture_app.site.install.custom_fields import create_custom_fields, refuse_fields_of_others
from nurture_app.site.install.indexes import add_indexes, add_own_indexes
from nurture_app.site.install.presets import install_presets
from nurture_app.site.install.roles import create_roles, note_roles
from nurture_app.site.install.settings import write_default_settings
from nurture_app.site.install.web_forms import install_web_forms


def before_install() -> None:
	refuse_fields_of_others()
	note_roles()


def after_install() -> None:
	_set_up()


def after_sync() -> None:
	"""The last step of an installation."""
	install_web_forms()
	install_presets()


def after_migrate() -> None:
	_set_up()
	install_web_forms()
	install_presets()


def _set_up() -> None:
	# Frappe makes it when it is first asked for, and again in a process that reads the site's settings at the same moment:
	# links signed with the first, to preferences and downloads among them, would lead nowhere
	get_encryption_key()
	create_roles()
	journey_stages.ensure_stages()
	install_activity_types()  # presets name them
	create_custom_fields()
	deal_size.fill_in()
	add_indexes()
	add_own_indexes()
	write_default_settings()
	home.remember_first()
