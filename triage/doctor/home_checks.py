"""The machine's side: settings, the home folder and who may read it, disk room, MLflow's door."""

import os
import shutil
import socket
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from models.artifact_places import recorded_roots
from triage.backup.backing_up import OUTSIDE, sqlite_file
from triage.doctor.health_check import HealthCheck, failed, ok, warning
from triage.settings import Settings, unknown_variables

MIN_FREE_BYTES: Final = 1_000_000_000
MIN_FREE_SHARE: Final = 0.05
_OTHERS: Final = 0o077
_SECRET_ENDS: Final = (".pem", ".key", "-sign-ins.txt", "_key", ".token")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_CONNECT_SECONDS: Final = 0.5


def settings_checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[HealthCheck]:
    """Check that every variable means something and every named file is there."""
    name = "settings"
    unknown = unknown_variables(environment)
    for variable, near in unknown.items():
        meant = f"; did you mean {near}?" if near else ""
        yield warning(name, f"{variable} is no setting{meant}", f"unset {variable}, or correct its name")
    missing = False
    for setting in OUTSIDE:
        value = str(getattr(settings, setting))
        # The file of anchors is made with the first one.
        if value and setting != "audit_anchor_file" and not Path(value).expanduser().exists():
            missing = True
            variable = f"TRIAGE_{setting.upper()}"
            yield failed(name, f"{variable} names {value}, which is not there", f"put it there, or correct {variable}")
    if not unknown and not missing:
        yield ok(name, "every variable is known, every file it names is there")


def home_checks(settings: Settings) -> Iterator[HealthCheck]:
    """Check that the home folder is there, can be written, and is closed to others."""
    home, name = settings.home_folder, "home folder"
    if not home.is_dir():
        yield failed(name, f"there is no folder {home}", "set TRIAGE_HOME to where it is, or run `triage db upgrade`")
        return
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield failed(name, f"{home} cannot be written", f"give it to who runs this: chown -R {_user()} {home}")
        return
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & _OTHERS:
        yield failed(name, f"others may open {home} (mode {mode:04o})", f"chmod 700 {home}")
    else:
        yield ok(name, f"{home}, closed to others")
    open_secrets = [path for path in _secrets(settings) if stat.S_IMODE(path.stat().st_mode) & _OTHERS]
    for path in open_secrets:
        yield failed("secrets", f"others may read {path}", f"chmod 600 {path}")
    if not open_secrets:
        yield ok("secrets", "files with secrets are closed to others")


def disk_check(settings: Settings) -> HealthCheck:
    """Check that there is room for the database to grow."""
    home = next(path for path in (settings.home_folder, *settings.home_folder.parents) if path.exists())
    usage = shutil.disk_usage(home)
    share = usage.free / usage.total
    found = f"{usage.free / 1e9:.1f} GB free ({share:.0%}) for {settings.home_folder}"
    if usage.free < MIN_FREE_BYTES:
        return failed("disk", found, "make room: a full disk stops every decision")
    return warning("disk", found, "make room before it is full") if share < MIN_FREE_SHARE else ok("disk", found)


def mlflow_checks(settings: Settings) -> Iterator[HealthCheck]:
    """Check where MLflow is, and that an embedded one can be reached from this machine only: it has no sign-in."""
    name = "MLflow"
    store = sqlite_file(settings.tracking)
    if store is None:
        address = urlsplit(settings.tracking)
        if address.scheme == "http" and address.hostname not in _LOOPBACK:
            yield warning(name, f"{address.hostname} is asked without TLS", "use https, or a tunnel")
        else:
            yield ok(name, f"at {address.hostname}")
        return
    if not store.exists():
        yield warning(name, "nothing was trained yet", "`triage train DOMAIN`, or set TRIAGE_MLFLOW_TRACKING_URI")
        return
    try:
        with closing(sqlite3.connect(store.as_uri() + "?mode=ro", uri=True)) as connection:
            elsewhere = recorded_roots(connection) - {settings.artifacts.as_uri()}
    except sqlite3.Error as error:
        yield failed(
            name, f"{store} cannot be read: {error}", "restore it from the last backup: `triage restore FOLDER`"
        )
        return
    if elsewhere:
        cure = "nothing: the next start of the service writes down where they are now"
        yield warning(name, f"it says its files are at {min(elsewhere)}, from before a move", cure)
    seen = _own_address()
    if seen is not None and _answers(seen, settings.mlflow_port):
        cure = "start it with --host 127.0.0.1, as `triage up` does: it has no sign-in"
        yield failed(name, f"something answers on {seen}:{settings.mlflow_port}, open to other machines", cure)
    else:
        yield ok(name, f"embedded, {settings.artifacts}; not open to other machines")


def _secrets(settings: Settings) -> Iterator[Path]:
    home = settings.home_folder
    named = [Path(settings.audit_key_file), Path(settings.audit_anchor_header_file)]
    yield from (path.expanduser() for path in named if path.expanduser().is_file())
    # Below the home folder, that one keeps others out.
    stores = (file for address in (settings.database, settings.tracking) if (file := sqlite_file(address)) is not None)
    yield from (file for file in stores if file.is_file() and not file.is_relative_to(home))
    yield from (path for path in sorted(home.iterdir()) if path.is_file() and path.name.endswith(_SECRET_ENDS))


def _user() -> str:
    return str(os.getuid())


def _own_address() -> str | None:
    """Return the address under which other machines see this one; None without a network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # set aside for documentation: RFC 5737
            address = str(probe.getsockname()[0])
        except OSError:
            return None
    return address if not address.startswith("127.") else None


def _answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False
