"""Clocks that jump: each process under test reads the time through a library that adds what its file says.

The library is compiled here from `wrong_clock.c`; where there is no C compiler, no clock jumps and the page says so.
"""

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_name("wrong_clock.c")
FILE_VARIABLE: Final = "LAB_CLOCK_FILE"


class ProcessClocks:
    """The clocks of the processes, by name, as files in a folder; `environment` goes to the process that starts
    them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.environment: dict[str, str] = {}
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            return
        library = folder / "wrong_clock.so"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
        self.environment["LD_PRELOAD"] = str(library)

    @property
    def can_jump(self) -> bool:
        """Whether a clock can be made to jump on this machine."""
        return bool(self.environment)

    def file_of(self, name: str) -> str:
        """Return the file a process reads its error from, made where it is missing: its clock is right at first."""
        file = self._file(name)
        if not file.exists():
            self.set(name, 0.0)
        return str(file)

    def set(self, name: str, seconds: float) -> None:
        """Let a process's clock be ahead by so many seconds from now on, or behind."""
        written = struct.pack("q", int(seconds * 1e9))
        file = self._file(name)
        # Written in place, eight bytes at once: the process has it mapped.
        with file.open("r+b" if file.exists() else "wb") as out:
            out.write(written)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name.replace(' ', '-')}.clock"
