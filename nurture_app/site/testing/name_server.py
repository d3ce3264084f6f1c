"""A name server with made-up records, over UDP on this machine."""

from __future__ import annotations

import socketserver
import threading

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class FakeNameServer:
	"""`records` by (name, type); what is not there does not exist. Use as a context manager."""

	def __init__(self, records: dict[tuple[str, str], list[str]]) -> None:
		self.records = records
		self.is_silent = False
		"""Takes questions and answers none."""

	def __enter__(self) -> FakeNameServer:
		outer = self

		class Handler(socketserver.BaseRequestHandler):
			def handle(self) -> None:
				if not outer.is_silent:
					data, socket = self.request
					socket.sendto(outer.answer(data), self.client_address)

		self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
		self._server.daemon_threads = True
		self.port = self._server.server_address[1]
		threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
		return self

	def __exit__(self, *exception: object) -> None:
		self._server.shutdown()
		self._server.server_close()

	def answer(self, data: bytes) -> bytes:
		query = dns.message.from_wire(data)
		question = query.question[0]
		name = question.name.to_text(omit_final_dot=True).lower()
		reply = dns.message.make_response(query)
		found = self.records.get((name, dns.rdatatype.to_text(question.rdtype)))
		if found:
			values = [f'"{value}"' if question.rdtype == dns.rdatatype.TXT else value for value in found]
			reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype, values))
		elif not any(known == name for known, _kind in self.records):
			reply.set_rcode(dns.rcode.NXDOMAIN)
		return reply.to_wire()
