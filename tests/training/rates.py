"""A model of tests that reads its answer off the feature row."""

from collections.abc import Sequence

from toy_domain import DOMAIN

from features.attributes.attribute_columns import Attribute, extend_recipe
from features.recipe import Matrix
from models.score import Cause, Reason, Score


class Rates:
    """A model that reads the risk off the share given away, and says how often the cashier was seen."""

    version = "price_override/7"
    attributes: tuple[Attribute, ...] = (Attribute(name="region", kind="category", vocabulary=("north", "south")),)
    recipe = extend_recipe(DOMAIN.recipe, attributes)

    def score(self, rows: Matrix, texts: Sequence[str]) -> list[Score]:
        assert len(texts) == len(rows)
        at = {name: position for position, name in enumerate(self.recipe.names)}
        return [
            Score(
                causes=(Cause(label="sweethearting", probability=0.7), Cause(label="price_match", probability=0.3)),
                risk=float(row[at["discount_share"]]),
                impact=50.0,
                reasons=(Reason(code="model:cashier", text=f"seen {row[at['cashier_overrides_30d']]:.0f} times, "
                                f"wrong {row[at['cashier_wrong_rate']]:.3f}, region "
                                f"{row[at['attributes.region']]:.0f}"),),
                model_version=self.version,
            )
            for row in rows
        ]  # fmt: skip
