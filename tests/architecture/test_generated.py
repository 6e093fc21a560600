"""Generated files are as they would be generated now."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.generate import CURE, outputs, stale
from scripts.generate.__main__ import main


def test_generated_files_are_fresh() -> None:
    found = [str(path) for path, _ in stale()]
    assert not found, f"stale: {', '.join(found)}\nto cure it, {CURE}"


def test_everything_is_written_and_what_is_left_over_is_deleted(tmp_path: Path) -> None:
    left_over = tmp_path / "tests/snapshots/help/gone.txt"
    left_over.parent.mkdir(parents=True)
    left_over.write_text("of a command that is gone")
    assert main([], tmp_path) == 0
    assert not left_over.exists()
    assert all((tmp_path / path).read_text() == text for path, text in outputs().items())
    assert main(["--check"], tmp_path) == 0


def test_the_check_names_the_stale_and_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([], tmp_path)
    (tmp_path / "docs/rules.md").write_text("edited by hand")
    capsys.readouterr()
    assert main(["--check"], tmp_path) == 1
    told = capsys.readouterr()
    assert told.out == "stale: docs/rules.md\n"
    assert "make generate" in told.err
    assert (tmp_path / "docs/rules.md").read_text() == "edited by hand"
