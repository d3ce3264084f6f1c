"""The checklist against a name server with made-up records, one that stays silent, and one that is not there."""

from __future__ import annotations

import time
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from nurture_app.site.api import deliverability as api
from nurture_app.site.deliverability import checklist as page
from nurture_app.site.deliverability.dns import NameServer
from nurture_app.site.testing.factories import make_mail_account, settle_settings
from nurture_app.site.testing.name_server import FakeNameServer
from nurture_app.site.testing.site_case import SiteCase

ACCOUNT = "Nurture Checklist Test"
GOOD = {
	("company.example", "TXT"): ["v=spf1 include:spf.provider.example ~all"],
	("spf.provider.example", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"],
	("s1._domainkey.company.example", "TXT"): ["v=DKIM1; p=MIGf"],
	("_dmarc.company.example", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:dmarc@company.example"],
	("company.example", "MX"): ["10 mx.company.example."],
}


class TestChecklist(SiteCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_mail_account(ACCOUNT, "team@company.example")
		settle_settings(email_account=ACCOUNT)
		frappe.db.commit()  # nosemgrep: a test site

	@classmethod
	def tearDownClass(cls) -> None:
		settle_settings(email_account=None, dkim_selectors="")
		frappe.delete_doc("Email Account", ACCOUNT, force=True, ignore_missing=True)
		super().tearDownClass()

	def lines(self, records: dict | None = None) -> dict[str, page.Line]:
		with FakeNameServer(GOOD if records is None else records) as server:
			return {line.code: line for line in page.checklist(NameServer(["127.0.0.1"], server.port))}

	def with_records(self, *changes: tuple[str, str, list[str]]) -> dict[str, page.Line]:
		records = {**GOOD, **{(name, kind): values for name, kind, values in changes}}
		return self.lines({key: values for key, values in records.items() if values})

	def test_a_domain_in_order(self) -> None:
		found = self.lines()
		for code in ("sender", "spf", "dkim", "dmarc", "mx", "postal_address"):
			self.assertEqual(found[code].state, "ok", found[code])
		self.assertIn("1 of 10", found["spf"].found)
		self.assertIn("s1", found["dkim"].found)
		self.assertIn("p=quarantine", found["dmarc"].found)

	def test_a_domain_without_anything(self) -> None:
		found = self.lines({("other.example", "TXT"): ["x"]})
		states = {code: found[code].state for code in ("spf", "dkim", "dmarc", "mx")}
		self.assertEqual(states, {"spf": "fix", "dkim": "unknown", "dmarc": "fix", "mx": "fix"})
		for line in found.values():
			self.assertTrue(line.state == "ok" or line.todo or line.code in ("scheduler", "queue"), line)

	def test_spf_that_receivers_cannot_use(self) -> None:
		many = "v=spf1 " + " ".join(f"a:a{number}.example" for number in range(11)) + " -all"
		for records, words in (
			(["v=spf1 -all", "v=spf1 ~all"], "Merge"),
			([many], "give up"),
			(["v=spf1 include:gone.example -all"], "gone.example"),
			(["v=spf1 +all"], "everybody"),
			(["v=spf1 mx"], "nothing of all other"),
		):
			line = self.with_records(("company.example", "TXT", records))["spf"]
			self.assertEqual(line.state, "fix")
			self.assertIn(words, line.todo)

	def test_selectors_named_in_the_settings_are_looked_at_alone(self) -> None:
		settle_settings(email_account=ACCOUNT, dkim_selectors="s1; missing")
		try:
			line = self.lines()["dkim"]
		finally:
			settle_settings(email_account=ACCOUNT, dkim_selectors="")
		self.assertEqual(line.state, "fix")
		self.assertIn("missing", line.found)

	def test_dmarc_that_only_watches_is_fine_for_a_start(self) -> None:
		line = self.with_records(("_dmarc.company.example", "TXT", ["v=DMARC1; p=none"]))["dmarc"]
		self.assertEqual(line.state, "ok")
		self.assertIn("only watches", line.todo)

	def test_a_domain_that_takes_no_mail(self) -> None:
		self.assertEqual(self.with_records(("company.example", "MX", ["0 ."]))["mx"].state, "fix")

	def test_a_name_server_that_stays_silent_is_said_and_soon(self) -> None:
		with FakeNameServer(GOOD) as server:
			server.is_silent = True
			started = time.monotonic()
			found = {line.code: line for line in page.checklist(NameServer(["127.0.0.1"], server.port))}
		self.assertLess(time.monotonic() - started, 15)
		self.assert_unknown(found)

	def test_no_name_server_at_all_is_said(self) -> None:
		self.assert_unknown({line.code: line for line in page.checklist(NameServer(["127.0.0.1"], 1))})

	def assert_unknown(self, found: dict) -> None:
		for code in ("spf", "dkim", "dmarc", "mx"):
			self.assertEqual(found[code].state, "unknown")
			self.assertIn("did not answer", found[code].found)
		self.assertEqual(found["postal_address"].state, "ok", "everything else is still looked at")

	def test_an_account_of_another_domain_is_told(self) -> None:
		values = {"login_id": "somebody@elsewhere.example", "login_id_is_different": 1}
		frappe.db.set_value("Email Account", ACCOUNT, values)
		try:
			self.assertEqual(self.lines()["sender"].state, "fix")
		finally:
			frappe.db.set_value("Email Account", ACCOUNT, {"login_id": "", "login_id_is_different": 0})

	def test_without_bounce_handling_it_says_what_to_do(self) -> None:
		line = self.lines()["bounces"]
		self.assertEqual(line.state, "fix")
		self.assertIn("bounce mailbox", line.todo)

	def test_a_mailbox_is_fine_while_it_is_read(self) -> None:
		from nurture_app.site.deliverability import mailbox

		settle_settings(email_account=ACCOUNT, bounce_mailbox=ACCOUNT)
		self.addCleanup(settle_settings, email_account=ACCOUNT, bounce_mailbox=None)
		for position, state in (
			({"account": "another", "read_on": str(now_datetime())}, "unknown"),
			({"error": "no such host"}, "fix"),
			({"read_on": str(now_datetime() - timedelta(hours=2))}, "fix"),
			({"read_on": str(now_datetime())}, "ok"),
		):
			mailbox._remember(mailbox.Position(**{"account": ACCOUNT, **position}))
			line = self.lines()["bounces"]
			self.assertEqual(line.state, state, line)
			self.assertIn(position.get("error", ""), line.found)

	def test_managers_alone_may_ask(self) -> None:
		with patch.object(page, "NameServer", lambda: NameServer(["127.0.0.1"], 1)):
			self.assertTrue(all(line["title"] for line in api.checklist()))
		frappe.set_user("Guest")
		try:
			self.assertRaises(frappe.PermissionError, api.checklist)
		finally:
			frappe.set_user("Administrator")
