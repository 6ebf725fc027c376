"""Frozen entity history as files that every process of a machine maps: what has settled in the database is not read
again at a start.

    HOME/history/DOMAIN/FINGERPRINT/current.json      the segments that count, in order, and how far they reach
    HOME/history/DOMAIN/FINGERPRINT/SEGMENT/arrays    the arrays of `features.history_segment`, one after another
    HOME/history/DOMAIN/FINGERPRINT/SEGMENT/index.json  where each of them lies

`current.json` is replaced in one step. A segment is never changed; one that was merged into another is removed.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import structlog

import features
from features.attributes.attribute import Attribute
from features.history_segment import Arrays, HistorySegment, merged
from features.recipe import Recipe
from models.folders import scratch_folder

log = structlog.get_logger(__name__)
TABLES: Final = ("past_cases", "cases", "labels")
MERGE_RATIO: Final = 4
"""A segment is merged into the one before it unless that one is so many times larger: few segments, each row written
few times."""
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far frozen history reaches in one table. number: of the last row. mark: what that row must still be."""

    number: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Frozen history of one domain. reach: by table; rows up to it are in the segments, and only those."""

    segments: tuple[HistorySegment, ...] = ()
    reach: Mapping[str, Reach]
    rows: int = 0
    erasures: int = 0
    """The last erasure of a person that these files know of."""


NOTHING: Final = Frozen(reach={name: Reach() for name in TABLES})


class HistoryFiles:
    """The files of one domain's frozen history, for one way of building facts."""

    def __init__(self, home: Path, domain: str, recipe: Recipe, attributes: Sequence[Attribute]) -> None:
        self.folder = home / "history" / domain / fingerprint(recipe, attributes)

    def open(self) -> Frozen:
        """Map what is frozen; nothing where there is none or it cannot be read, which is logged."""
        for _ in range(_ATTEMPTS):
            current = self._current()
            if current is None:
                return NOTHING
            try:
                segments = tuple(HistorySegment(_mapped(self.folder / name)) for name in current["segments"])
            except FileNotFoundError:
                continue  # merged and removed in the meantime: look again
            reach = {name: Reach(**current["reach"][name]) for name in TABLES}
            return Frozen(segments=segments, reach=reach, rows=current["rows"], erasures=current.get("erasures", 0))
        log.warning("history_files_not_read", folder=str(self.folder))
        return NOTHING

    def add(self, arrays: Arrays, *, reach: Mapping[str, Reach], rows: int, erasures: int = 0) -> None:
        """Write a further segment, merge small ones, and let all of it count from one moment on. Only under `alone`."""
        current = self._current() or {"segments": [], "sizes": [], "rows": 0}
        names, sizes = list(current["segments"]), list(current["sizes"])
        dropped: list[str] = []
        size = rows
        while sizes and sizes[-1] < MERGE_RATIO * size:
            arrays = merged([_mapped(self.folder / names[-1]), arrays])
            size += sizes.pop()
            dropped.append(names.pop())
        name = "-".join(str(reach[table].number) for table in TABLES)
        self._write(name, arrays)
        document = {
            "segments": [*names, name],
            "sizes": [*sizes, size],
            "rows": current["rows"] + rows,
            "erasures": erasures,
            "reach": {table: {"number": at.number, "mark": at.mark} for table, at in reach.items()},
        }
        self._replace("current.json", orjson.dumps(document))
        for old in dropped:
            if old != name:
                shutil.rmtree(self.folder / old, ignore_errors=True)

    def clear(self) -> None:
        """Let nothing frozen count any more: the next segment is the first. Only under `alone`."""
        (self.folder / "current.json").unlink(missing_ok=True)
        for old in self.folder.iterdir():
            if old.is_dir():
                shutil.rmtree(old, ignore_errors=True)

    @contextmanager
    def alone(self, *, wait: bool = False) -> Iterator[bool]:
        """Yield whether no other process of this machine freezes this history now. wait: until none does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True

    def _current(self) -> dict[str, Any] | None:
        try:
            document: dict[str, Any] = orjson.loads((self.folder / "current.json").read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, orjson.JSONDecodeError):
            log.exception("history_files_not_read", folder=str(self.folder))
            return None
        return document

    def _write(self, name: str, arrays: Arrays) -> None:
        with scratch_folder(self.folder) as scratch:
            _write_arrays(scratch, arrays)
            # What a crash left under this name was never named by `current.json`.
            shutil.rmtree(self.folder / name, ignore_errors=True)
            _sync(scratch)
            scratch.rename(self.folder / name)
            scratch.mkdir()
        _sync(self.folder, files=False)

    def _replace(self, name: str, content: bytes) -> None:
        temporary = self.folder / f".{name}.{os.getpid()}"
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self.folder / name)
        _sync(self.folder, files=False)


@contextmanager
def holding_history(home: Path) -> Iterator[None]:
    """Keep every process of this machine from freezing history while it is copied; waits for those that do."""
    with ExitStack() as held:
        for file in sorted((home / "history").glob("*/*/.lock")):
            fcntl.flock(held.enter_context(file.open("w")), fcntl.LOCK_EX)
        yield


def fingerprint(recipe: Recipe, attributes: Sequence[Attribute]) -> str:
    """Return a name for the way facts are built: other trails, attributes or feature code never read these files."""
    written = repr((recipe.trails, tuple(attributes), recipe.payload.__qualname__, _code()))
    return hashlib.sha256(written.encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Hash the source of the room that turns payloads into facts."""
    digest = hashlib.sha256()
    for file in sorted(Path(str(features.__file__)).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write_arrays(folder: Path, arrays: Arrays) -> None:
    index, at = {}, 0
    with (folder / "arrays").open("wb") as file:
        for name, array in arrays.items():
            index[name] = {"dtype": array.dtype.str, "at": at, "count": int(array.size)}
            at += file.write(np.ascontiguousarray(array).tobytes())
    (folder / "index.json").write_bytes(orjson.dumps(index))


def _mapped(folder: Path) -> Arrays:
    """Map a segment's arrays: one file, so one descriptor, however many arrays; every element is eight bytes wide."""
    index: dict[str, Any] = orjson.loads((folder / "index.json").read_bytes())
    if all(entry["count"] == 0 for entry in index.values()):
        return {name: np.empty(0, dtype=entry["dtype"]) for name, entry in index.items()}
    whole = np.memmap(folder / "arrays", dtype=np.uint8, mode="r")
    return {
        name: whole[entry["at"] : entry["at"] + 8 * entry["count"]].view(entry["dtype"]).view(np.ndarray)
        for name, entry in index.items()
    }


def _sync(folder: Path, *, files: bool = True) -> None:
    for path in (*(folder.iterdir() if files else ()), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
