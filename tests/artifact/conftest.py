"""A release whose names are as odd as names may be."""

from pathlib import Path

import pytest

NAMES = (
    "a b", " leading", "trailing ", "two  spaces", "a.b", "a-b", "a", "A", "a0", "-dash", "--", "=", "end=ok", "~", "*",
    "$(id)", "'", '"', "back\\slash", "grün", "Grün", "gru\u0308n", "日本", "\U0001f600", "\ufeffmark", "\u2028line",
    "n" * 200, "%s", "#", "send=yes", "\u00a0", "a.e/.hidden", "a.d/x", "a.d/y z", "a.d/deep/er", "A.d/x",
)  # fmt: skip


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Make files of odd names: some executable, some empty, some alike; an empty folder and links besides."""
    root = tmp_path / "odd"
    for number, name in enumerate(NAMES):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"same" if number % 5 == 0 else name.encode() * (number % 4 * 400))
        path.chmod(0o755 if number % 3 == 0 else 0o644)
    (root / "empty folder").mkdir()
    (root / "link").symlink_to("a.d/deep")
    (root / "a.d" / "up").symlink_to("../a b")
    return root
