"""A small disk of its own for the store, which can be filled up: a tmpfs, where this machine lets us mount one."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SIZE_MEGABYTES: Final = 1024
_AGAIN_SECONDS: Final = 0.02


class Disk:
    """A folder, and whether it is a disk that can be filled."""

    def __init__(self, folder: Path, *, can_fill: bool) -> None:
        self.folder = folder
        self.can_fill = can_fill

    def fill_for(self, seconds: float) -> None:
        """Take every free byte, also those that are given back meanwhile, and then give all of them back."""
        until = time.monotonic() + seconds
        ballast = self.folder / "ballast"
        with ballast.open("wb") as out:
            taken = 0
            while time.monotonic() < until:
                free = shutil.disk_usage(self.folder).free
                if free:
                    try:
                        os.posix_fallocate(out.fileno(), taken, free)
                        taken += free
                    except OSError:  # whoever else wrote a moment ago has it
                        continue
                time.sleep(_AGAIN_SECONDS)
        ballast.unlink()


@contextmanager
def own_disk(folder: Path) -> Iterator[Disk]:
    """Mount a disk below a folder; yield the plain folder where that is not allowed."""
    place = folder / "disk"
    place.mkdir()
    size = f"size={SIZE_MEGABYTES}m,mode=0777"
    mounted = (
        shutil.which("mount") is not None
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "triage-lab", place], check=False, capture_output=True
        ).returncode
    )
    try:
        yield Disk(place, can_fill=mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", place], check=True)
