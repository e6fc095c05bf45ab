"""RDS instances and clusters are databases on the local PostgreSQL, with RDS's managed master password.

Touches in `ministack.services.rds`: `_ACTION_MAP` (create, modify and delete actions wrapped), `_instance_xml`,
`_restore_state`; the CloudFormation handlers of AWS::RDS::DBInstance and DBCluster; `secretsmanager._rotate_secret`.
"""

import json
import secrets
import string

from ministack.core.responses import get_account_id, get_region, json_response, new_uuid
from ministack.services import rds, secretsmanager
from ministack.services.cloudformation import provisioners, stacks

from . import database
from .seam import need, replace
from .settings import Settings

_endpoint: tuple[str, int] = ("", 0)
_CHARACTERS = string.ascii_letters + string.digits + "!#$%&()*+,-.:;<=>?[]^_{|}~"


def install(settings: Settings) -> None:
    global _endpoint
    _endpoint = (settings.postgres_host, settings.postgres_port)
    database.configure(settings)
    need(rds, "_ACTION_MAP", "_instances", "_clusters", "_single_instance_response", "_cluster_xml", "_xml", "_error", "_p")
    need(secretsmanager, "_store_new_secret", "_publish_new_version", "_resolve", "delete_secret_in_process")
    replace(rds, "_instance_xml", _with_secret)
    replace(rds, "_restore_state", _with_endpoints)
    replace(secretsmanager, "_rotate_secret", _rotate_managed)
    # Making a database takes longer than the event loop may be held.
    replace(stacks, "_runs_on_worker_thread", lambda original: lambda kind: (
        kind in ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster") or original(kind)))
    for kind, store in (("Instance", rds._instances), ("Cluster", rds._clusters)):
        actions, handlers = rds._ACTION_MAP, provisioners._RESOURCE_HANDLERS[f"AWS::RDS::DB{kind}"]
        actions[f"CreateDB{kind}"] = _api(kind, store, actions[f"CreateDB{kind}"], _provision, undo=True)
        actions[f"ModifyDB{kind}"] = _api(kind, store, actions[f"ModifyDB{kind}"], _modify)
        actions[f"DeleteDB{kind}"] = _api_delete(kind, store, actions[f"DeleteDB{kind}"])
        handlers["create"] = _stack_create(store, handlers["create"], handlers["delete"])
        handlers["update"] = _stack_update(store, handlers["update"])
        handlers["delete"] = _stack_delete(kind, store, handlers["delete"])


# ---- what is the same for the API and for a stack ----

def _provision(record: dict, props: dict) -> None:
    if record.get("DBClusterIdentifier") and "DBInstanceIdentifier" in record:
        _publish(record)  # a member of a cluster: the cluster has the database
        return
    if "postgres" not in record["Engine"]:
        raise ValueError(f"the local cloud has PostgreSQL only, not {record['Engine']}")
    # MiniStack fills in a name where RDS makes only the database every server has.
    name = props.get("DBName") or props.get("DatabaseName") or "postgres"
    record["DatabaseName" if "DBInstanceIdentifier" not in record else "DBName"] = name
    _set_password(record, props, lambda password: database.create(_owner(record), name, record["MasterUsername"], password))
    _publish(record)


def _modify(record: dict, props: dict) -> None:
    if "postgres" in record["Engine"] and (props.get("MasterUserPassword") or _managed(props)):
        _set_password(record, props, lambda password: database.set_password(record["MasterUsername"], password))
    _publish(record)


def _set_password(record: dict, props: dict, apply) -> None:
    managed, secret = _managed(props), record.get("MasterUserSecret")
    if managed and secret and secret.get("_applied"):
        return
    if managed and secret:  # MiniStack made the secret of a cluster; its password is the record's
        password = record["_MasterUserPassword"]
    elif managed:
        password = _new_password()
    else:
        password = props.get("MasterUserPassword") or record["_MasterUserPassword"]
    apply(password)
    record["_MasterUserPassword"] = password
    if managed:
        record["MasterUserSecret"] = {**(secret or _make_secret(record, props, password)), "_applied": True}
    elif secret:
        secretsmanager.delete_secret_in_process(secret["SecretArn"])
        record["MasterUserSecret"] = None


def _make_secret(record: dict, props: dict, password: str) -> dict:
    kind = "cluster" if "DBInstanceIdentifier" not in record else "db"
    key = (props.get("MasterUserSecret") or {}).get("KmsKeyId") or props.get("MasterUserSecretKmsKeyId")
    arn, _ = secretsmanager._store_new_secret(
        f"rds!{kind}-{new_uuid()}",
        secret_string=json.dumps({"username": record["MasterUsername"], "password": password}),
        description=f"Secret managed by RDS for {_owner(record)}", kms_key_id=key,
        tags=[{"Key": "aws:rds:primaryDBInstanceArn", "Value": record.get("DBInstanceArn") or record.get("DBClusterArn")}])
    default = f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/secretsmanager"
    return {"SecretArn": arn, "SecretStatus": "active", "KmsKeyId": key or default}


def _managed(props: dict) -> bool:
    return str(props.get("ManageMasterUserPassword", "")).lower() == "true"


def _new_password() -> str:
    return "".join(secrets.choice(_CHARACTERS) for _ in range(28))


def _owner(record: dict) -> str:
    return record["DBInstanceIdentifier"] if "DBInstanceIdentifier" in record else "cluster:" + record["DBClusterIdentifier"]


def _publish(record: dict) -> None:
    host, port = _endpoint
    if "DBInstanceIdentifier" in record:
        record["Endpoint"] = {**record.get("Endpoint", {}), "Address": host, "Port": port}
        record["DBInstanceStatus"] = "available"
    else:
        record.update({"Endpoint": host, "ReaderEndpoint": host, "Port": port})


def _remove(record: dict) -> None:
    if not (record.get("DBClusterIdentifier") and "DBInstanceIdentifier" in record):
        name = record.get("DBName") if "DBInstanceIdentifier" in record else record.get("DatabaseName")
        database.drop(_owner(record), name or "postgres", record["MasterUsername"])
    secret = record.get("MasterUserSecret")
    if secret:
        secretsmanager.delete_secret_in_process(secret["SecretArn"])


def _refusal(kind: str, record: dict) -> str | None:
    if record.get("DeletionProtection"):
        return f"Cannot delete protected DB {kind}, please disable deletion protection and try again."
    if kind == "Cluster" and record.get("DBClusterMembers"):
        return "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
    return None


# ---- the API ----

def _flat(params: dict) -> dict:
    return {key: value[0] if isinstance(value, list) and value else value for key, value in params.items()}


def _api(kind, store, original, then, undo=False):
    def action(params):
        answer = original(params)
        if answer[0] >= 400:
            return answer
        name, verb = rds._p(params, f"DB{kind}Identifier"), "Create" if undo else "Modify"
        record = store[name]
        try:
            then(record, _flat(params))
        except Exception as error:
            if undo:
                store.pop(name, None)
            return rds._error("InvalidParameterValue", str(error), 400)
        if kind == "Instance":
            return rds._single_instance_response(f"{verb}DBInstanceResponse", f"{verb}DBInstanceResult", record)
        return rds._xml(200, f"{verb}DBClusterResponse", f"<{verb}DBClusterResult><DBCluster>{rds._cluster_xml(record)}"
                        f"</DBCluster></{verb}DBClusterResult>")

    return action


def _api_delete(kind, store, original):
    def action(params):
        record = store.get(rds._p(params, f"DB{kind}Identifier"))
        answer = original(params)
        if answer[0] < 400 and record is not None:
            _remove(record)
        return answer

    return action


# ---- stacks ----

def _attributes(record: dict) -> dict:
    secret = record.get("MasterUserSecret")
    return {"MasterUserSecret.SecretArn": secret["SecretArn"]} if secret else {}


def _stack_create(store, original, undo):
    def create(logical_id, props, stack_name):
        name, _ = original(logical_id, props, stack_name)
        record = store[name]
        try:
            _provision(record, props)
        except Exception:
            undo(name, props)
            raise
        return name, {**_rendered(record), **_attributes(record)}

    return create


def _rendered(record: dict) -> dict:
    if "DBInstanceIdentifier" in record:
        return provisioners._rds_db_instance_attrs(record)
    return provisioners._rds_db_cluster_attrs(record)


def _stack_update(store, original):
    def update(physical_id, old, new, stack_name, logical_id=None):
        name, attributes = original(physical_id, old, new, stack_name, logical_id)
        record = store[name]
        if name == physical_id:
            changed = {key: value for key, value in new.items() if old.get(key) != value}
            _modify(record, changed)
        return name, {**attributes, **_rendered(record), **_attributes(record)}

    return update


def _stack_delete(kind, store, original):
    def delete(physical_id, props):
        record = store.get(physical_id)
        if record is None:
            return original(physical_id, props)
        refusal = _refusal(kind, record)
        if refusal:
            raise ValueError(f"{refusal} (Service: Rds, Status Code: 400)")
        _remove(record)
        return original(physical_id, props)

    return delete


# ---- around ----

def _with_secret(render):
    def instance_xml(record):
        secret = record.get("MasterUserSecret")
        if not secret:
            return render(record)
        return render(record) + (
            f"<MasterUserSecret><SecretArn>{secret['SecretArn']}</SecretArn><SecretStatus>active</SecretStatus>"
            f"<KmsKeyId>{secret['KmsKeyId']}</KmsKeyId></MasterUserSecret>")

    return instance_xml


def _with_endpoints(restore):
    def restore_state(data, **kwargs):
        restore(data, **kwargs)
        for record in [*rds._instances.all_values(), *rds._clusters.all_values()]:
            if "postgres" in record.get("Engine", ""):
                _publish(record)

    return restore_state


def _rotate_managed(rotate):
    """A secret that RDS manages is rotated by RDS: a new password in PostgreSQL and in the secret."""

    def rotate_secret(data):
        _, secret = secretsmanager._resolve(data.get("SecretId"))
        record = secret and next(
            (record for record in [*rds._instances.values(), *rds._clusters.values()]
             if (record.get("MasterUserSecret") or {}).get("SecretArn") == secret["ARN"]), None)
        if not record:
            return rotate(data)
        password = _new_password()
        database.set_password(record["MasterUsername"], password)
        record["_MasterUserPassword"] = password
        value = json.dumps({"username": record["MasterUsername"], "password": password})
        version = secretsmanager._publish_new_version(secret, secret_string=value)
        secret["RotationEnabled"] = True
        return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version or ""})

    return rotate_secret
