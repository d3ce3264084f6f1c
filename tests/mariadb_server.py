"""A throw-away MariaDB server for the tests, where the server program is installed: own data directory, no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pymysql

PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/local/mariadb/bin", "/opt/homebrew/bin")
DATABASE = "nurture_test"
START_SECONDS = 60
OPTIONS = """[mariadbd]
datadir={folder}/data
tmpdir={folder}
socket={folder}/socket
pid-file={folder}/pid
skip-networking
skip-log-bin
skip-name-resolve
# as a Frappe site's server
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_ci
sql-mode=STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION
transaction-isolation=REPEATABLE-READ
# quick: a crash of the machine may lose everything here
innodb-flush-log-at-trx-commit=0
innodb-doublewrite=OFF
innodb-flush-method=nosync
innodb-file-per-table=0
innodb-buffer-pool-size=96M
innodb-log-file-size=32M
innodb-lock-wait-timeout=20
performance-schema=OFF
max-connections=50
"""
# The shell holds the other end of our pipe: when we die without saying so, `cat` ends, and with it server and folder.
GUARD = """
exec 3<&0
"$@" & server=$!
{ cat <&3 >/dev/null; touch "$0/over"; kill $server; } & guard=$!
wait $server
kill $guard 2>/dev/null
test ! -e "$0/over" || rm -rf "$0"
"""


def find_program(*names: str) -> str | None:
	"""The first of `names` on the PATH or where servers are installed; None when there is none."""
	path = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
	return next((found for name in names if (found := shutil.which(name, path=path))), None)


def why_not() -> str:
	"""Why no server can be started here, or an empty text."""
	if not find_program("mariadbd", "mysqld"):
		return "there is no mariadbd on this machine (Debian, Ubuntu: apt-get install mariadb-server)"
	if not find_program("mariadb-install-db", "mysql_install_db"):
		return "mariadbd is here, but mariadb-install-db, which makes its data directory, is not"
	return ""


class MariaDBServer:
	"""One server process with an empty database; it ends with the process that started it, however that ends."""

	def __init__(self) -> None:
		self.folder = Path(tempfile.mkdtemp(prefix="nurture-mariadb-"))
		self._log = self.folder / "log"
		self._process: subprocess.Popen[bytes] | None = None

	def start(self) -> MariaDBServer:
		"""Raises RuntimeError with the server's last words when it does not come up."""
		try:
			self._start()
		except BaseException:
			self.stop()
			raise
		return self

	def _start(self) -> None:
		options = self.folder / "my.cnf"
		options.write_text(OPTIONS.format(folder=self.folder))
		arguments = [f"--defaults-file={options}"]
		if os.geteuid() == 0:
			arguments.append("--user=root")
		install = [str(find_program("mariadb-install-db", "mysql_install_db")), *arguments]
		install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
		made = subprocess.run(install, capture_output=True, text=True)
		if made.returncode:
			raise RuntimeError(f"mariadb-install-db failed:\n{made.stdout}\n{made.stderr}")
		with self._log.open("wb") as log:
			self._process = subprocess.Popen(
				[
					"/bin/sh",
					"-c",
					GUARD,
					str(self.folder),
					str(find_program("mariadbd", "mysqld")),
					*arguments,
				],
				stdin=subprocess.PIPE,
				stdout=log,
				stderr=log,
				start_new_session=True,
			)
		self._wait_until_it_answers()
		with self.connect(database=None) as connection, connection.cursor() as cursor:
			cursor.execute(f"CREATE DATABASE `{DATABASE}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")

	def connect(self, database: str | None = DATABASE, **options: Any) -> pymysql.Connection:
		socket = str(self.folder / "socket")
		return pymysql.connect(
			unix_socket=socket, user="root", charset="utf8mb4", database=database, **options
		)

	def stop(self) -> None:
		if self._process:
			self._process.stdin.close()
			try:
				self._process.wait(timeout=30)
			except subprocess.TimeoutExpired:
				os.killpg(self._process.pid, 9)
				self._process.wait()
		shutil.rmtree(self.folder, ignore_errors=True)

	def _wait_until_it_answers(self) -> None:
		give_up = time.monotonic() + START_SECONDS
		while True:
			try:
				return self.connect(database=None).close()
			except pymysql.OperationalError as error:
				if self._process.poll() is not None or time.monotonic() > give_up:
					words = self._log.read_text(errors="replace")[-3000:]
					raise RuntimeError(f"mariadbd did not start ({error}):\n{words}") from None
				time.sleep(0.05)
