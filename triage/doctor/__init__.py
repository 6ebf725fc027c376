"""Whether an installation is well: each check says what it found, and where something is wrong, the cure."""
