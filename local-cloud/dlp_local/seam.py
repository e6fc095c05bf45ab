"""The only way this package changes MiniStack: replace a named attribute that must exist.

MiniStack promises nothing about its internals. A seam that has moved must stop the start with the name of what is
missing, never be skipped in silence; SEAMS lets the tests pin the whole list.
"""

import functools
from collections.abc import Callable
from typing import Any

SEAMS: list[str] = []


def need(module: Any, *names: str) -> None:
    """Record that `module` must have `names`, which are used but not replaced."""
    owner = f"{module.__module__}.{module.__qualname__}" if isinstance(module, type) else module.__name__
    for name in names:
        if not hasattr(module, name):
            raise SystemExit(f"dlp_local: {owner}.{name} is gone: another MiniStack than requirements.txt pins?")
        SEAMS.append(f"{owner}.{name}")


def replace(module: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Set `module.name` to `make(original)`."""
    need(module, name)
    original = getattr(module, name)
    replacement = make(original)
    if callable(original):
        functools.update_wrapper(replacement, original)
    setattr(module, name, replacement)
