"""Which policy version is in force when, read off the acts of publishing and rolling back alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Kind = Literal["publish", "rollback", "shadow", "unshadow"]
NONE: Final = ""
"""As a version: none of this variant is in force. As a variant: the domain's own policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One act of publishing, rolling back or shadowing, in the order of `number`."""

    number: int
    kind: Kind
    version: str
    effective_at: datetime
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when a version is in force, until the next stretch begins. number: the act that brought it."""

    since: datetime
    version: str
    number: int


def timeline(acts: Sequence[Publication]) -> list[Stretch]:
    """Read off the acts which version is in force from when; a rollback withdraws what was to come after it."""
    line: list[Stretch] = []
    for act in acts:
        if act.kind in ("publish", "rollback"):
            if act.kind == "rollback":
                line = [stretch for stretch in line if stretch.since <= act.effective_at]
            line.append(Stretch(act.effective_at, act.version, act.number))
    return sorted(line, key=lambda stretch: (stretch.since, stretch.number))


def in_force(line: Sequence[Stretch], now: datetime) -> Stretch | None:
    """Return the stretch a timeline is in at `now`; None before the first, and where the last act withdrew a
    variant."""
    begun = [stretch for stretch in line if stretch.since <= now]
    return begun[-1] if begun and begun[-1].version != NONE else None


def shadowed(acts: Sequence[Publication]) -> str | None:
    """Name the version that decides beside the live one, None where none does."""
    last = next((act for act in reversed(acts) if act.kind in ("shadow", "unshadow")), None)
    return last.version if last is not None and last.kind == "shadow" else None


def states(versions: Sequence[str], acts: Sequence[Publication], now: datetime) -> dict[str, str]:
    """Return of each version what it is: live, scheduled, shadow, past (was in force) or draft."""
    line = timeline(acts)
    live, shadow = in_force(line, now), shadowed(acts)
    scheduled = {stretch.version for stretch in line if stretch.since > now}
    past = {stretch.version for stretch in line if stretch.since <= now}
    found = {}
    for version in versions:
        if live is not None and live.version == version:
            found[version] = "live"
        elif version in scheduled:
            found[version] = "scheduled"
        elif version == shadow:
            found[version] = "shadow"
        else:
            found[version] = "past" if version in past else "draft"
    return found


def before(acts: Sequence[Publication], line: Sequence[Stretch], present: Stretch) -> str:
    """Name what was in force before the present version, so that rolling back twice goes back twice, and never forth.

    Publishing steps forward. Rolling back returns to where its version stood: what was skipped never comes back by it.
    """
    published = {act.number for act in acts if act.kind == "publish"}
    way: list[str] = []
    ways: dict[str, list[str]] = {}
    for stretch in line[: line.index(present) + 1]:
        version = stretch.version
        if stretch.number in published:
            way = way if way[-1:] == [version] else [*way, version]
        elif version in way:
            way = way[: len(way) - way[::-1].index(version)]
        else:
            way = ways.get(version, [])
        ways[version] = way
    return way[-2] if len(way) > 1 else NONE
