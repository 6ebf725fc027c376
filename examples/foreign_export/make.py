"""Draw the invented export of a shop that this folder holds: `python make.py`. Nothing in it is real.

`python make.py 2026-11-29 FOLDER` draws one that ends on another day, as a fresh export would, into another folder.

German names, semicolons, decimal commas, two lines of title, the encoding of an old Windows, a second file of articles
with the price and the margin in percent, outcomes in German and only where a return was looked into, and one column,
Sperrvermerk, that is filled in only after the outcome is known.
"""

import csv
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROWS = 3_000
DAYS = 80
OPEN_DAYS = 10
UNTIL = "2026-01-07"
FOLDER = Path(__file__).parent
GROUPS = {"Elektronik": (40, 900), "Bekleidung": (15, 160), "Schuhe": (30, 190), "Spielwaren": (8, 90)}
HEADER = [
    "Retourennr", "Retourendatum", "Filiale", "Kundennr", "Artikelnr", "Rückgabemenge", "Erstattungsbetrag",
    "Bon vorhanden", "Kaufdatum", "Auszahlung", "Zahlungsart", "Zustand", "Retourengrund", "Bemerkung", "Kassierer",
    "Sperrvermerk", "Prüfergebnis", "Abschlussdatum",
]  # fmt: skip


def german(value: float) -> str:
    """Write an amount as 1.234,50."""
    return f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def main(until: str = UNTIL, folder: str = str(FOLDER)) -> None:
    """Write the files; the newest returns have not been looked into yet."""
    end = datetime.fromisoformat(until).replace(tzinfo=UTC)
    draw = random.Random(21)
    articles = {}
    for number in range(120):
        group = draw.choice(list(GROUPS))
        price = round(draw.uniform(*GROUPS[group]), 2)
        articles[f"{4000 + number:08d}"] = (group, price, round(draw.uniform(12, 48), 1))
    habitual = {f"K{draw.randrange(10_000, 99_999)}" for _ in range(30)}
    honest = [f"K{draw.randrange(10_000, 99_999)}" for _ in range(700)]
    begin, passed, rows = end - timedelta(days=DAYS), timedelta(), []
    for number in range(ROWS):
        passed += timedelta(days=DAYS / ROWS * draw.uniform(0.2, 1.8))
        # The stores are open from 9 to 19.
        moment = begin + timedelta(days=passed.days, hours=9, seconds=round(passed.seconds * 10 / 24))
        fraud = draw.random() < 0.13
        customer = draw.choice(sorted(habitual)) if fraud and draw.random() < 0.8 else draw.choice(honest)
        sku = draw.choice(list(articles))
        group, price, _ = articles[sku]
        if fraud and draw.random() < 0.7:
            sku = draw.choice([one for one, (kind, *_) in articles.items() if kind == "Elektronik"])
            group, price, _ = articles[sku]
        pieces = draw.choices((1, 2, 3), (85, 12, 3))[0]
        slip = draw.random() < (0.05 if fraud else 0.97)
        paid = draw.choices(("EC-Karte", "Bar", "Kreditkarte"), (50, 30, 20))[0]
        out = "Bar" if fraud and draw.random() < 0.85 else paid if slip else "Gutschein"
        bought = moment - timedelta(days=draw.randrange(1, 75 if fraud else 25))
        state = draw.choices(("neu", "gebraucht", "beschädigt"), (20, 55, 25) if fraud else (82, 12, 6))[0]
        reason = draw.choice(("gefällt nicht", "defekt", "falsche Größe") if group != "Elektronik" else ("defekt",))
        note = draw.choice(
            ("Kunde ohne Ausweis, drängt", "Karton fehlt, Seriennummer unleserlich")
            if draw.random() < (0.5 if fraud else 0.04)
            else ("", "", "Umtausch angeboten")
        )
        looked = moment < end - timedelta(days=OPEN_DAYS)
        wrong = fraud
        closed = moment + timedelta(days=draw.randrange(2, 11), hours=draw.randrange(9))
        rows.append([
            f"R{700_000 + number}", f"{moment:%d.%m.%Y %H:%M}", f"F{draw.randrange(1, 9):03d}", customer, sku, pieces,
            german(price * pieces), "ja" if slip else "nein", f"{bought:%d.%m.%Y}" if slip else "", out, paid, state,
            reason, note, f"M{draw.randrange(1, 40):02d}",
            draw.choice(("1", "2")) if looked and wrong else "0" if looked else "",
            ("Betrug" if wrong else "in Ordnung") if looked else "", f"{closed:%d.%m.%Y}" if looked else "",
        ])  # fmt: skip
    for name, some in (("retouren.csv", rows), ("heute.csv", rows[-40:])):
        with Path(folder, name).open("w", encoding="cp1252", newline="") as file:
            file.write(f"Auswertung Retouren;\r\nStand {end:%d.%m.%Y};\r\n")
            writer = csv.writer(file, delimiter=";")
            writer.writerow(HEADER)
            writer.writerows(some)
    with Path(folder, "artikel.csv").open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Artikel", "Warengruppe", "VK brutto", "Marge %"])
        writer.writerows(
            [sku, group, german(price), german(margin)] for sku, (group, price, margin) in articles.items()
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
