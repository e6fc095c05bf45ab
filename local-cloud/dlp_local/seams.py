"""Installs every seam, in one place and one order. Each module says which part of MiniStack it touches."""

from . import athena, cloudformation, events, lambdas, rds, s3, server, stepfunctions
from .glue import jobs
from .settings import Settings


def install(settings: Settings) -> None:
    # The server first: it imports ministack.app, whose import order the service modules rely on.
    server.install(settings)
    s3.install()
    events.install()
    lambdas.install(settings)
    jobs.install(settings)
    stepfunctions.install()
    rds.install(settings)
    athena.install(settings)
    # Last, since it builds resource types on the services above.
    cloudformation.install()
