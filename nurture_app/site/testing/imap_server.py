"""A small IMAP server (RFC 3501, as much as reading a mailbox takes) that says what it was asked, over a real socket."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator


class ImapServer:
	"""One user `bounces` with the password `secret`, one folder INBOX. Use as a context manager."""

	def __init__(self) -> None:
		self.mails: dict[int, bytes] = {}
		self.validity = 7
		self.commands: list[str] = []
		self.drop_after = 0
		"""Fetches after which the connection is cut, as when a server is restarted; 0 for never."""

	def __enter__(self) -> ImapServer:
		self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
		self._server.daemon_threads = True
		self.port = self._server.server_address[1]
		self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
		self._thread.start()
		return self

	def __exit__(self, *exception: object) -> None:
		self._server.shutdown()
		self._server.server_close()
		self._thread.join(5)

	def put(self, raw: bytes) -> int:
		"""A new mail; returns its number."""
		uid = max(self.mails, default=0) + 1
		self.mails[uid] = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
		return uid


def _handler(server: ImapServer) -> type[socketserver.StreamRequestHandler]:
	class Handler(socketserver.StreamRequestHandler):
		def handle(self) -> None:
			self.fetched = 0
			self._say(b"* OK ready")
			for line in iter(self.rfile.readline, b""):
				tag, _blank, command = line.decode("latin-1").strip().partition(" ")
				server.commands.append(re.sub(r"^(LOGIN \S+) .*", r"\1 ***", command, flags=re.IGNORECASE))
				verb = command.upper().split(" ")[0]
				for answer in self._answers(verb, command):
					self._say(answer)
				if self.fetched and self.fetched == server.drop_after:
					return
				refused = verb == "LOGIN" and "secret" not in command
				self._say(f"{tag} {'NO [AUTHENTICATIONFAILED]' if refused else 'OK'} {verb} done".encode())
				if verb == "LOGOUT":
					return

		def _answers(self, verb: str, command: str) -> Iterator[bytes]:
			if verb == "CAPABILITY":
				yield b"* CAPABILITY IMAP4rev1"
			elif verb in ("SELECT", "EXAMINE"):
				yield f"* {len(server.mails)} EXISTS".encode()
				yield f"* OK [UIDVALIDITY {server.validity}] valid".encode()
			elif verb == "LOGOUT":
				yield b"* BYE"
			elif verb == "UID" and "SEARCH" in command.upper():
				first = int(re.search(r"UID (\d+):\*", command)[1])
				found = [uid for uid in server.mails if uid >= first] or [max(server.mails, default=0)]
				yield ("* SEARCH " + " ".join(str(uid) for uid in found if uid)).strip().encode()
			elif verb == "UID" and "FETCH" in command.upper():
				yield from self._fetch(command)

		def _fetch(self, command: str) -> Iterator[bytes]:
			uid = int(command.split(" ")[2])
			self.fetched += 1
			if uid in server.mails and self.fetched != server.drop_after:
				raw = server.mails[uid]
				number = sorted(server.mails).index(uid) + 1
				head = f"* {number} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode()
				yield head + raw + b")"

		def _say(self, line: bytes) -> None:
			self.wfile.write(line + b"\r\n")

	return Handler
