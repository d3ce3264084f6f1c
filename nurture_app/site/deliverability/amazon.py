"""The two things we ever ask Amazon for: the certificate of a signature, and to confirm a subscription."""

from __future__ import annotations

import frappe
import requests
from frappe import _

from nurture_app.engine.bounces.providers.base import NotProven
from nurture_app.engine.bounces.providers.ses import CERTIFICATE_URL, CONFIRM_URL
from nurture_app.site.public.request import Refused

TIMEOUT = 5
"""Seconds, for connecting and for each read."""
LONGEST = 20_000
CACHED = 24 * 3600
TRY_AGAIN = 429
"""Amazon SNS repeats a message after this status, and after no other of the 4xx."""


def fetch_certificate(url: str) -> bytes:
	"""From Amazon's own address, over https, without following anybody elsewhere. Cached for a day.

	Raises `NotProven`, or `Refused` with a status after which Amazon tries again.
	"""
	if not CERTIFICATE_URL.fullmatch(url):
		raise NotProven("The certificate is not at an address of Amazon SNS.")
	key = f"nurture_sns_certificate::{url}"
	known = frappe.cache.get_value(key, expires=True)
	if known:
		return known
	try:
		certificate = get(url)
	except requests.RequestException:
		raise Refused(TRY_AGAIN, _("Amazon's certificate could not be fetched just now.")) from None
	if not certificate.startswith(b"-----BEGIN CERTIFICATE-----"):
		raise NotProven("What Amazon's address gave is no certificate.")
	frappe.cache.set_value(key, certificate, expires_in_sec=CACHED)
	return certificate


def confirm(url: str) -> None:
	"""Say yes to a subscription. Raises `Refused` when Amazon cannot be asked: it sends the question again."""
	if not CONFIRM_URL.fullmatch(url):
		raise Refused(400, _("This is no address of Amazon SNS."))
	try:
		get(url)
	except requests.RequestException:
		raise Refused(TRY_AGAIN, _("Amazon could not be asked to confirm the subscription.")) from None


def get(url: str) -> bytes:
	"""At most `LONGEST` bytes of an address. Raises `requests.RequestException`."""
	with requests.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
		if answer.status_code != 200:
			raise requests.HTTPError(f"status {answer.status_code}")
		return answer.raw.read(LONGEST, decode_content=True)
