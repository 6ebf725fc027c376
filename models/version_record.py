"""What is written down of a registered model version, and of the run that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

ColumnType = Literal["string", "double", "boolean", "strings", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRef:
    """One registered version of a domain's model."""

    name: str
    version: int
    run_id: str
    created_at: datetime
    aliases: tuple[str, ...] = ()
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class SignatureColumn:
    """A column that a registered version reads or answers with, as MLflow shows it."""

    name: str
    type: ColumnType
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What a training run leaves for a reviewer.

    pictures, documents, texts: files shown with the run, documents as JSON, texts (markdown, CSV) as they are. example:
    a pandas table of a few feature rows. loader_module: where MLflow finds `_load_pyfunc`; inputs, outputs: the columns
    it reads and answers with.
    """

    run_name: str
    description: str
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    pictures: Sequence[Path]
    documents: Mapping[str, Any]
    texts: Mapping[str, str]
    data_name: str
    data_digest: str
    example: Any
    loader_module: str
    inputs: Sequence[SignatureColumn]
    outputs: Sequence[SignatureColumn]
