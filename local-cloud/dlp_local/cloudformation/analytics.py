"""Glue, Athena: security configurations, catalog encryption, saved queries, prepared statements, data catalogs.

Touches: `ministack.services.glue` and `athena` (their actions called; Get/PutDataCatalogEncryptionSettings added).
"""

from ministack.core.responses import get_account_id, json_response
from ministack.services import athena, glue
from ministack.services.cloudformation import provisioners

from ..seam import need
from . import actions
from .resource import call, kind, named

_encryption = None
_NO_ENCRYPTION = {"EncryptionAtRest": {"CatalogEncryptionMode": "DISABLED"},
                  "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": False}}


def types() -> dict:
    global _encryption
    need(glue, "_create_security_configuration", "_delete_security_configuration")
    need(athena, "_create_named_query", "_delete_named_query", "_create_prepared_statement", "_delete_prepared_statement",
         "_create_data_catalog", "_delete_data_catalog")
    _encryption = actions.add(glue, "dlp_catalog_encryption", {
        "GetDataCatalogEncryptionSettings": _get_encryption, "PutDataCatalogEncryptionSettings": _put_encryption})
    return {
        "AWS::Glue::SecurityConfiguration": named(_create_configuration, _delete_configuration),
        "AWS::Glue::DataCatalogEncryptionSettings": kind(_encrypt_catalog, _decrypt_catalog),
        "AWS::Athena::NamedQuery": kind(_create_query, _delete_query),
        "AWS::Athena::PreparedStatement": named(_create_statement, _delete_statement, "StatementName"),
        "AWS::Athena::DataCatalog": named(_create_catalog, _delete_catalog),
    }


# ---- Glue ----

def _create_configuration(name, props):
    encryption = props.get("EncryptionConfiguration", {})
    # CloudFormation says S3Encryptions where the API says S3Encryption.
    document = {"S3Encryption" if key == "S3Encryptions" else key: value for key, value in encryption.items()}
    call("CreateSecurityConfiguration", glue._create_security_configuration({"Name": name, "EncryptionConfiguration": document}))
    return name, {}


def _delete_configuration(name, props):
    call("DeleteSecurityConfiguration", glue._delete_security_configuration({"Name": name}), absent=("EntityNotFound",))


def _get_encryption(data):
    settings = _encryption.get(data.get("CatalogId") or get_account_id(), _NO_ENCRYPTION)
    return json_response({"DataCatalogEncryptionSettings": settings})


def _put_encryption(data):
    _encryption[data.get("CatalogId") or get_account_id()] = data["DataCatalogEncryptionSettings"]
    return json_response({})


def _encrypt_catalog(logical_id, props, stack_name):
    catalog = str(props["CatalogId"])
    _put_encryption({"CatalogId": catalog, "DataCatalogEncryptionSettings": _plain(props["DataCatalogEncryptionSettings"])})
    return catalog, {}


def _plain(value):
    """A template's booleans may be strings; the API's are not."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return provisioners._cfn_bool(value) if str(value).lower() in ("true", "false") else value


def _decrypt_catalog(catalog, props):
    _encryption.pop(catalog, None)


# ---- Athena ----

def _create_query(logical_id, props, stack_name):
    request = {"Name": props.get("Name") or logical_id, "Database": props["Database"], "QueryString": props["QueryString"],
               "Description": props.get("Description", ""), "WorkGroup": props.get("WorkGroup", "primary")}
    query = call("CreateNamedQuery", athena._create_named_query(request))["NamedQueryId"]
    return query, {"NamedQueryId": query}


def _delete_query(query, props):
    call("DeleteNamedQuery", athena._delete_named_query({"NamedQueryId": query}))


def _create_statement(name, props):
    call("CreatePreparedStatement", athena._create_prepared_statement({
        "StatementName": name, "WorkGroup": props["WorkGroup"], "QueryStatement": props["QueryStatement"],
        "Description": props.get("Description", "")}))
    return name, {}


def _delete_statement(name, props):
    call("DeletePreparedStatement", athena._delete_prepared_statement({"StatementName": name, "WorkGroup": props["WorkGroup"]}),
         absent=("ResourceNotFound",))


def _create_catalog(name, props):
    request = {"Name": name, "Type": props["Type"], "Description": props.get("Description", ""),
               "Parameters": props.get("Parameters", {}), "Tags": props.get("Tags", [])}
    call("CreateDataCatalog", athena._create_data_catalog(request))
    return name, {}


def _delete_catalog(name, props):
    call("DeleteDataCatalog", athena._delete_data_catalog({"Name": name}), absent=("not found",))
