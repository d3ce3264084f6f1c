"""A real SMTP server in a process of its own, so that a frozen clock in the tests does not stop it."""

from __future__ import annotations

import mailbox
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


class MailServer:
	"""aiosmtpd that keeps what it gets in a folder. Use as a context manager."""

	def __enter__(self) -> MailServer:
		self.folder = Path(tempfile.mkdtemp(prefix="nurture-mail-"))
		with socket.socket() as probe:
			probe.bind(("127.0.0.1", 0))
			self.port = probe.getsockname()[1]
		command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{self.port}"]
		command += ["-c", "aiosmtpd.handlers.Mailbox", str(self.folder / "box")]
		self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
		self._wait()
		return self

	def __exit__(self, *exception: object) -> None:
		self.process.terminate()
		self.process.wait(10)
		self.process.stderr.close()
		shutil.rmtree(self.folder, ignore_errors=True)

	def take(self) -> list[EmailMessage]:
		"""The messages that have arrived since the last call, as a mail program reads them."""
		return [message_from_bytes(raw, policy=policy.default) for raw in self.take_bytes()]

	def take_bytes(self) -> list[bytes]:
		"""The same, as they came."""
		box = mailbox.Maildir(str(self.folder / "box"), create=True)
		found = []
		for key in sorted(box.keys()):
			found.append(box.get_bytes(key))
			box.remove(key)
		return found

	def _wait(self) -> None:
		for _attempt in range(300):
			if self.process.poll() is not None:
				raise RuntimeError(
					f"the mail server did not start: {self.process.stderr.read().decode()[-500:]}"
				)
			with socket.socket() as probe:
				if probe.connect_ex(("127.0.0.1", self.port)) == 0:
					return
			time.sleep(0.05)
		raise RuntimeError("the mail server does not answer")
