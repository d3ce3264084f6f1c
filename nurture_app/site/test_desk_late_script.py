"""Our script comes late, as over a slow line: our forms wait for it, whatever happens in them meanwhile. Or never."""

from __future__ import annotations

from typing import Any

import frappe

from nurture_app.site.testing.desk import DeskCase, make_user
from nurture_app.site.testing.factories import make_lead

MANAGER = "late-script@site.example"


class LateScript:
	"""Keeps requests for our script waiting until it `comes`."""

	def __init__(self) -> None:
		self.held: list[Any] = []
		self.here = False

	def asked_for(self, request: Any) -> None:
		if self.here:
			request.continue_()
		else:
			self.held.append(request)

	def is_missed(self, page: Any) -> None:
		"""Waits until it was asked for, and a while in which it is not there."""
		for _ in range(60):
			page.wait_for_timeout(1000)
			if self.held:
				break
		page.wait_for_timeout(1000)

	def comes(self) -> None:
		self.here = True
		for request in self.held:
			request.continue_()


class TestLateScript(DeskCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		make_user(MANAGER, "Nurture Manager", "Sales User")
		frappe.db.commit()  # nosemgrep: the server has its own connections

	def hold_back(self, page: Any) -> LateScript:
		late = LateScript()
		page.route("**/nurture.bundle.*.js", late.asked_for)
		return late

	def test_a_copy_of_a_sequence(self) -> None:
		page = self.desk(MANAGER, "nurture-gallery")
		button = page.get_by_role("button", name="Copy: Cart Recovery")
		button.wait_for()
		late = self.hold_back(page)
		button.click()
		page.wait_for_url("**/nurture-sequence/new-**")
		late.is_missed(page)
		self.assertTrue(late.held)
		late.comes()
		page.locator(".nurture-outline .no-step").first.wait_for()

	def test_a_new_record_filled_in_by_a_link(self) -> None:
		"""What stands in the address is set as if somebody typed it."""
		for route, field in (
			(
				"nurture-sequence/new?title=Late&trigger_type=Activity&trigger_activity=Form%20Submitted",
				"title",
			),
			("nurture-content/new?title=Late&subject=Late&body=Late", "subject"),
			("nurture-segment/new?title=Late&segment_type=Static", "title"),
			("lead-scoring-rule/new?title=Late&rule_type=Behaviour", "title"),
			("nurture-experiment/new?title=Late&variable=Send%20Time", "title"),
		):
			with self.subTest(route=route):
				page = self.log_in(MANAGER)
				late = self.hold_back(page)
				page.goto(f"http://{frappe.local.site}/app/{route}")
				page.wait_for_function("() => window.cur_frm && cur_frm.doc")
				late.is_missed(page)
				self.assertTrue(late.held)
				late.comes()
				page.wait_for_function(
					"(field) => window.nurture && cur_frm.doc[field] === 'Late' && cur_frm.opendocs[cur_frm.docname]",
					arg=field,
				)
				page.wait_for_timeout(1000)

	def test_a_lead_can_be_worked_on_where_our_script_does_not_come(self) -> None:
		"""As after an update whose assets were not built."""
		lead = make_lead("late-script").name
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Lead", lead, force=True)
		frappe.db.commit()  # nosemgrep: the server has its own connections
		for name, answer in (
			("no answer", lambda request: request.abort()),
			("not found", lambda request: request.fulfill(status=404, body="<html>Not Found</html>")),
		):
			with self.subTest(name):
				page = self.log_in(MANAGER)
				page.route("**/nurture.bundle.*.js", answer)
				with page.expect_request("**/nurture.bundle.*.js"):
					page.goto(f"http://{frappe.local.site}/app/lead/{lead}")
				page.locator("[data-fieldname=first_name] input").first.wait_for()
				page.wait_for_timeout(1000)
				page.locator("#freeze").wait_for(state="detached")
				self.assertEqual(page.locator(".modal.show").count(), 0)
				page.locator("[data-fieldname=job_title] input").first.fill(f"Baker, {name}")
				page.get_by_role("button", name="Save").first.click()
				page.get_by_text("Saved").first.wait_for()
