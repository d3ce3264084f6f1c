"""Two lanes in one job: at the same time, each with its own connection, and neither hides what breaks in the other."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from unittest.mock import patch

import frappe
from frappe.installer import update_site_config
from frappe.utils.password import get_encryption_key

from nurture_app.engine.outcome import TickResult
from nurture_app.site.lanes import LOST, LaneBroken, in_lanes
from nurture_app.site.links import keyed_hash
from nurture_app.site.testing.site_case import SiteCase

SHARED = multiprocessing.get_context("fork")


def connection_id() -> str:
	((found,),) = frappe.db.sql("SELECT CONNECTION_ID()")
	return str(found)


class Broken(BaseException):
	pass


class TestLanes(SiteCase):
	def test_both_lanes_work_at_once_as_the_same_user_with_a_connection_each(self) -> None:
		both = SHARED.Barrier(2, timeout=20)

		def batches(told: list[str]) -> Iterator[TickResult]:
			both.wait()
			told.append(f"{connection_id()} {frappe.session.user}")
			yield TickResult(claimed=3, queued=2)

		frappe.set_user("test@example.com")
		self.addCleanup(frappe.set_user, "Administrator")
		worked = in_lanes(batches)
		self.assertEqual((worked.result.claimed, worked.result.queued), (6, 4))
		seen = [told.split() for told in worked.failures]
		self.assertEqual({user for _, user in seen}, {"test@example.com"})
		self.assertEqual(len({connection for connection, _ in seen}), 2)
		self.assertIn(connection_id(), {connection for connection, _ in seen})

	def test_on_a_site_without_a_key_both_lanes_sign_links_with_the_same(self) -> None:
		both = SHARED.Barrier(2, timeout=20)

		def batches(told: list[str]) -> Iterator[TickResult]:
			both.wait()
			told.append(keyed_hash("test", "a link"))
			yield TickResult(claimed=1)

		self.addCleanup(update_site_config, "encryption_key", get_encryption_key())
		update_site_config("encryption_key", "None")  # takes it out of the file
		del frappe.local.conf["encryption_key"]
		worked = in_lanes(batches)
		self.assertEqual((len(worked.failures), len(set(worked.failures))), (2, 1))

	def test_what_breaks_in_the_second_lane_stops_the_first_and_passes(self) -> None:
		ours, broken = os.getpid(), SHARED.Event()

		def batches(_failures: list[str]) -> Iterator[TickResult]:
			if os.getpid() != ours:
				broken.set()
				raise Broken("second")
			while True:
				broken.wait(20)
				yield TickResult(claimed=1)

		with self.assertRaisesRegex(LaneBroken, "Broken: second"):
			in_lanes(batches)

	def test_what_breaks_in_the_first_lane_stops_the_second(self) -> None:
		ours, done = os.getpid(), SHARED.Value("i", 0)

		def batches(_failures: list[str]) -> Iterator[TickResult]:
			if os.getpid() == ours:
				raise Broken("first")
			for number in range(100_000):
				done.value = number
				yield TickResult(claimed=1)

		with self.assertRaisesRegex(Broken, "first"):
			in_lanes(batches)
		self.assertLess(done.value, 99_999)

	def test_a_second_lane_that_is_killed_is_told_and_loses_nothing_of_the_first(self) -> None:
		ours = os.getpid()

		def batches(_failures: list[str]) -> Iterator[TickResult]:
			if os.getpid() != ours:
				os.kill(os.getpid(), signal.SIGKILL)
			yield TickResult(claimed=1)

		worked = in_lanes(batches)
		self.assertEqual((worked.result.claimed, worked.failures), (1, [LOST]))

	def test_without_a_connection_to_spare_the_first_lane_does_it_all(self) -> None:
		def batches(_failures: list[str]) -> Iterator[TickResult]:
			yield TickResult(claimed=3)

		with patch("frappe.connect", side_effect=RuntimeError("too many connections")):
			self.assertEqual(in_lanes(batches).result.claimed, 3)

	def test_without_a_process_to_spare_the_first_lane_does_it_all(self) -> None:
		def batches(_failures: list[str]) -> Iterator[TickResult]:
			yield TickResult(claimed=3)

		with patch("os.fork", side_effect=BlockingIOError("no more processes")):
			self.assertEqual(in_lanes(batches).result.claimed, 3)
