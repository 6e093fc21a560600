"""``python -m scripts.generate [--check]``"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.generate import CURE, ROOT, stale


def main(arguments: list[str], root: Path = ROOT) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: python -m scripts.generate [--check]", file=sys.stderr)
        return 2
    changes = list(stale(root))
    for path, text in changes:
        print(f"{'stale' if arguments else 'wrote' if text is not None else 'deleted'}: {path}")
        if not arguments:
            _write(root / path, text)
    if arguments and changes:
        print(f"to cure it, {CURE}", file=sys.stderr)
        return 1
    return 0


def _write(path: Path, text: str | None) -> None:
    if text is None:
        return path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
