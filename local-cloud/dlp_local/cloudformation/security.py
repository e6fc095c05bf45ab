"""IAM, Secrets Manager and WAF: identity providers, inline role policies, secret policies and rotation, ACL associations.

Touches: `ministack.services.iam`, `secretsmanager` and `waf` (their actions called).
"""

import json

from ministack.services import iam, secretsmanager, waf

from ..seam import need
from .resource import call, element, kind, members


def types() -> dict:
    need(iam, "_create_oidc_provider", "_delete_oidc_provider", "_oidc_providers", "_put_role_policy", "_delete_role_policy")
    need(secretsmanager, "_put_resource_policy", "_delete_resource_policy", "_resolve", "_rotate_secret")
    need(waf, "_associate_web_acl", "_disassociate_web_acl")
    return {
        "AWS::IAM::OIDCProvider": kind(_create_provider, _delete_provider, _update_provider),
        "AWS::IAM::RolePolicy": kind(_put_role_policy, _delete_role_policy),
        "AWS::SecretsManager::ResourcePolicy": kind(_put_secret_policy, _delete_secret_policy),
        "AWS::SecretsManager::RotationSchedule": kind(_schedule_rotation, _cancel_rotation),
        "AWS::WAFv2::WebACLAssociation": kind(_associate, _disassociate),
    }


# ---- identity providers ----

def _create_provider(logical_id, props, stack_name):
    query = {"Url": [props["Url"]], **members("ClientIDList.member", props.get("ClientIdList", [])),
             **members("ThumbprintList.member", props.get("ThumbprintList", []))}
    arn = element(call("CreateOpenIDConnectProvider", iam._create_oidc_provider(query)), "OpenIDConnectProviderArn")
    iam._oidc_providers[arn]["Tags"] = list(props.get("Tags", []))
    return arn, {"Arn": arn}


def _update_provider(arn, old, new):
    if old["Url"] != new["Url"]:
        raise ValueError("the Url of an OIDC provider cannot change: give the new one another logical id")
    iam._oidc_providers[arn].update({"ClientIDList": list(new.get("ClientIdList", [])), "Tags": list(new.get("Tags", [])),
                                     "ThumbprintList": list(new.get("ThumbprintList", []))})
    return arn, {"Arn": arn}


def _delete_provider(arn, props):
    call("DeleteOpenIDConnectProvider", iam._delete_oidc_provider({"OpenIDConnectProviderArn": [arn]}), absent=("NoSuchEntity",))


def _put_role_policy(logical_id, props, stack_name):
    call("PutRolePolicy", iam._put_role_policy({
        "RoleName": [props["RoleName"]], "PolicyName": [props["PolicyName"]],
        "PolicyDocument": [json.dumps(props.get("PolicyDocument", {}))]}))
    return f"{props['PolicyName']}|{props['RoleName']}", {}


def _delete_role_policy(policy, props):
    name, role = policy.split("|")
    call("DeleteRolePolicy", iam._delete_role_policy({"RoleName": [role], "PolicyName": [name]}), absent=("NoSuchEntity",))


# ---- secrets ----

def _put_secret_policy(logical_id, props, stack_name):
    policy = props["ResourcePolicy"]
    arn = call("PutResourcePolicy", secretsmanager._put_resource_policy({
        "SecretId": props["SecretId"], "ResourcePolicy": policy if isinstance(policy, str) else json.dumps(policy)}))["ARN"]
    return arn, {"Id": arn}


def _delete_secret_policy(arn, props):
    call("DeleteResourcePolicy", secretsmanager._delete_resource_policy({"SecretId": arn}), absent=("ResourceNotFound",))


def _schedule_rotation(logical_id, props, stack_name):
    """The schedule, shown by DescribeSecret. Nothing rotates by itself here: a laptop is not on when the time comes."""
    if props.get("HostedRotationLambda"):
        raise ValueError("HostedRotationLambda needs AWS's own application; use ManageMasterUserPassword or RotationLambdaARN")
    _, secret = secretsmanager._resolve(props["SecretId"])
    if not secret:
        raise ValueError(f"ResourceNotFoundException: no secret {props['SecretId']}")
    secret.update({"RotationEnabled": True, "RotationRules": props.get("RotationRules", {})})
    if props.get("RotationLambdaARN"):
        secret["RotationLambdaARN"] = props["RotationLambdaARN"]
    return secret["ARN"], {"Id": secret["ARN"]}


def _cancel_rotation(arn, props):
    _, secret = secretsmanager._resolve(arn)
    if secret:
        secret["RotationEnabled"] = False
        secret.pop("RotationRules", None)
        secret.pop("RotationLambdaARN", None)


# ---- WAF ----

def _associate(logical_id, props, stack_name):
    call("AssociateWebACL", waf._associate_web_acl({"WebACLArn": props["WebACLArn"], "ResourceArn": props["ResourceArn"]}))
    return f"{props['WebACLArn']}|{props['ResourceArn']}", {}


def _disassociate(association, props):
    call("DisassociateWebACL", waf._disassociate_web_acl({"ResourceArn": association.split("|", 1)[1]}))
