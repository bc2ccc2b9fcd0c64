"""What every command needs: settings that were read once, a database whose tables are up to date, a console."""

from __future__ import annotations

from functools import cache

from rich.console import Console

from dashboard.logs import set_up_logs
from dashboard.migrate import migrate
from tracker.database import Database
from tracker.settings import Settings, load_settings

console = Console()


@cache
def settings() -> Settings:
    """Return the settings of this process.

    Raises:
        BadSetting: with every unknown name, wrong value and unsafe combination.
    """
    loaded = load_settings()
    set_up_logs(loaded)
    return loaded


def open_database(chosen: Settings | None = None) -> Database:
    """Return the database of `chosen` (default: of this process), migrated to this version's tables.

    Raises:
        DatabaseAway: it does not answer.
    """
    chosen = chosen or settings()
    if not chosen.database_url:
        chosen.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(chosen.resolved_database_url)
    migrate(database)
    return database
