"""What the toy's models would learn."""

from models.heads import Heads

HEADS = Heads(
    labels={
        "price_match": "Matched a competitor's price",
        "damaged_item": "Damaged item marked down",
        "wrong_label": "Wrong shelf label",
        "sweethearting": "Favour to a friend",
    },
    straight_through="the override stands",
    wrong_when="the price charged was not justified",
    loss_is="listed price minus charged price",
)
