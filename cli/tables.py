"""`triage map`: drafts a mapping of a customer's own file, and says what a mapping makes of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import fail, out, show
from cli.options import AsJson, DomainName, domain_named
from cli.options import settings as read_settings
from cli.scoring import bar, named_errors, reporting_currency
from triage.clock import utc_now

if TYPE_CHECKING:
    from training.drafting.check import Checked
    from training.drafting.draft import Draft

_WIDTH = 46


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="map")(map_table)


def map_table(
    domain: DomainName,
    file: Annotated[Path, typer.Argument(help="CSV, Excel or parquet file", exists=True, dir_okay=False)],
    output: Annotated[Path | None, typer.Option(help="Mapping to write; none: print it")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Mapping to check", exists=True, dir_okay=False)] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what --mapping makes of the file")] = False,
    label: Annotated[str | None, typer.Option(help="Column that says whether acting was wrong")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; default: the first")] = None,
    encoder: Annotated[bool, typer.Option(help="Compare names by the sentence encoder too, where it is")] = True,
    as_json: AsJson = False,
) -> None:
    """Draft a mapping, then check it: `triage map return_fraud export.csv --output returns.yaml`.

    Every line of the draft has a confidence and what shows it. Edit it, then ask what will be read and what is thrown
    away: `triage map return_fraud export.csv --mapping returns.yaml --check`. Nothing is sent anywhere.
    """
    if check != (mapping is not None):
        fail("--check and --mapping go together: --mapping FILE --check says what a mapping makes of the file")
    if output is not None and output.exists():
        fail(f"--output {output} is there already, perhaps edited; name another, or take it away")
    if mapping is not None:
        _check(domain, file, mapping, as_json=as_json)
        return
    with named_errors():
        from training.drafting.draft import draft_mapping
        from training.drafting.draft_text import draft_text, summary_rows
        from training.drafting.encoded import likenesses_of

        likenesses = likenesses_of(read_settings().home_folder / "encoders") if encoder else None
        with bar(f"{domain}: looking at {file.name}") as advance:
            draft = draft_mapping(
                file, domain_named(domain), label=label, sheet=sheet, likenesses=likenesses, progress=advance
            )
        text = draft_text(draft, file=file.name)
    if as_json:
        show(list(summary_rows(draft)), as_json=True)
    if output is None:
        if not as_json:
            out.print(text, end="")
        return
    output.write_text(text, encoding="utf-8")
    if not as_json:
        _summarise(draft, output, domain, file)


def _summarise(draft: "Draft", output: Path, domain: str, file: Path) -> None:
    sure = sum(line.confidence is not None and line.confidence >= 0.8 for line in draft.lines)
    open_lines = [".".join(line.path) for line in draft.lines if line.confidence is None]
    out.print(f"{output}: {len(draft.lines)} lines, {sure} of them sure; {len(draft.left)} columns are not read")
    if open_lines:
        out.print(f"left to you: {', '.join(open_lines)}")
    out.print(f"go over it, then: triage map {domain} {file} --mapping {output} --check")


def _check(domain: str, file: Path, mapping: Path, *, as_json: bool) -> None:
    card = domain_named(domain)
    with named_errors():
        from training.drafting.check import check_mapping
        from training.tables.mapping import read_mapping_file

        with bar(f"{domain}: reading {file.name}") as advance:
            checked = check_mapping(
                file,
                card,
                read_mapping_file(mapping, domain=card),
                reporting=reporting_currency(read_settings(), card),
                now=utc_now(),
                progress=advance,
            )
    if as_json:
        show(_plain(checked), as_json=True)
        return
    lines = [
        {"line": line.line, "reads": line.reads, "filled": f"{line.filled:.0%}"}
        | {f"row {at}": _short(example) for at, example in enumerate(line.examples, 1)}
        for line in checked.lines
    ]
    show(lines, as_json=False, title=f"{mapping.name}: {checked.cases:,} cases of {checked.rows:,} rows")
    labels = ", ".join(f"{count:,} {name}" for name, count in checked.labels.items())
    out.print(f"labels: {labels}")
    if checked.thrown_away:
        out.print("thrown away:")
    for sentence in checked.thrown_away:
        out.print(f"  {sentence}")
    if checked.unread:
        out.print(f"columns no line reads: {', '.join(checked.unread)}")


def _plain(checked: "Checked") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(checked)


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
