"""The processes this emulator started, so that none outlives it. Each leads its own process group."""

import os
import signal
import subprocess
import threading
import time

_lock = threading.Lock()
_children: set[subprocess.Popen] = set()
closing = threading.Event()


def watch(process: subprocess.Popen) -> subprocess.Popen:
    with _lock:
        _children.add(process)
    return process


def forget(process: subprocess.Popen) -> None:
    with _lock:
        _children.discard(process)


def signal_group(process: subprocess.Popen, number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def stop(process: subprocess.Popen, grace: float = 5.0) -> None:
    """End a process and all it started: ask first, then insist."""
    signal_group(process, signal.SIGTERM)
    try:
        process.wait(timeout=grace)
    except subprocess.TimeoutExpired:
        pass
    # Unconditional: a JVM can outlive the Python driver that led the group.
    signal_group(process, signal.SIGKILL)
    process.wait()
    forget(process)


def stop_all(grace: float = 3.0) -> None:
    closing.set()
    with _lock:
        processes = list(_children)
    for process in processes:
        signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + grace
    for process in processes:
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
        signal_group(process, signal.SIGKILL)
