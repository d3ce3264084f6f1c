"""Requests to addresses that users type, against servers on this machine."""

from __future__ import annotations

import datetime
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import TestCase
from unittest.mock import patch

import frappe

from nurture_app.site.outgoing_http import AddressRefused, NoAnswer, fetch, is_public, resolve

ASKED: list[tuple[str, str, dict[str, str], bytes]] = []


class Handler(BaseHTTPRequestHandler):
	"""Notes what it is asked, and answers by the path."""

	def do_GET(self) -> None:
		length = int(self.headers.get("Content-Length") or 0)
		sent = {name.lower(): value for name, value in self.headers.items()}
		ASKED.append((self.command, self.path, sent, self.rfile.read(length)))
		status = int(self.path.strip("/").partition("?")[0] or 200) if self.path[1:2].isdigit() else 200
		self.send_response(status)
		if status == 302:
			self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
		self.end_headers()
		self.wfile.write(b"x" * 5000 if self.path == "/long" else b"hello")

	do_POST = do_HEAD = do_GET

	def log_message(self, *args: object) -> None:
		pass


@contextmanager
def web_server(context: ssl.SSLContext | None = None) -> Iterator[int]:
	server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	if context:
		server.socket = context.wrap_socket(server.socket, server_side=True)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	ASKED.clear()
	try:
		yield server.server_port
	finally:
		server.shutdown()
		server.server_close()


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
	"""A server that says what `talk` does."""
	with socket.create_server(("127.0.0.1", 0)) as listener:

		def serve() -> None:
			with listener.accept()[0] as caller:
				try:
					talk(caller)
				except OSError:
					pass  # the caller left, which is what the test wants

		thread = threading.Thread(target=serve, daemon=True)
		thread.start()
		yield listener.getsockname()[1]
		thread.join(5)


def resolving(**hosts: list[str]):
	"""The name server says what `hosts` does ("_" stands for a dot) and knows nobody else."""
	known = {name.replace("_", "."): machines for name, machines in hosts.items()}

	def getaddrinfo(host: str, port: int, *args: object, **kwargs: object) -> list[tuple]:
		if host == "127.0.0.1":
			return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
		if host not in known:
			raise socket.gaierror(socket.EAI_NONAME, "unknown")
		return [
			(
				socket.AF_INET6 if ":" in machine else socket.AF_INET,
				socket.SOCK_STREAM,
				6,
				"",
				(machine, port),
			)
			for machine in known[host]
		]

	return patch("nurture_app.site.outgoing_http.socket.getaddrinfo", getaddrinfo)


class TestWhatIsRefused(TestCase):
	def test_addresses_of_an_own_network(self) -> None:
		for machine in (
			"127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 "
			"198.18.0.1 192.0.2.1 ::1 :: fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 "
			"64:ff9b::7f00:1 2002:7f00:1:: 2001:0:4136:e378::1 2001:db8::1 fec0::1 3fff::1 192.88.99.1 "
			"::ffff:0:127.0.0.1 64:ff9b:1::7f00:1 fd00:ec2::254"
		).split():
			with self.subTest(machine):
				self.assertFalse(is_public(machine))
		for machine in "8.8.8.8 93.184.215.14 2606:4700:4700::1111 64:ff9b::808:808".split():
			with self.subTest(machine):
				self.assertTrue(is_public(machine))

	def test_every_way_of_writing_this_machine(self) -> None:
		with web_server() as port:
			for (
				host
			) in "127.0.0.1 localhost 127.1 0x7f.1 2130706433 0177.0.0.1 0 [::1] [::ffff:127.0.0.1]".split():
				with self.subTest(host), self.assertRaises(AddressRefused):
					fetch(f"http://{host}:{port}/", allowed=())
			self.assertEqual(ASKED, [])

	def test_one_private_address_among_public_ones(self) -> None:
		with resolving(two_example=["8.8.8.8", "10.0.0.1"]), self.assertRaises(AddressRefused) as refused:
			resolve("https://two.example/", ())
		self.assertEqual((refused.exception.reason, refused.exception.host), ("private", "two.example"))

	def test_what_is_no_web_address(self) -> None:
		reasons = {
			"": "not_an_address",
			"ftp://example.com/": "not_an_address",
			"file:///etc/passwd": "not_an_address",
			"//example.com/": "not_an_address",
			"http:///path": "not_an_address",
			"http://example.com/\r\nX: y": "not_an_address",
			"http://example.com\\@10.0.0.1/": "not_an_address",
			"http://example.com:99999/": "not_an_address",
			"http://[::1": "not_an_address",
			"http://example.com/" + "x" * 2000: "not_an_address",
			"http://me:secret@example.com/": "credentials",
			"http://example.com:25/": "port",
			"http://example.com:0/": "port",
			"http://nobody.example/": "unknown_host",
		}
		with resolving(example_com=["8.8.8.8"]):
			for url, reason in reasons.items():
				with self.subTest(url[:40]), self.assertRaises(AddressRefused) as refused:
					resolve(url, ())
				self.assertEqual(refused.exception.reason, reason)

	def test_a_name_that_changes_its_mind_is_asked_at_the_address_looked_at(self) -> None:
		answers = iter([["8.8.8.8"], ["127.0.0.1"]])
		connected = []

		def getaddrinfo(*args: object, **kwargs: object) -> list[tuple]:
			return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers)[0], 80))]

		def connect(address: tuple[str, int], *args: object) -> None:
			connected.append(address)
			raise ConnectionRefusedError

		with (
			patch("nurture_app.site.outgoing_http.socket.getaddrinfo", getaddrinfo),
			patch("nurture_app.site.outgoing_http.socket.create_connection", connect),
			self.assertRaises(NoAnswer) as silent,
		):
			fetch("http://rebinding.example/", allowed=())
		self.assertEqual(connected, [("8.8.8.8", 80)])
		self.assertFalse(silent.exception.reached)

	def test_a_redirect_is_handed_back(self) -> None:
		with web_server() as port:
			answer = fetch(f"http://127.0.0.1:{port}/302", allowed=[f"127.0.0.1:{port}"])
		self.assertEqual(answer.status, 302)
		self.assertEqual(answer.headers["location"], "http://169.254.169.254/latest/meta-data/")
		self.assertEqual(len(ASKED), 1)


class TestAnswers(TestCase):
	def test_a_request_arrives_as_it_was_meant(self) -> None:
		with web_server() as port, resolving(hook_example=["127.0.0.1"]):
			answer = fetch(
				f"http://hook.example:{port}/201?a=b#part",
				"POST",
				{"X-Signature": "abc", "Content-Type": "application/json"},
				b'{"a": 1}',
				allowed=["hook.example"],
			)
		self.assertEqual((answer.status, answer.ok, answer.text), (201, True, "hello"))
		((method, path, headers, body),) = ASKED
		self.assertEqual((method, path, body), ("POST", "/201?a=b", b'{"a": 1}'))
		self.assertEqual((headers["host"], headers["x-signature"]), (f"hook.example:{port}", "abc"))

	def test_the_site_may_name_machines_of_its_own_network(self) -> None:
		with web_server() as port, patch.dict(frappe.conf):
			frappe.conf.nurture_app_allowed_private_hosts = [f"127.0.0.1:{port}"]
			self.assertEqual(fetch(f"http://127.0.0.1:{port}/").status, 200)
			with self.assertRaises(AddressRefused):
				fetch(f"http://127.0.0.1:{port + 1}/")

	def test_errors_are_answers(self) -> None:
		with web_server() as port:
			answer = fetch(f"http://127.0.0.1:{port}/503", allowed=["127.0.0.1"])
		self.assertEqual((answer.status, answer.ok), (503, False))

	def test_a_long_answer_is_cut(self) -> None:
		with web_server() as port:
			answer = fetch(f"http://127.0.0.1:{port}/long", max_bytes=100, allowed=["127.0.0.1"])
		self.assertEqual((len(answer.body), answer.truncated), (100, True))

	def test_headers_cannot_smuggle_others(self) -> None:
		with web_server() as port, self.assertRaises(ValueError):
			fetch(f"http://127.0.0.1:{port}/", headers={"X-A": "b\r\nX-C: d"}, allowed=["127.0.0.1"])
		self.assertEqual(ASKED, [])

	def test_nobody_there_was_not_reached(self) -> None:
		with socket.create_server(("127.0.0.1", 0)) as listener:
			port = listener.getsockname()[1]
		with self.assertRaises(NoAnswer) as silent:
			fetch(f"http://127.0.0.1:{port}/", allowed=["127.0.0.1"])
		self.assertFalse(silent.exception.reached)

	def test_who_trickles_is_left(self) -> None:
		stop = threading.Event()

		def trickle(caller: socket.socket) -> None:
			caller.recv(1000)
			caller.sendall(b"HTTP/1.1 200 OK\r\n")
			while not stop.wait(0.02):
				caller.sendall(b"X-A: b\r\n")

		with talking(trickle) as port:
			try:
				with self.assertRaises(NoAnswer) as silent:
					fetch(f"http://127.0.0.1:{port}/", timeout=0.3, allowed=["127.0.0.1"])
			finally:
				stop.set()
		self.assertTrue(silent.exception.reached)

	def test_no_http_is_no_answer(self) -> None:
		with talking(lambda caller: caller.sendall(b"220 mail ESMTP\r\n")) as port:
			with self.assertRaises(NoAnswer):
				fetch(f"http://127.0.0.1:{port}/", allowed=["127.0.0.1"])


class TestTls(TestCase):
	def test_the_certificate_must_be_the_names(self) -> None:
		with tempfile.TemporaryDirectory() as folder:
			path = certificate(folder, "hook.example")
			context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
			context.load_cert_chain(path)
			both = resolving(hook_example=["127.0.0.1"], other_example=["127.0.0.1"])
			with web_server(context) as port, both, patch.dict(os.environ, SSL_CERT_FILE=path):
				allowed = ["hook.example", "other.example"]
				answer = fetch(f"https://hook.example:{port}/", allowed=allowed)
				self.assertEqual((answer.status, ASKED[0][2]["host"]), (200, f"hook.example:{port}"))
				with self.assertRaises(NoAnswer) as silent:
					fetch(f"https://other.example:{port}/", allowed=allowed)
		self.assertFalse(silent.exception.reached)


def certificate(folder: str, name: str) -> str:
	"""A certificate for `name`, signed by itself, with its key in one file."""
	from cryptography import x509
	from cryptography.hazmat.primitives import hashes, serialization
	from cryptography.hazmat.primitives.asymmetric import ec

	key = ec.generate_private_key(ec.SECP256R1())
	who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
	today = datetime.datetime.now(datetime.timezone.utc)
	builder = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
	builder = builder.not_valid_before(today - datetime.timedelta(days=1))
	builder = builder.not_valid_after(today + datetime.timedelta(days=1))
	builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
	signed = builder.sign(key, hashes.SHA256())
	path = os.path.join(folder, "certificate.pem")
	with open(path, "wb") as file:
		file.write(signed.public_bytes(serialization.Encoding.PEM))
		file.write(
			key.private_bytes(
				serialization.Encoding.PEM,
				serialization.PrivateFormat.PKCS8,
				serialization.NoEncryption(),
			)
		)
	return path
