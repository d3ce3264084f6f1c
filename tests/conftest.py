"""Databases for tests: SQLite always, and a throw-away MariaDB where its server program is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from nurture_app.simulator.sqlite_database import SQLiteDatabase
from nurture_app.simulator.virtual_clock import VirtualClock
from tests.crash_scene import SEED
from tests.mariadb_database import MariaDBDatabase
from tests.mariadb_server import MariaDBServer, why_not
from tests.world import MONDAY, UTC, World

NOT_TESTED = "NOT TESTED ON MARIADB: "


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDBServer]:
	"""A server with empty tables; whatever needs one is skipped, and says so, where none can be started."""
	if reason := why_not():
		pytest.skip(NOT_TESTED + reason)
	server = MariaDBServer().start()
	database = MariaDBDatabase(server, VirtualClock(MONDAY, UTC))
	database.make_tables()
	database.close()
	yield server
	server.stop()


@pytest.fixture
def make_world(request: pytest.FixtureRequest) -> Iterator[Callable[[str], World]]:
	"""Worlds by the name of their database, `sqlite` or `mariadb`, each with its own clock."""
	worlds: list[World] = []

	def make(name: str) -> World:
		clock = VirtualClock(MONDAY, UTC)
		if name == "sqlite":
			database = SQLiteDatabase(clock)
		else:
			database = MariaDBDatabase(request.getfixturevalue("mariadb_server"), clock)
			database.empty_tables()
		worlds.append(World(database, clock))
		return worlds[-1]

	yield make
	for world in worlds:
		world.db.close()


@pytest.fixture(params=["sqlite", "mariadb"])
def world(request: pytest.FixtureRequest, make_world: Callable[[str], World]) -> World:
	"""A small world, once on each database."""
	return make_world(request.param)


@pytest.fixture
def sqlite_world(make_world: Callable[[str], World]) -> World:
	"""For what no database can change."""
	return make_world("sqlite")


@pytest.fixture
def mariadb_world(make_world: Callable[[str], World]) -> World:
	"""For what takes several connections at once."""
	return make_world("mariadb")


def pytest_report_header() -> str:
	return f"crashes at random: CRASH_SEED={SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
	skipped = [one for one in terminalreporter.getreports("skipped") if NOT_TESTED in str(one.longrepr)]
	if skipped:
		terminalreporter.section("half of the engine's tests were not run", sep="!", red=True, bold=True)
		terminalreporter.line(f"{len(skipped)} tests were {NOT_TESTED}{why_not()}", red=True)
