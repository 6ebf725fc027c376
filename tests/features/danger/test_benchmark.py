"""The benchmark of danger texts: measured here, written to docs/benchmarks/danger.md with TRIAGE_WRITE_PAGES=1."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from features.danger.coverage import why_not_understood
from features.danger.danger_kinds import GOODS, SITE, named

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[2] / "docs" / "benchmarks" / "danger.md"
LANGUAGES: Final = {
    "es": "Spanish", "de": "German", "fr": "French", "pt": "Portuguese", "it": "Italian", "nl": "Dutch", "pl": "Polish",
    "tr": "Turkish", "zh": "Chinese", "vi": "Vietnamese", "ru": "Russian", "uk": "Ukrainian", "ro": "Romanian",
    "ar": "Arabic",
    "hi": "Hindi",
}  # fmt: skip
LATER: Final = {
    "en_second": ("second: a manager at night, a cashier, a non-native speaker", "55 of 70", "0 of 50"),
    "en_third": ("third: a call centre", "32 of 40", "1 of 40"),
    "en_fourth": ("fourth: an app on a small keyboard", "38 of 40", "1 of 40"),
    "fresh_en": ("fifth, second author: alarm panels, messages, a manager, a customer", "101 of 127", "2 of 76"),
    "fresh_last": ("sixth, second author: contractors, inspectors, drivers, neighbours", "22 of 60", "2 of 40"),
}
VOICES: Final = {
    "held_out": "held-out kinds", "unmended": "seventh list, second author", "voices_site": "other voices, of sites",
    "voices_goods": "other voices, of goods", "eighth_site": "eighth list, third author, of sites",
    "eighth_goods": "eighth list, third author, of goods", "file excavator_work_orders": "work orders of excavators, public",
}  # fmt: skip
FIRST_ELSEWHERE: Final = {
    "es": (8, 1), "de": (7, 0), "fr": (8, 0), "pt": (8, 0), "it": (7, 0), "nl": (6, 0), "pl": (6, 0), "tr": (8, 1),
    "zh": (7, 0),
    "vi": (8, 1), "ru": (6, 0),
}  # fmt: skip
"""Found of 8 dangerous and 8 harmless texts of the second author, before anything was mended with them."""
TEXT: Final = """# Danger texts

What the search for danger (`features/danger/`) finds in lists of texts that the project wrote itself. They are no sample of any
retailer's requests: recall on your own texts may be lower, and the audit of what went straight through is what tells.
Written by `TRIAGE_WRITE_PAGES=1 python -m pytest tests/features/danger/test_benchmark.py`; the same test holds the page to the code.

## How it was measured

The first lists were written before the lexicon, by the same person. Lines of even place were used to tune, lines of odd
place only measured. Three more English lists were written later from other standpoints; each was measured before anything
was mended after it. That first measure is the honest one for texts nobody has seen; the second column is after mending.
The first four lists have one author, who also wrote the lexicon, so even the halves that were only measured flatter it.
The others were written by a second author, who had seen neither the lexicon nor the lists before the fifth.
"Escalated" of dangerous texts should be 95 % or more, of harmless look-alikes 4 % or less.

## The number to believe

Words are searched first; beside them stands the *likeness to danger* (`models/danger_likeness.py`): a sentence embedding and pieces
of words, weighed by one logistic function fitted on {fitted_on} texts of `lab/danger/texts` and of the lists below that rules were mended
with. From `likeness_to_escalate` on ({escalate}) a case is P1, from `likeness_to_review` on ({review}) a person reads it. Measured by
`triage benchmark danger`, which keeps its numbers in `tests/features/danger/likeness.json`. The function was fitted to none of these texts:

| texts | labelled | found by words | escalated | not straight through |
|---|---|---|---|---|
{together}

"Held-out kinds": each kind of danger and of look-alike is judged by a function that saw no text of its kind; the harmless half is written
to look like danger, so its share is far above that of ordinary texts. "Seventh list": by the second author, nothing was ever mended with it.
"Other voices": radio talk, speech turned into text, complaints, third persons; by the author of the texts the function was fitted on, frozen
before the first fit. Its harmless half pairs each danger with a line of the same words. Measured first with 2,824 texts: 61 of 68 and 28 of 32
escalated, 67 of 68 and 29 of 32 not straight through, harmless 9 of 68 and 0 of 32 escalated, 21 of 68 and 4 of 32 held; the seventh list
34 of 40 escalated, 40 of 40 not straight through, 1 of 30 and 2 of 30 of the harmless. Afterwards harmless and dangerous texts
in such voices and ordinary requests to a service desk were added to what it is fitted on, by kinds, without looking at what was missed.

"Eighth list": by a third author, who had seen no list, no rule and no program. With the 3,028 texts before, 113 of 120 and 44 of 60 of
its dangerous texts escalated, 119 and 54 did not go straight through, and 21 of 120 and 4 of 60 of the harmless escalated. Then 2,095 texts of
a fourth author were added to what the function is fitted on, and wordings of that author's harmless texts to the rules; the eighth list was
counted, never read.

The goal of 95 % *escalated* on texts nobody has seen is met on one list of five, the eighth of sites; elsewhere between 75 and 88 % are.
That 95 % never go *straight through* is met on four of the five. The goal of 4 % harmless escalated is **not** met where look-alikes are
meant to mislead: half of the eighth list's harmless texts are, and nearly all its false alarms come from the rules of words, not from the
likeness. A likeness near zero could call them off, and would have called off eight of eighteen and none of 85 dangers of sites; it does not,
since a danger that is named escalates whatever a model says.

Before the likeness, words alone escalated:

| texts by the second author | dangerous, escalated | harmless, escalated |
|---|---|---|
{believe}

What the likeness costs on texts that are ordinary, or at least were not written to look like danger. Distinct simulated texts say
dangers too, mostly in maintenance, and the last texts it was fitted on were written after seeing which of them were held. Where no encoder is on the machine, and in other languages than English, words alone tell.

| ordinary texts | texts | found by words | escalated | not straight through |
|---|---|---|---|---|
{ordinary}

Audit the descriptions that went straight through, and add the words of your own stores. A policy may move both limits.

Fifty more harmless requests, aimed at the newest rules: first 4 of 50 escalated, now {aimed}.

## English requests for maintenance

| list | dangerous, escalated | harmless, escalated |
|---|---|---|
{english}

First measure of each later list, and now:

| list | dangerous, first | harmless, first | dangerous, now | harmless, now |
|---|---|---|---|---|
{later}

## Other languages

The commonest words of danger. Everyday words of each language were taken from the harmless half, so false alarms are measured
on few and easy texts here.

| language | dangerous, tuned on | dangerous, only measured | harmless, all |
|---|---|---|---|
{languages}

The second author's eight dangerous and eight harmless texts of each of eleven languages; rules were mended with them after the first.

| language | dangerous, first | harmless, first | dangerous, now | harmless, now |
|---|---|---|---|---|
{elsewhere}

## Free text of the other domains

| domain | dangerous, tuned on | dangerous, only measured | harmless, all |
|---|---|---|---|
{domains}

The second author's list about goods, customers and suppliers: first 24 of 30 dangerous and 4 of 25 harmless, now {goods}.

## Texts that cannot be searched

A language that is not covered is recognised by [lingua](https://github.com/pemistahl/lingua-py) in its mode of low accuracy. The case is
then held for a person (`data_quality:payload.description`). Its thresholds were chosen on these very texts, and the everyday words of
the covered languages come from them too: on others it will do worse.

| texts | held or escalated |
|---|---|
{held}
"""


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


def at_site(text: str) -> bool:
    return bool(named(text, SITE))


def with_goods(text: str) -> bool:
    return bool(named(text, GOODS))


def share(texts: Sequence[str], found: Callable[[str], bool]) -> str:
    hits = sum(map(found, texts))
    return f"{hits} of {len(texts)} ({hits / len(texts):.1%})"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def page() -> str:
    english, others, domains = read("en"), read("other_languages"), read("domains")
    not_covered = [text for texts in read("not_covered").values() for text in texts]
    ordinary = [*english["harmless"], *(text for name in LATER for text in read(name)["harmless"])]
    foreign = [text for lists in others.values() for text in lists["harmless"]]
    fresh, goods, unmended = read("fresh_other_languages"), read("fresh_goods"), read("fresh_unmended")
    likeness = measured()
    return TEXT.format(
        fitted_on=f"{likeness['fitted_on']:,}",
        review=likeness["limits"][0],
        escalate=likeness["limits"][1],
        together=likeness_rows(labelled=True),
        ordinary=likeness_rows(labelled=False),
        believe="\n".join(
            (
                row("common words and short messages, before mending (fifth list)", "101 of 127 (79.5%)",
                "2 of 76 (2.6%)"),
                row("words of a trade and implied dangers, before mending (sixth list)", "22 of 60 (36.7%)",
                "2 of 40 (5.0%)"),
                row(
                    "ordinary and implied dangers, after all mending, nothing mended with it (seventh list)",
                    share(unmended["dangerous"], at_site),
                    share(unmended["harmless"], at_site),
                ),
            )
        ),
        aimed=share(read("fresh_look_alikes")["harmless"], at_site),
        elsewhere="\n".join(
            row(
                LANGUAGES[code],
                f"{dangerous} of 8",
                f"{harmless} of 8",
                share(fresh[code]["dangerous"], at_site),
                share(fresh[code]["harmless"], at_site),
            )
            for code, (dangerous, harmless) in FIRST_ELSEWHERE.items()
        ),
        goods=f"{share(goods['dangerous'], with_goods)} and {share(goods['harmless'], with_goods)}",
        english="\n".join(
            row(title, share(english["dangerous"][at::2], at_site), share(english["harmless"][at::2], at_site))
            for at, title in enumerate(("first, tuned on", "first, only measured"))
        ),
        later="\n".join(
            row(title, dangerous, harmless, *(share(read(name)[kind], at_site) for kind in ("dangerous", "harmless")))
            for name, (title, dangerous, harmless) in LATER.items()
        ),
        languages="\n".join(
            row(
                LANGUAGES[code],
                share(lists["dangerous"][0::2], at_site),
                share(lists["dangerous"][1::2], at_site),
                share(lists["harmless"], at_site),
            )
            for code, lists in others.items()
        ),
        domains="\n".join(
            row(
                f"`{domain}`",
                share(lists["dangerous"][0::2], with_goods),
                share(lists["dangerous"][1::2], with_goods),
                share(lists["harmless"], with_goods),
            )
            for domain, lists in domains.items()
        ),
        held="\n".join(
            (
                row("22 languages that are not covered, ordinary and dangerous", share(not_covered,
                lambda text: at_site(text) or unread(text))),
                row("ordinary English requests, held for nothing", share(ordinary, unread)),
                row("ordinary requests in the 15 other covered languages, held for nothing", share(foreign, unread)),
            )
        ),
    )  # fmt: skip


def measured() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((HERE / "likeness.json").read_text(encoding="utf-8"))
    return content


def of_all(found: int, texts: int) -> str:
    return f"{found} ({found / texts:.1%})"


def likeness_rows(labelled: bool) -> str:
    counts = [count for count in measured()["counts"] if (count["dangerous"] is not None) is labelled]
    return "\n".join(
        row(
            VOICES.get(count["name"], f"`{count['name']}`"),
            f"{count['texts']} {'dangerous' if count['dangerous'] else 'harmless'}"
            if labelled
            else str(count["texts"]),
            *(of_all(count[name], count["texts"]) for name in ("by_words", "escalated", "held")),
        )
        for count in counts
    )


def unread(text: str) -> bool:
    return why_not_understood(text) is not None


def test_the_page_says_what_is_measured() -> None:
    written = page()
    if os.environ.get("TRIAGE_WRITE_PAGES"):
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written


@pytest.mark.parametrize("name", ["en", *LATER])
def test_english_danger_is_found_and_look_alikes_are_let_be(name: str) -> None:
    lists = read(name)
    assert sum(map(at_site, lists["dangerous"])) >= 0.95 * len(lists["dangerous"])
    assert sum(map(at_site, lists["harmless"])) <= 0.04 * len(lists["harmless"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commonest_words_of_danger_are_found_in_every_language(language: str) -> None:
    lists = read("other_languages")[language]
    assert sum(map(at_site, lists["dangerous"])) >= 0.95 * len(lists["dangerous"])
    assert sum(map(at_site, lists["harmless"])) <= 0.1 * len(lists["harmless"])


@pytest.mark.parametrize("language", FIRST_ELSEWHERE)
def test_what_a_second_author_wrote_in_other_languages_is_found(language: str) -> None:
    lists = read("fresh_other_languages")[language]
    assert sum(map(at_site, lists["dangerous"])) == len(lists["dangerous"])
    assert sum(map(at_site, lists["harmless"])) == 0


def test_what_a_second_author_wrote_about_goods_is_found() -> None:
    lists = read("fresh_goods")
    assert sum(map(with_goods, lists["dangerous"])) >= 0.95 * len(lists["dangerous"])
    assert sum(map(with_goods, lists["harmless"])) <= 0.04 * len(lists["harmless"])


def test_requests_aimed_at_the_newest_rules_are_let_be() -> None:
    harmless = read("fresh_look_alikes")["harmless"]
    assert sum(map(at_site, harmless)) <= 0.04 * len(harmless)


def test_ordinary_english_is_hardly_ever_held_for_its_language() -> None:
    ordinary = [text for name in ("en", *LATER) for text in read(name)["harmless"]]
    assert sum(map(unread, ordinary)) <= 0.02 * len(ordinary)


def test_what_is_in_a_language_not_covered_is_hardly_ever_let_through() -> None:
    texts = [text for texts in read("not_covered").values() for text in texts]
    assert sum(at_site(text) or unread(text) for text in texts) >= 0.95 * len(texts)
