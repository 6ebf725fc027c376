"""How much texts read like a danger to people, by an encoder on this machine; where there is none, words alone tell."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from models.danger_likeness import DangerLikeness
from models.encoder import CARD_FILE, open_encoder
from models.errors import EncoderError

log = structlog.get_logger(__name__)
NO_ENCODER: Final = "no sentence encoder is on this machine: `triage encoder` puts one there"


class LikenessReader:
    """Opens an encoder when the first text needs it, and shares it with the models that read texts. Thread-safe.

    encoders: the folder with a folder for each encoder, which may come later.
    """

    def __init__(self, encoders: Path) -> None:
        self._encoders = encoders
        self._lock = threading.Lock()
        self._found: DangerLikeness | None = None
        self._tried: frozenset[Path] = frozenset()
        self.reason: str | None = NO_ENCODER

    def of(self, texts: Sequence[str]) -> list[float | None]:
        """Return the likeness of each text to danger, in [0, 1]; None where a text is empty or nobody can tell."""
        if not any(texts):
            return [None] * len(texts)
        found = self._likeness()
        return [None] * len(texts) if found is None else found.of(texts)

    def _likeness(self) -> DangerLikeness | None:
        if self._found is not None:
            return self._found
        with self._lock:
            # A folder is tried once: files of an encoder never change, another one comes in a folder of its own.
            for card in sorted(self._encoders.glob(f"*/{CARD_FILE}")):
                if self._found is None and card.parent not in self._tried:
                    self._try(card.parent)
        return self._found

    def _try(self, folder: Path) -> None:
        self._tried |= {folder}
        try:
            self._found = DangerLikeness(open_encoder(folder))
            self.reason = None
        except (EncoderError, OSError) as error:
            self.reason = str(error)
            log.warning("danger_likeness_without_encoder", folder=str(folder), error=str(error))
