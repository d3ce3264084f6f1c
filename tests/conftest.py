"""Databases for tests: SQLite always, and a throw-away MariaDB where its server program is installed."""

from __future__ import annotations

import pytest

from nurture_app.simulator.sqlite_database import SQLiteDatabase
from nurture_app.simulator.virtual_clock import VirtualClock
from tests.world import MONDAY, UTC, World


@pytest.fixture
def world() -> World:
	clock = VirtualClock(MONDAY, UTC)
	return World(SQLiteDatabase(clock), clock)
