"""The functions that a job brings: what is particular to its data."""

from dataclasses import dataclass
from typing import Callable


def _as_it_is(frame):
    return frame


@dataclass(frozen=True)
class JobFunctions:
    """`clean`: rows of strings to rows of strings. `rules`: {"<column>.<rule>": Column, true for a good row}, over the
    typed columns. `enrich`: typed rows, one per key, to the same rows with more columns."""

    clean: Callable = _as_it_is
    rules: Callable = dict
    enrich: Callable = _as_it_is


def functions_of(job):
    """JobFunctions of a job's module, or of its globals()."""
    names = job if isinstance(job, dict) else vars(job)
    return JobFunctions(**{name: names[name] for name in ("clean", "rules", "enrich") if name in names})
