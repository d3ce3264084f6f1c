"""The mail around the marketer's text: one column, inline styles, and a footer nobody can leave out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from nurture_app.engine.placeholders import find_tags
from nurture_app.engine.tracking.marks import FOOT
from nurture_app.engine.words import direction

_FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
# Keeps the first words of the body out of the inbox's preview.
_PREVIEW_PADDING = "&#847;&zwnj;&nbsp;" * 30

_HEAD = """<!DOCTYPE html>
<html lang="{lang}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>
:root {{ color-scheme: light dark; }}
img {{ max-width: 100%; height: auto; }}
.ql-align-center {{ text-align: center; }}
.ql-align-right {{ text-align: right; }}
li[data-list="bullet"] {{ list-style-type: disc; }}
@media (prefers-color-scheme: dark) {{
.page {{ background: #1b1b1d !important; color: #e8e8ea !important; }}
.page a {{ color: #8ab4f8 !important; }}
.page a.button {{ background: #8ab4f8 !important; color: #1b1b1d !important; }}
.foot, .foot a {{ color: #a0a0a6 !important; }}
}}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#ffffff;color:#1f2328;">
{preview}<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td align="center" style="padding:24px 16px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;">
<tr><td align="{align}" class="text" style="font:16px/1.5 {font};word-break:break-word;">
"""

_PREVIEW = """<div style="display:none;max-height:0;overflow:hidden;opacity:0;">{text}{padding}</div>
"""

_FOOT = """
</td></tr>
<tr><td lang="{{{{ words.lang }}}}" dir="{{{{ words.dir }}}}" align="{{{{ words.align }}}}" class="foot" style="padding-top:32px;font:13px/1.5 {font};color:#6b7280;">
{company}<br>{address}<br><br>
{why}<br>
<a href="{preferences_link}" style="color:#6b7280;">{preferences}</a> &middot; <a href="{link}" style="color:#6b7280;">{unsubscribe}</a>
</td></tr>
</table>
</td></tr>
</table>
{foot}</body>
</html>
"""

FOOTER_MARK = "-- \n"
"""Where the footer of the plain text begins; the usual sign that what follows is not the message itself."""

_TEXT_FOOT = """

{mark}{company}
{address}

{why}
{preferences}: {preferences_link}
{unsubscribe}: {link}
"""

# Written into the sources as they stand; the words are those of the reader's language (`engine.words`).
_FOOT_NAMES = {
	"company": "{{ company.name }}",
	"link": "{{ links.unsubscribe }}",
	"preferences_link": "{{ links.preferences }}",
	"why": "{{ words.why }}",
	"unsubscribe": "{{ words.unsubscribe }}",
	"preferences": "{{ words.preferences }}",
}
_ADDRESS = "{{ company.postal_address }}"
_ADDRESS_LINES = "{{ company.postal_address | lines }}"


_BUTTON = re.compile(
	r"<p\b[^<>]*\b(?:ql-align-center|text-align:\s*center)\b[^<>]*>\s*(?:<a\b([^<>]*)>\s*<(strong|b)>([^<>]+)</\2>\s*</a>"
	r"|<(strong|b)>\s*<a\b([^<>]*)>([^<>]+)</a>\s*</\4>)\s*(?:<br\s*/?>\s*)?</p>",
	re.IGNORECASE,
)
_BUTTON_STYLE = "display:inline-block;padding:12px 24px;border-radius:6px;background:#1f2937;color:#ffffff;text-decoration:none;"


def with_buttons(body: str) -> str:
	"""A bold link alone in a centred paragraph is shown as a button, for a rich text editor has none."""

	def button(found: re.Match[str]) -> str:
		attributes, text = (found[1], found[3]) if found[3] else (found[5], found[6])
		return (
			f'<p class="ql-align-center" style="text-align:center;"><a{attributes} class="button" '
			f'style="{_BUTTON_STYLE}"><strong>{text}</strong></a></p>'
		)

	return _BUTTON.sub(button, body)


@dataclass(frozen=True, slots=True)
class Layout:
	"""Template sources to be put before and after the body."""

	html_head: str
	html_foot: str
	text_foot: str


def make_layout(preheader: str, language: str) -> Layout:
	"""`preheader` is plain text with placeholders, `language` that of the body."""
	code = (
		language.replace("_", "-")
		if re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", language)
		else "en"
	)
	side = direction(code)
	preview = ""
	if preheader.strip():
		preview = _PREVIEW.format(text=_escape_around_tags(preheader), padding=_PREVIEW_PADDING)
	align = "right" if side == "rtl" else "left"
	return Layout(
		html_head=_HEAD.format(lang=code, dir=side, preview=preview, font=_FONT, align=align),
		html_foot=_FOOT.format(address=_ADDRESS_LINES, foot=FOOT, font=_FONT, **_FOOT_NAMES),
		text_foot=_TEXT_FOOT.format(mark=FOOTER_MARK, address=_ADDRESS, **_FOOT_NAMES),
	)


def _escape_around_tags(text: str) -> str:
	pieces, position = [], 0
	for start, end in find_tags(text):
		pieces += [escape(text[position:start]), text[start:end]]
		position = end
	return "".join([*pieces, escape(text[position:])])
