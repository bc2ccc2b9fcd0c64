from collections.abc import Iterator

import pytest

from tests.telemetry.doors import Doors, open_doors
from tracker.database import Database


@pytest.fixture
def doors(sqlite_database: Database) -> Iterator[Doors]:
    with open_doors(sqlite_database) as opened:
        yield opened
