"""Node functions run on the node binary of this installation, with the environment of docs/contracts.md §10.

Touches: `ministack.core.lambda_runtime._detect_runtime_binary`, `Worker._spawn`, `Worker.invoke` and
`ministack.services.lambda_svc._execute_function_warm` and `_throttle_response`; the AWS::Lambda::Function
handlers.
"""

import contextvars
import re

from ministack.core import lambda_runtime
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from .seam import need, replace
from .settings import Settings

_stack: contextvars.ContextVar[str] = contextvars.ContextVar("dlp_lambda_stack", default="")
_ERROR_NAME = re.compile(r"^([A-Za-z_$][\w$.]*)(?::|$)")


def install(settings: Settings) -> None:
    # Node reads the authority only when it starts, and the template's value is a path inside AWS's own image.
    environment = {"AWS_ENDPOINT_URL": settings.endpoint, "NODE_EXTRA_CA_CERTS": settings.authority}
    need(lambda_runtime, "Worker")

    def detect(original):
        def detect_runtime_binary(runtime):
            binary, script = original(runtime)
            return (settings.node if runtime.startswith("nodejs") else binary), script

        return detect_runtime_binary

    def spawn(original):
        def spawn_worker(worker):
            worker.config = _with_environment(worker.config, environment)
            return original(worker)

        return spawn_worker

    replace(lambda_runtime, "_detect_runtime_binary", detect)
    replace(lambda_runtime.Worker, "_spawn", spawn)
    replace(lambda_runtime.Worker, "invoke", _remember_stack)
    replace(lambda_svc, "_execute_function_warm", _name_the_error)
    replace(lambda_svc, "_throttle_response", _name_the_limit)
    need(lambda_svc, "_functions")
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    handlers["create"] = _with_limit(handlers["create"], lambda args: args[1])
    handlers["update"] = _with_limit(handlers["update"], lambda args: args[2])


def _with_environment(config: dict, environment: dict) -> dict:
    """A copy: the function's own record must still say what the template said."""
    variables = {**(config.get("Environment") or {}).get("Variables", {}), **environment}
    return {**config, "Environment": {**(config.get("Environment") or {}), "Variables": variables}}


def _remember_stack(invoke):
    def invoke_worker(*args, **kwargs):
        result = invoke(*args, **kwargs)
        _stack.set(result.get("trace") or "")
        return result

    return invoke_worker


def _name_the_error(execute):
    """A function's error carries its own name, which Retry and Catch match; MiniStack calls every one HandlerError."""

    def execute_function(*args, **kwargs):
        _stack.set("")
        result = execute(*args, **kwargs)
        name = _ERROR_NAME.match(_stack.get())
        body = result.get("body")
        if result.get("error") and name and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            result["body"] = {**body, "errorType": name.group(1), "trace": _stack.get().splitlines()}
        return result

    return execute_function


def _name_the_limit(respond):
    """Step Functions reads the same field of a refused call; without it a throttle were an unknown error that nobody retries."""

    def throttle_response(*args, **kwargs):
        result = respond(*args, **kwargs)
        body = result["body"]
        return {**result, "body": {**body, "errorType": "Lambda.TooManyRequestsException", "errorMessage": body["message"]}}

    return throttle_response


def _with_limit(handler, props_of):
    """A template's ReservedConcurrentExecutions, which MiniStack reads from its API only."""

    def handle(*args, **kwargs):
        name, attributes = handler(*args, **kwargs)
        limit = props_of(args).get("ReservedConcurrentExecutions")
        lambda_svc._functions[name]["concurrency"] = None if limit is None else int(limit)
        return name, attributes

    return handle
