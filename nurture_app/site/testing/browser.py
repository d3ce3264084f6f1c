"""A real browser (Chromium, headless) against the test site, for what only a browser can show.

	from nurture_app.site.testing.browser import BrowserCase

	class TestMyPage(BrowserCase):
		def test_it_can_be_used_on_a_phone(self) -> None:
			frappe.db.commit()                        # the server has its own connections
			page = self.open("/n/something", phone=True)
			page.get_by_role("button", name="Save").click()
			self.assertIn("Saved", page.content())
			self.picture(page, "saved on a phone")    # returns its path: look at it

`open` takes a path of the site or a whole URL, as mails carry them: whatever host name and port stand in a link to
this site, the browser reaches the server of the test. `page` is Playwright's (sync API). Other websites, such as a
customer's with our script on it, are served with `cls.serve_pages("shop.example", {"/": "<html>..."})` in
`setUpClass`; all other hosts cannot be reached. `self.seen(path)` waits until the site was asked for something.

The server runs in threads of the test process, so what the test patches holds for requests too. Do not drive the
browser while the clock is frozen. Without Chromium or Playwright the tests are skipped, and say so.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import frappe
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from nurture_app.site.testing.site_case import SiteCase

NOT_TESTED = "NOT TESTED IN A BROWSER: "
PHONE = {
	"viewport": {"width": 390, "height": 844},
	"is_mobile": True,
	"has_touch": True,
	"device_scale_factor": 2,
}
DESK = {"viewport": {"width": 1200, "height": 900}}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--disable-dev-shm-usage",
)
CONTRAST = """(element, look) => {
	const light = (rgb) => {
		const [r, g, b] = rgb.match(/[0-9.]+/g).map((part) => {
			const one = part / 255;
			return one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
	};
	const outside = (node) => node.parentElement || node.getRootNode().host;
	let ground = outside(element);
	while (/rgba\\(.*, 0\\)/.test(getComputedStyle(ground).backgroundColor)) ground = outside(ground);
	const one = light(getComputedStyle(element)[look]);
	const other = light(getComputedStyle(ground).backgroundColor);
	return Math.max(one, other) / Math.min(one, other);
}"""
WAIT = 60_000
"""Milliseconds until a page that does not do what a test waits for fails it."""

App = Callable[[dict[str, Any], Any], Iterable[bytes]]


def why_not() -> str:
	"""What is missing for browser tests; empty when nothing is."""
	try:
		import playwright.sync_api  # noqa: F401
	except ImportError:
		return "Playwright is not installed (env/bin/pip install playwright)."
	if not chromium():
		return "Chromium is not installed (apt-get install chromium)."
	return ""


def chromium() -> str:
	"""Where Chromium is; NURTURE_CHROMIUM names another."""
	named = os.environ.get("NURTURE_CHROMIUM")
	return named or next((path for path in map(shutil.which, CHROMIUM) if path), "")


class Server:
	"""A WSGI application on a free port of this machine, in threads."""

	def __init__(self, app: App) -> None:
		self._server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
		self.port: int = self._server.server_port
		self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
		self._thread.start()

	def stop(self) -> None:
		self._server.shutdown()
		self._thread.join(10)
		self._server.server_close()


class _Quiet(WSGIRequestHandler):
	def log(self, type: str, message: str, *args: Any) -> None:
		pass


class BrowserCase(SiteCase):
	"""A site, a server for it and a browser, started once per class."""

	@classmethod
	def setUpClass(cls) -> None:
		reason = why_not()
		if reason:
			print(f"\n!! {NOT_TESTED}{cls.__name__}: {reason}")
			raise unittest.SkipTest(NOT_TESTED + reason)
		super().setUpClass()
		cls.requested: list[str] = []
		cls._asked = threading.Condition()
		cls._servers: list[Server] = []
		cls._hosts: dict[str, int] = {}
		cls._playwright = cls._browser = None
		cls.addClassCleanup(cls._stop)
		cls.serve(frappe.local.site, cls._site_app())

	@classmethod
	def serve(cls, host: str, app: App) -> None:
		"""Let the browser find `app` under `host`, whatever the port. Before the first `open` of the class."""
		server = Server(app)
		cls._servers.append(server)
		cls._hosts[host] = server.port

	@classmethod
	def serve_pages(cls, host: str, pages: Mapping[str, str]) -> None:
		"""Another website: HTML by path. Before the first `open` of the class."""

		def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
			html = pages.get(environ["PATH_INFO"])
			start(
				"200 OK" if html is not None else "404 Not Found",
				[("Content-Type", "text/html; charset=utf-8")],
			)
			return [(html or "").encode()]

		cls.serve(host, app)

	def open(
		self,
		url: str,
		*,
		phone: bool = False,
		dark: bool = False,
		script: bool = True,
		language: str = "en-GB",
		wait: int = WAIT,
		**options: Any,
	) -> Any:
		"""A page in a fresh context (no cookies) showing `url`. `wait` as `WAIT`; `options` go to Playwright's
		`new_context`."""
		context = self.browser().new_context(
			**{
				**(PHONE if phone else DESK),
				"color_scheme": "dark" if dark else "light",
				"java_script_enabled": script,
				"locale": language,
				**options,
			}
		)
		self.addCleanup(context.close)
		context.set_default_timeout(wait)
		page = context.new_page()
		page.goto(url if "://" in url else f"http://{frappe.local.site}{url}")
		return page

	@classmethod
	def browser(cls) -> Any:
		"""Playwright's Browser, started when first asked for."""
		if cls._browser is None:
			from playwright.sync_api import sync_playwright

			rules = ", ".join(f"MAP {host} 127.0.0.1:{port}" for host, port in cls._hosts.items())
			cls._playwright = sync_playwright().start()
			cls._browser = cls._playwright.chromium.launch(
				executable_path=chromium(), args=[*FLAGS, f"--host-resolver-rules={rules}, MAP * ~NOTFOUND"]
			)
		return cls._browser

	def seen(self, path: str) -> bool:
		"""Wait until the site was asked for an address that begins with `path`; says whether it was."""
		with self._asked:
			return self._asked.wait_for(
				lambda: any(one.startswith(path) for one in self.requested), timeout=WAIT / 1000
			)

	def picture(self, page: Any, name: str) -> Path:
		"""A screenshot of the whole page as PNG, in NURTURE_SCREENSHOTS or the temporary folder."""
		folder = Path(
			os.environ.get("NURTURE_SCREENSHOTS") or Path(tempfile.gettempdir()) / "nurture-screenshots"
		)
		folder.mkdir(parents=True, exist_ok=True)
		path = folder / f"{name.replace(' ', '-')}.png"
		page.screenshot(path=str(path), full_page=True)
		return path

	def fits(self, page: Any) -> bool:
		"""Whether nothing sticks out to the side, as it must not on a phone."""
		return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

	def contrast(self, one: Any, look: str) -> float:
		"""How well a colour of an element (`borderTopColor`...) stands out from the ground around it, as WCAG 2 counts."""
		return one.evaluate(CONTRAST, look)

	@classmethod
	def _site_app(cls) -> App:
		from frappe.app import application

		site = frappe.local.site
		with_assets = SharedDataMiddleware(
			application, {"/assets": os.path.abspath(os.path.join(frappe.local.sites_path, "assets"))}
		)

		def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
			environ["HTTP_X_FRAPPE_SITE_NAME"] = site
			with cls._asked:
				cls.requested.append(environ["PATH_INFO"])
				cls._asked.notify_all()
			return with_assets(environ, start)

		return app

	@classmethod
	def _stop(cls) -> None:
		if cls._browser:
			cls._browser.close()
			cls._playwright.stop()
		for server in cls._servers:
			server.stop()
