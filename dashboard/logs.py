"""Structured logs: one event name and its values a line, as JSON for machines or coloured for people."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog

from tracker.settings import Settings

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Unbreakable:
    """A stream whose reader may go away: a log line that nobody can take must not end the thread that writes it."""

    def __init__(self, stream: TextIO) -> None:
        """Write to `stream` as long as it lasts."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or drop the text."""
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if there is still something to flush to."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def set_up_logs(settings: Settings) -> None:
    """Send log lines to standard error in the form of `settings.log_format`, from `settings.log_level` upwards."""
    rendering: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if settings.log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                exception_formatter=structlog.dev.plain_traceback,  # the default prints local variables, secrets too
            )
        ]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *rendering,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.log_level]),
        logger_factory=structlog.PrintLoggerFactory(Unbreakable(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(LEVELS[settings.log_level], logging.WARNING), stream=sys.stderr)
