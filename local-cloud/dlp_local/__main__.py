"""Starts the local cloud in this process: MiniStack with our seams on 127.0.0.1. See docs/contracts.md §10.

Touches: `ministack.app.main` (called), and everything named by the seam modules.
"""

import os
import sys


def main() -> None:
    # The order matters: MiniStack reads the environment while it is imported, so settings come before seams.
    from .settings import Settings, prepare

    settings = Settings.from_environment()
    prepare(settings)

    from . import children, seams

    seams.install(settings)

    import ministack.app

    sys.argv = ["dlp_local"]
    code = 0
    try:
        ministack.app.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    finally:
        children.stop_all()
        # Threads of MiniStack may still wait for a callback that will never come; they must not keep the process.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
