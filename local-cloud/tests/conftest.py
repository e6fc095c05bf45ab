"""A real PostgreSQL and a really started emulator, once for the whole suite; nothing here is a double."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from cloud import Cloud  # noqa: E402
from postgres import Postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def cloud(postgres, tmp_path_factory):
    emulator = Cloud(tmp_path_factory.mktemp("cloud"), postgres)
    emulator.start()
    yield emulator
    emulator.stop()
