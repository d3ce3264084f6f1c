"""The frame of every public page: one card on a quiet ground, fit for a phone, light and dark, without any script."""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe.utils import escape_html
from markupsafe import Markup
from werkzeug.wrappers import Response

from nurture_app.site.public.request import answer

RIGHT_TO_LEFT = ("ar", "he", "fa", "ps", "ur")
SECURITY = {
	"X_Frame_Options": "DENY",
	"Content_Security_Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def page(
	title: str, text: str = "", extra: Markup | str = "", status: int = 200, *, tells_where: bool = False
) -> Response:
	"""`title` and `text` are plain; `extra` is escaped unless it is `Markup`. All of them in the visitor's language.

	With `tells_where` the browser tells this site, and no other, which page a form was posted from: by default it says
	nothing at all (`Origin: null`), because addresses of most pages hold a token.
	"""
	referrer = "same-origin" if tells_where else "no-referrer"
	language = frappe.local.lang or "en"
	html = _PAGE.format(
		lang=escape_html(language),
		dir="rtl" if language[:2] in RIGHT_TO_LEFT else "ltr",
		referrer=referrer,
		title=escape_html(title),
		text=f"<p>{escape_html(text)}</p>" if text else "",
		extra=extra if isinstance(extra, Markup) else escape_html(extra),
	)
	return answer(html, status, "text/html", Referrer_Policy=referrer, **SECURITY)


def form(button: str, fields: Markup | str = "", *, quiet: bool = False, **hidden: str) -> Markup:
	"""A form that posts to its own address, with the token Frappe wants from colleagues who are logged in."""
	inputs = hidden_inputs({**hidden, **csrf_field()})
	look = Markup(' class="quiet"') if quiet else ""
	return Markup('<form method="post">{}{}<button type="submit"{}>{}</button></form>').format(
		inputs, fields, look, button
	)


def hidden_inputs(values: Mapping[str, str]) -> Markup:
	"""Fields of a form that nobody sees; names and values are escaped."""
	return Markup("").join(
		Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
		for name, value in values.items()
	)


def note(text: str) -> Markup:
	"""A sentence in small print."""
	return Markup('<p class="note">{}</p>').format(text)


def csrf_field() -> dict[str, str]:
	"""Guests have none; a colleague who is logged in needs theirs or Frappe refuses the form."""
	if frappe.session.user == "Guest":
		return {}
	return {"csrf_token": frappe.sessions.get_csrf_token()}


_PAGE = """<!DOCTYPE html>
<html lang="{lang}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="{referrer}">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center;
	font: 17px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; background: #f6f7f8; color: #1f2328; }}
main {{ max-width: 26rem; margin: 1.25rem; padding: 2rem 1.75rem; background: #fff; border-radius: 12px; text-align: center;
	box-shadow: 0 1px 4px rgba(0, 0, 0, .08); }}
h1 {{ margin: 0 0 .5rem; font-size: 1.35rem; }}
h2 {{ margin: 1.5rem 0 .25rem; font-size: 1.05rem; text-align: start; }}
p {{ margin: .5rem 0; }}
.whom {{ font-weight: 600; letter-spacing: .02em; }}
.note {{ font-size: .85rem; color: #6b7280; }}
fieldset {{ margin: 1rem 0 0; padding: 0; border: 0; text-align: start; }}
legend {{ padding: 0; font-weight: 600; }}
label.choice {{ display: flex; gap: .6rem; align-items: center; min-height: 44px; padding: .2rem 0; line-height: 1.35; }}
label.choice input {{ width: 1.15rem; height: 1.15rem; margin: 0; flex: none; }}
input[type=text], input[type=email], input[type=tel], select, textarea {{ box-sizing: border-box; width: 100%; min-height: 44px; padding: .5rem .65rem;
	border: 1px solid #868d98; border-radius: 8px; font: inherit; color: inherit; background: transparent; }}
button, .button {{ display: block; box-sizing: border-box; width: 100%; min-height: 48px; margin: 1rem 0 .5rem; padding: .7rem; border: 0;
	border-radius: 8px; font: inherit; font-weight: 600; text-decoration: none; color: #fff; background: #1f2937; cursor: pointer; }}
button.quiet {{ color: inherit; background: transparent; border: 1px solid #868d98; }}
form.twins {{ display: flex; flex-direction: column; }}
.twins .first {{ order: 1; }}
.twins .second {{ order: 2; }}
.away {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
blockquote {{ margin: 1rem 0; padding: .25rem 1rem; border-inline-start: 3px solid #c9ced6; text-align: start; }}
.done {{ padding: .6rem .8rem; border-radius: 8px; background: #e7f5ec; color: #14532d; }}
small {{ color: #6b7280; }}
details {{ margin-top: 1.5rem; text-align: start; }}
summary {{ min-height: 44px; line-height: 44px; cursor: pointer; }}
a {{ color: inherit; }}
a:not(.button) {{ padding-block: .45rem; }}
:focus-visible {{ outline: 3px solid #2563eb; outline-offset: 2px; }}
@media (prefers-color-scheme: dark) {{
small {{ color: #a0a0a6; }}
.done {{ background: #14351f; color: #b7e4c7; }}
body {{ background: #161719; color: #e8e8ea; }}
main {{ background: #222427; box-shadow: none; }}
.note {{ color: #a0a0a6; }}
button, .button {{ background: #e8e8ea; color: #161719; }}
:focus-visible {{ outline-color: #60a5fa; }}
input[type=text], input[type=email], input[type=tel], select, textarea, button.quiet {{ border-color: #7d8189; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{text}
{extra}
</main>
</body>
</html>
"""
