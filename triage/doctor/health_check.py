"""One line of an examination."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """What one check found. cure: what to do about it, empty where nothing is to be done."""

    name: str
    level: Level
    found: str
    cure: str = ""


def ok(name: str, found: str) -> HealthCheck:
    """Return a check that found nothing wrong."""
    return HealthCheck(name=name, level="ok", found=found)


def warning(name: str, found: str, cure: str) -> HealthCheck:
    """Return a check that found what may be meant, or becomes wrong soon."""
    return HealthCheck(name=name, level="warning", found=found, cure=cure)


def failed(name: str, found: str, cure: str) -> HealthCheck:
    """Return a check that found something wrong."""
    return HealthCheck(name=name, level="failed", found=found, cure=cure)
