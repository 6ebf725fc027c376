"""`triage bus` takes submissions from an event bus, beside or instead of the API; `triage asyncapi` describes its
messages."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Annotated

import orjson
import typer

from cli.console import err, fail
from cli.options import settings as read_settings


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(bus)
    app.command()(asyncapi)


def bus(
    url: Annotated[
        str | None, typer.Option(help="nats://…, amqp://…, env:NAME or file:PATH; default TRIAGE_BUS_URL")
    ] = None,
    submitter: Annotated[
        str | None, typer.Option(help="API key whose grants count; default TRIAGE_BUS_SUBMITTER, or bus")
    ] = None,
) -> None:
    """Take submissions from a bus until interrupted; any number may run: `triage bus --url nats://127.0.0.1:4222`."""
    from triage.handoff.brokers.bus_address import read_bus_address

    if (
        url is not None
        and not url.startswith(("env:", "file:"))
        and read_bus_address(url, purpose="submissions").password
    ):
        fail("--url holds a password, which others see on a command line: set TRIAGE_BUS_URL, or give file:PATH")
    if not (url or read_settings().bus_url):
        fail("no bus is named: give --url, or set TRIAGE_BUS_URL")
    from serving.logs import configure_logs
    from triage.service import open_service

    configure_logs()
    for name, value in (("TRIAGE_BUS_URL", url), ("TRIAGE_BUS_SUBMITTER", submitter)):
        if value is not None:
            os.environ[name] = value
    settings = read_settings()
    service, stop = open_service(settings), threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    service.start()
    assert service.bus is not None
    err.print(f"taking submissions from {service.bus.address.shown}; Ctrl-C stops it")
    stop.wait()
    service.stop()


def asyncapi() -> None:
    """Print the AsyncAPI 3 document of what a bus takes and gives: `triage asyncapi > asyncapi.json`."""
    from serving.api.asyncapi import asyncapi_document
    from triage.domains import domains

    document = asyncapi_document(domains(read_settings().domain_modules))
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
