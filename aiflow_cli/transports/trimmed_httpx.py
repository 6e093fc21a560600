"""httpx without its optional command line.

``httpx/__init__`` imports a command line (click, rich, pygments) wherever those are installed, which is
half of its import time. This is the one place that blocks it; everybody imports httpx from here.
"""

from __future__ import annotations

import sys

if "httpx" not in sys.modules:
    _blocked = {name: sys.modules.get(name) for name in ("click", "rich")}
    try:
        # A None entry makes the import of that name fail, and httpx then leaves its command line out.
        sys.modules.update(dict.fromkeys(_blocked, None))  # type: ignore[arg-type]
        import httpx
    finally:
        for _name, _module in _blocked.items():
            if _module is None:
                del sys.modules[_name]
            else:
                sys.modules[_name] = _module
else:
    import httpx

__all__ = ["httpx"]
