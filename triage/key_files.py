"""Files of secrets in the home folder: made once, by whoever is first, and readable by their owner alone."""

import os
from pathlib import Path
from typing import Final

from triage.errors import InvalidError

_OTHERS: Final = 0o077


def make_once(file: Path, content: bytes) -> None:
    """Write a file of mode 0600; of several processes that do so at once, the first one's stands."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    try:
        os.link(unfinished, file)  # unlike a rename, it never replaces
    except FileExistsError:
        return
    finally:
        unfinished.unlink()


def require_private(file: Path) -> None:
    """Raise InvalidError where others may read a file."""
    if file.stat().st_mode & _OTHERS:
        raise InvalidError(f"others may read the key file {file}: chmod 600 it")
