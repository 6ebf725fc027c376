"""A domain's card: what a newcomer reads first. Nothing computed."""

from dataclasses import dataclass
from pathlib import Path

from features.recipe import Recipe
from models.heads import Heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One kind of exception, end to end.

    name: as in the API, the CLI, the files of every room and the registered model.
    title: as people say it.
    policy_file: its policy document.
    simulator: "module:function" of its simulated retailer, None where there is none.
    subject: payload fields that head a case on the review page.
    """

    name: str
    title: str
    recipe: Recipe
    heads: Heads
    policy_file: Path
    simulator: str | None
    subject: tuple[str, ...]
