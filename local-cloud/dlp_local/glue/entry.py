"""The first thing that runs in a job's process: runs the script as Glue does, and ends with the emulator.

Argument 1 is the script, the rest are the job's arguments. It imports nothing but the standard library, so that the
script finds the same modules as on Glue.
"""

import os
import runpy
import signal
import sys
import threading
import time


def _end_with(parent: int) -> None:
    """An emulator that was killed cannot end its jobs; they would go on writing to a cloud that is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _explain(error: BaseException) -> str:
    """What Glue shows as ErrorMessage: the message of an exit, else the exception with the first lines of what it says."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, str) else ""
    # A Java exception brings its whole stack along.
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith(("\t", "Caused by"))]
    return f"{type(error).__name__}: {' '.join(lines[:3])}".rstrip()


def main() -> None:
    parent = int(os.environ.pop("DLP_PARENT_PROCESS"))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    explanation = os.environ.pop("DLP_ERROR_FILE")
    script = sys.argv[1]
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(script)
    try:
        runpy.run_path(script, run_name="__main__")
    except BaseException as error:
        with open(explanation, "w", encoding="utf-8") as file:
            file.write(_explain(error))
        raise


if __name__ == "__main__":
    main()
