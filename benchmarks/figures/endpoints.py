"""The pixel and the redirect of a tracked mail, beside Frappe's own `ping`, with fifty requests in flight.

One gunicorn of the bench serves all of them. Bursts take turns (A B C A B C...), every second round the other way
round, and each is at full load: the time of an answer then says how much of the machine it takes.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import frappe

from benchmarks import measure
from benchmarks.measure import Figure
from nurture_app.site import mail_hits
from nurture_app.site.links import SiteLinks

IN_FLIGHT = 50
BURST = 400
ROUNDS = 8
WORKERS = 2
LIMIT = 1.5
PING = "/api/method/ping"
LINK = "benchmark0endpoints0"
TARGET = "https://shop.example/guide"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"


def measure_all(leads: int) -> list[Figure]:
	links = SiteLinks()
	token = links.new_token()
	_store_link()
	paths = {
		"ping": PING,
		"open": urlsplit(links.opening(token)).path,
		"click": urlsplit(links.click(token, LINK)).path,
	}
	seconds: dict[str, list[float]] = {name: [] for name in paths}
	with _server() as port:
		for number in range(-1, ROUNDS):  # the first round only warms up
			order = list(paths)
			for name in reversed(order) if number % 2 else order:
				taken = _burst(port, paths[name], 302 if name == "click" else 200)
				if number >= 0:
					seconds[name] += taken
	_clear()
	middles = {name: measure.middle(taken) * 1000 for name, taken in seconds.items()}
	return [
		measure.at_most(
			f"{name}_at_{IN_FLIGHT}_in_flight",
			leads,
			middles[name],
			"ms",
			"/api/method/ping of the same server",
			middles["ping"],
			LIMIT,
			slowest_of_20_ms=_nineteenth(seconds[name]),
			slowest_of_20_of_ping_ms=_nineteenth(seconds["ping"]),
		)
		for name in ("open", "click")
	]


def _burst(port: int, path: str, status: int) -> list[float]:
	"""Seconds each of `BURST` requests took from the connection to the last byte."""
	headers = {
		"Host": frappe.local.site,
		"X-Frappe-Site-Name": frappe.local.site,
		"X-Forwarded-For": "9.9.9.9",
		"User-Agent": BROWSER,
	}

	def ask(_number: int) -> float:
		started = time.perf_counter()
		connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
		connection.request("GET", path, headers=headers)
		answer = connection.getresponse()
		body = answer.read()
		connection.close()
		if answer.status != status:
			raise AssertionError(f"{path} answered {answer.status}: {body[:2000]!r}")
		return time.perf_counter() - started

	with ThreadPoolExecutor(IN_FLIGHT) as pool:
		return list(pool.map(ask, range(BURST)))


@contextmanager
def _server() -> Iterator[int]:
	"""A gunicorn as `bench setup supervisor` starts it, on a free port."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	gunicorn = Path(sys.executable).with_name("gunicorn")
	command = [
		str(gunicorn),
		"-b",
		f"127.0.0.1:{port}",
		"-w",
		str(WORKERS),
		"-t",
		"120",
		"--log-level",
		"error",
	]
	server = subprocess.Popen([*command, "frappe.app:application", "--preload"], cwd=frappe.local.sites_path)
	try:
		_wait_for(port, server)
		yield port
	finally:
		server.terminate()
		server.wait(30)


def _wait_for(port: int, server: subprocess.Popen) -> None:
	for _attempt in range(600):
		if server.poll() is not None:
			raise RuntimeError("gunicorn did not start")
		with socket.socket() as probe:
			if probe.connect_ex(("127.0.0.1", port)) == 0:
				return
		time.sleep(0.1)
	raise RuntimeError("gunicorn does not answer")


def _store_link() -> None:
	_clear()
	frappe.get_doc({"doctype": "Nurture Link", "name": LINK, "url": TARGET, "position": 1}).db_insert()
	frappe.db.commit()


def _clear() -> None:
	frappe.db.delete("Nurture Link", {"name": LINK})
	frappe.db.commit()
	frappe.cache.delete_value(mail_hits.HITS.key)


def _nineteenth(seconds: list[float]) -> float:
	return sorted(seconds)[len(seconds) * 19 // 20] * 1000
