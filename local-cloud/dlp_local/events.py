"""EventBridge calls a Lambda as AWS does: asynchronously, again after an error, and again for as long as it is throttled.

Touches: `ministack.services.eventbridge._dispatch_to_lambda`, which calls once and drops what is throttled or fails; uses
`lambda_svc._execute_function_with_config_scope`.
"""

import contextvars
import json
import logging
import random
import threading
import time

from ministack.services import eventbridge, lambda_svc

from . import children
from .seam import need, replace

logger = logging.getLogger("dlp_local.events")

_ATTEMPTS = 3
_MAX_AGE = 6 * 3600.0


def install() -> None:
    need(lambda_svc, "_execute_function_with_config_scope", "_get_func_record_for_ref", "_execution_record_for_config")
    replace(eventbridge, "_dispatch_to_lambda", lambda _: _deliver)


def _deliver(arn, payload):
    try:
        event = json.loads(payload)
    except (json.JSONDecodeError, TypeError):
        event = {"body": payload}
    function, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        logger.warning("EventBridge: no function %s to deliver to", name)
        return
    record = lambda_svc._execution_record_for_config(function, config)
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_call, record, event, name), daemon=True).start()


def _call(record, event, name):
    began, failures = time.monotonic(), 0
    while not children.closing.is_set():
        result = lambda_svc._execute_function_with_config_scope(record, event)
        if not result.get("error") and not result.get("throttle"):
            return
        if not result.get("throttle"):
            failures += 1
        if failures >= _ATTEMPTS or time.monotonic() - began > _MAX_AGE:
            logger.error("EventBridge: %s failed %d times, the event is given up: %s", name, failures, result.get("body"))
            return
        # Not all at the same moment again: only one of them would get in each time.
        children.closing.wait(failures or random.uniform(0.2, 1.0))
