"""Runs a command in a real terminal (a pty), answers what it asks, and prints {"exitCode", "screen"} as JSON.

Usage: terminal.py '[["text to wait for", "text to type"], …]' command argument…
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

PATIENCE_SECONDS = 90


def main() -> None:
    answers, command = json.loads(sys.argv[1]), sys.argv[2:]
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
        os.execvp(command[0], command)
    screen, seen, deadline = b"", 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not data:
                break
            screen += data
        if answers and answers[0][0].encode() in screen[seen:]:
            seen = len(screen)
            time.sleep(0.2)  # a person is slower than the redraw
            os.write(terminal, answers.pop(0)[1].encode())
    else:
        os.kill(pid, 9)
    _, status = os.waitpid(pid, 0)
    print(json.dumps({"exitCode": os.waitstatus_to_exitcode(status), "screen": screen.decode(errors="replace")}))


main()
