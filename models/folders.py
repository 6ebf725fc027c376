"""Folders that appear whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder(into: Path) -> Iterator[Path]:
    """Make a folder next to the final one, so that moving into place is one step that cannot stop half-way."""
    into.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".fetch.", dir=into))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def move_into_place(fetched: Path, folder: Path) -> None:
    """Rename a finished folder; where another process has put the same there meanwhile, its copy stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        fetched.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
