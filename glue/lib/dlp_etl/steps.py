"""Names and times the steps of a run, for the log and for the run document."""

import time
from contextlib import contextmanager


class Steps:
    """`timings` grows by {"step": name, "seconds": float} as each step ends, well or badly."""

    def __init__(self):
        self.timings = []

    @contextmanager
    def step(self, name):
        started = time.monotonic()
        try:
            yield
        finally:
            seconds = round(time.monotonic() - started, 2)
            self.timings.append({"step": name, "seconds": seconds})
            log(f"{name} {seconds:.2f} s")


def log(message):
    """One line on standard output, which Glue and the local runner send to the log of the run."""
    print(f"dlp: {message}", flush=True)
