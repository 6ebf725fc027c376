"""Log lines: one JSON object each, on standard error. Tracebacks carry no local variables, for those hold payloads and keys."""

import logging
import sys

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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
