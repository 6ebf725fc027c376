"""Specification of the forms a danger may come in, and of texts that cannot be searched at all."""

import time

import pytest

from features.danger.coverage import why_not_understood
from features.danger.danger_kinds import GOODS, SITE, named
from features.danger.scan import dangers_named


@pytest.mark.parametrize(
    "text",
    [
        "GAS LEAK", "gas-leak", "gas_leak", "gas/leak", "Gas  \n leak", "gas is leaking", "leaking some kind of gas",
        "<p>g<b>as</b> leak</p>", "<div>gas</div><div>leak</div>", "gas&nbsp;leak", "g&#97;s leak",
        "&lt;b&gt;gas&lt;/b&gt; leak",
        "ga\u00ads leak", "g\u200bas le\u2060ak", "ｇａｓ ｌｅａｋ", "𝗴𝗮𝘀 𝗹𝗲𝗮𝗸", "g a s  leak", "G.A.S leak", "gaaas leak",
        "gas laek", "gas leakk", "strong gas oder, smel of gas",
    ],
)  # fmt: skip
def test_gas_is_found_in_every_form(text: str) -> None:
    assert "gas_leak" in named(text, SITE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("🔥 in aisle 3", "smoke_fire"), ("aisle 3 🚑 please", "injury"), ("⚡️ from the outlet", "electrical"),
        ("somebody stuck in the elevater", "entrapment"), ("exploison in the boiler room", "explosion"),
        ("Rauchentwicklung", "smoke_fire"), ("Wasserrohrbruch", "flood"), ("MÜLLCONTAINER BRENNT", "smoke_fire"),
        ("Muellcontainer brennt, Feuer", "smoke_fire"), ("İTFAİYE GELDİ YANGIN VAR", "smoke_fire"),
    ],
)  # fmt: skip
def test_other_dangers_are_found_in_other_forms(text: str, kind: str) -> None:
    assert kind in named(text, SITE)


@pytest.mark.parametrize(
    "text",
    [
        "nobody was hurt", "no one was injured", "there is no smoke, no gas and no fire", "no hay humo",
        "kein Rauch, kein Feuer",
        "pas de fumée", "sem fumaça", "brak dymu", "duman yok", "没有烟", "we spoke to the manager about the spare parts",
        "brand new sink installed", "a gift card display", "the die for the label maker", "firewall", "smoked salmon",
    ],
)  # fmt: skip
def test_what_is_denied_or_only_looks_alike_is_let_be(text: str) -> None:
    assert named(text, SITE) == frozenset()


def test_a_denial_reaches_no_further_than_its_own_danger() -> None:
    assert named("no smoke but sparks from the outlet", SITE) == {"electrical"}
    assert named("no smoke. fire in the baler", SITE) == {"smoke_fire"}
    assert "smoke_fire" in named("no smoke " * 100 + "then smoke from the oven", SITE)


def test_the_words_that_matched_are_told() -> None:
    (danger,) = [one for one in dangers_named("The outlet by lane 4 was SPARKING") if one.kind == "electrical"]
    assert (danger.language, danger.words) == ("en", "outlet … sparking")


def test_goods_are_called_after_dangers() -> None:
    text = "the shirt with flames is not smokey enough"
    assert named(text, SITE) and named(text, GOODS) == frozenset()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no words"), (" ", "holds no words"), (".", "holds no words"), ("?!… 12", "holds no words"),
        ("broken", "is a single word"), ("<p> door </p>", "is a single word"), ("灯坏", "is too short to tell what it is "
        "about"),
        ("Ð¿Ð°Ñ…Ð½ÐµÑ‚ Ð³Ð°Ð·Ð¾Ð¼", "is garbled: its letters were read in another encoding than they were written in"),
        ("????? ??? ?????? x", "is garbled: its letters were read in another encoding than they were written in"),
        ("ไฟทางเดินที่สี่เสีย", "is written in Thai letters, in which dangers are not looked for"),
        ("jsem zavřený v mrazáku", "seems to be Czech, in which dangers are not looked for"),
        ("lampun vaihto käytävälle neljä", "seems to be Finnish, in which dangers are not looked for"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_told(text: str, why: str) -> None:
    assert why_not_understood(text) == why


@pytest.mark.parametrize(
    "text",
    [
        "paint peeling", "toilet clogged", "HVAC filter", "rtu 2 not cooling", "walk in not holding temp", "灯泡坏了",
        "bombilla fundida", "Tür quietscht", "ampoule grillée", "капает кран", "кондиционер шумит", "الباب يصدر صريرا",
    ],
)  # fmt: skip
def test_short_and_ordinary_texts_are_understood(text: str) -> None:
    assert why_not_understood(text) is None


@pytest.mark.parametrize("text", ["", "-", "damaged", "n/a"])
def test_an_optional_text_may_be_short(text: str) -> None:
    assert why_not_understood(text, may_be_short=True) is None


@pytest.mark.parametrize(
    "word",
    ["gas smell fire ", "person stuck in door elevator not hand ", "<", "&lt;", "a'", "no smoke ", "ｆ", "人被困"],
)
def test_a_hostile_text_takes_no_longer_than_its_length(word: str) -> None:
    text = (word * 4_000)[:4_000]
    dangers_named("warm")
    started = time.process_time()
    dangers_named(text)
    assert time.process_time() - started < 10.0, "a pattern that backtracks takes minutes"
