"""Two lanes in one job: at the same time, each with its own connection, and neither hides what breaks in the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from unittest.mock import patch

import frappe

from nurture_app.engine.outcome import TickResult
from nurture_app.site.lanes import in_lanes
from nurture_app.site.testing.site_case import SiteCase


def connection_id() -> int:
	((found,),) = frappe.db.sql("SELECT CONNECTION_ID()")
	return found


class Broken(BaseException):
	pass


class TestLanes(SiteCase):
	def test_both_lanes_work_at_once_as_the_same_user_with_a_connection_each(self) -> None:
		both, seen = threading.Barrier(2, timeout=20), []

		def batches() -> Iterator[TickResult]:
			both.wait()
			seen.append((connection_id(), frappe.session.user))
			yield TickResult(claimed=3, queued=2)

		frappe.set_user("test@example.com")
		self.addCleanup(frappe.set_user, "Administrator")
		total = in_lanes(batches)
		self.assertEqual((total.claimed, total.queued), (6, 4))
		self.assertEqual(len({connection for connection, _ in seen}), 2)
		self.assertIn(connection_id(), {connection for connection, _ in seen})
		self.assertEqual({user for _, user in seen}, {"test@example.com"})

	def test_what_breaks_in_the_second_lane_stops_the_first_and_passes(self) -> None:
		ours, broken = threading.get_ident(), threading.Event()

		def batches() -> Iterator[TickResult]:
			if threading.get_ident() != ours:
				broken.set()
				raise Broken("second")
			while True:
				broken.wait(20)
				yield TickResult(claimed=1)

		with self.assertRaisesRegex(Broken, "second"):
			in_lanes(batches)

	def test_what_breaks_in_the_first_lane_stops_the_second(self) -> None:
		ours, done = threading.get_ident(), []

		def batches() -> Iterator[TickResult]:
			if threading.get_ident() == ours:
				raise Broken("first")
			for number in range(1000):
				done.append(number)
				yield TickResult(claimed=1)

		with self.assertRaisesRegex(Broken, "first"):
			in_lanes(batches)
		self.assertLess(len(done), 1000)

	def test_without_a_connection_to_spare_the_first_lane_does_it_all(self) -> None:
		def batches() -> Iterator[TickResult]:
			yield TickResult(claimed=3)

		with patch("frappe.connect", side_effect=RuntimeError("too many connections")):
			self.assertEqual(in_lanes(batches).claimed, 3)
