"""The HTTP face: the health page, saving what the emulator holds, and an end that leaves no process behind.

Touches: `ministack.app.app` (wrapped), `_build_persistence_save_dict`, `_load_persisted_state`,
`ministack.core.persistence.save_all`, `ministack.services.cloudformation.custom_resource._HOST`.
"""

import asyncio
import json
import logging
import os
import threading
import time

import ministack.app as emulator
from ministack.core import lambda_runtime
from ministack.services.cloudformation import custom_resource

from . import VERSION, children, database
from .cloudformation import interrupted
from .glue import jobs
from .seam import need, replace
from .settings import Settings

logger = logging.getLogger("dlp_local")

_SAVE_EVERY = 20.0
_COPIES = 5
_changed = threading.Event()
_saving = threading.Lock()


def install(settings: Settings) -> None:
    need(emulator, "main", "_build_persistence_save_dict")
    need(lambda_runtime, "kill_workers", "_workers", "_lock")
    replace(emulator, "app", _wrap)
    replace(emulator, "_load_persisted_state", _then_recover)
    replace(emulator, "save_all", _one_at_a_time)
    # The address in a custom resource's ResponseURL: a name could resolve to ::1, where nothing listens.
    replace(custom_resource, "_HOST", lambda _: "127.0.0.1")
    # It reports every file of every save.
    logging.getLogger("persistence").setLevel(logging.WARNING)


def _wrap(app):
    async def application(scope, receive, send):
        if scope["type"] == "http":
            if scope["path"] == "/_dlp/health":
                await _answer(send, await asyncio.to_thread(health))
                return
            if scope["method"] not in ("GET", "HEAD"):
                _changed.set()
        if scope["type"] == "lifespan":
            await app(scope, receive, _around_lifespan(send))
            return
        await app(scope, receive, send)

    return application


def _around_lifespan(send):
    async def lifespan_send(message):
        if message["type"] == "lifespan.startup.complete":
            threading.Thread(target=_save_regularly, name="dlp-save", daemon=True).start()
            threading.Thread(target=jobs.announce_interrupted, name="dlp-recover", daemon=True).start()
        await send(message)
        if message["type"] == "lifespan.shutdown.complete":
            _end_soon()

    return lifespan_send


def health() -> dict:
    return {
        "status": "ok",
        "version": VERSION,
        "parts": {"postgres": database.health(), "spark": jobs.health()},
        "glueRuns": jobs.active_runs(),
    }


async def _answer(send, document: dict) -> None:
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _then_recover(load):
    def load_and_recover():
        load()
        jobs.fail_interrupted()
        interrupted.end_interrupted()

    return load_and_recover


def _one_at_a_time(save):
    def save_all(services):
        with _saving:
            save({name: _patiently(get_state) for name, get_state in services.items()})

    return save_all


def _patiently(get_state):
    """A copy of a store fails when another thread adds to it meanwhile; then it is copied again."""

    def copy_state():
        for _ in range(_COPIES):
            try:
                return get_state()
            except RuntimeError:
                time.sleep(0.02)
        return get_state()

    return copy_state


def _save_regularly() -> None:
    """MiniStack saves when it ends; a laptop's power or a `kill -9` must not cost more than some seconds.

    Never in the middle of a stack operation: what is restored is a whole one, and the operation can be done again.
    """
    while not children.closing.wait(_SAVE_EVERY):
        if _changed.is_set() and not interrupted.in_progress():
            _changed.clear()
            emulator.save_all(emulator._build_persistence_save_dict())


def _end_soon() -> None:
    """Everything is saved: end the children, then this process, whatever its threads still wait for."""
    children.stop_all()
    with lambda_runtime._lock:
        workers = [worker for pool in lambda_runtime._workers.values() for worker in pool]
    lambda_runtime.kill_workers(workers)
    timer = threading.Timer(2.0, os._exit, args=(0,))
    timer.daemon = True
    timer.start()
