"""The CloudFormation types that MiniStack lacks, registered beside its own; an unknown type still fails as it did.

Touches: `ministack.services.cloudformation.provisioners._RESOURCE_HANDLERS` (extended).
"""

from ministack.services.cloudformation import provisioners

from ..seam import need
from . import analytics, buckets, changesets, network, operations, security


def install() -> None:
    need(provisioners, "_RESOURCE_HANDLERS", "_physical_name", "_delete_predecessor", "_tag_map", "_cfn_bool")
    handlers = provisioners._RESOURCE_HANDLERS
    for module in (network, security, analytics, operations):
        for kind, handler in module.types().items():
            if kind in handlers:
                raise SystemExit(f"dlp_local: MiniStack has {kind} now; remove ours")
            handlers[kind] = handler
    network.complete(handlers)
    buckets.complete(handlers)
    operations.complete()
    changesets.install()
