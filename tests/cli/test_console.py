"""What commands print is printed as it is: names of files, columns and causes are text, whatever signs they hold."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.console import err, fail, out, progress, show, step_shown
from cli.main import app

ODD = ["m.yaml:100: payload", "ret[old].parquet", "a[/b]", "[bold]sum[/bold]", ":smile:", "back\\[slash]"]


@pytest.mark.parametrize("odd", ODD)
class TestTextIsText:
    def test_in_sentences(self, odd: str, capsys: pytest.CaptureFixture[str]) -> None:
        out.print(f"read {odd}")
        err.print(f"skipped: {odd}", style="yellow")
        with pytest.raises(BaseException, match="1"):
            fail(odd)
        told = capsys.readouterr()
        assert (told.out, told.err) == (f"read {odd}\n", f"skipped: {odd}\nerror: {odd}\n")

    @pytest.mark.parametrize("as_list", [False, True])
    def test_in_tables(self, odd: str, as_list: bool, capsys: pytest.CaptureFixture[str]) -> None:
        show([{odd: 1, "cell": odd}] if as_list else {odd: 1, "cell": odd}, as_json=False, title=f"Title {odd}")
        shown = capsys.readouterr().out
        assert shown.startswith(f"Title {odd}") and shown.count(odd) == 3

    def test_in_progress(self, odd: str, capsys: pytest.CaptureFixture[str]) -> None:
        with progress() as bars:
            task = bars.add_task(odd, total=1)
            step_shown(bars, task, odd)(odd)
        assert f"{odd}: {odd}" in capsys.readouterr().err


def test_a_folder_may_be_named_as_its_owner_likes(tmp_path: Path) -> None:
    folder = tmp_path / "a[/b]"
    drawn = CliRunner().invoke(app, ["simulate", "return_fraud", "--rows", "300", "--out", str(folder)])
    assert drawn.exit_code == 0 and "a[/b]" in drawn.stdout and (folder / "cases.parquet").exists()
