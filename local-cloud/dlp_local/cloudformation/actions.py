"""API actions that a service of MiniStack lacks, with their state saved beside that service's own.

Touches: the service module's `handle_request`, `get_state` and `load_persisted_state`.
"""

import copy
import json
from collections.abc import Callable

from ministack.core.responses import AccountRegionScopedDict

from ..seam import need, replace


def add(service, key: str, actions: dict[str, Callable[[dict], tuple]]) -> AccountRegionScopedDict:
    """Teach a JSON service `actions`; the store it returns is saved as `key` with the service's state."""
    store = AccountRegionScopedDict()

    def handle(original):
        async def handle_request(method, path, headers, body, query_params):
            action = actions.get(headers.get("x-amz-target", "").rsplit(".", 1)[-1])
            if action:
                return action(json.loads(body or b"{}"))
            return await original(method, path, headers, body, query_params)

        return handle_request

    def save(original):
        return lambda: {**original(), key: copy.deepcopy(store)}

    def load(original):
        def load_persisted_state(data):
            original(data)
            if isinstance((data or {}).get(key), AccountRegionScopedDict):
                store.update(data[key])

        return load_persisted_state

    need(service, "handle_request", "get_state", "load_persisted_state")
    replace(service, "handle_request", handle)
    replace(service, "get_state", save)
    replace(service, "load_persisted_state", load)
    return store
