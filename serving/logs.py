"""Log lines: one JSON object each, on standard error. Tracebacks carry no local variables, for those hold payloads and
keys."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """Write structured logs of this process as JSON lines."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )


class _StandardError:
    """Standard error as it is at the moment of writing; a line that cannot be written must not fail a request."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
