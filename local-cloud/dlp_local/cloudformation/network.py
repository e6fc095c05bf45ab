"""EC2 types: addresses, NAT gateways, flow logs, network ACLs, and rules of security groups as resources of their own.

Touches: `ministack.services.ec2` (its actions and `_security_groups`, `_addresses`, `_vpcs`), `provisioners._ec2_sg_permissions`,
and the AWS::EC2::VPC handlers (attributes added).
"""

import json

from ministack.core.responses import new_uuid
from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from ..seam import need
from .resource import call, element, kind, members

_ACL_ENTRY = ("NetworkAclId", "RuleNumber", "Protocol", "RuleAction", "Egress", "CidrBlock", "Ipv6CidrBlock")


def types() -> dict:
    need(ec2, "_allocate_address", "_release_address", "_create_nat_gateway", "_delete_nat_gateway", "_create_flow_logs",
         "_delete_flow_logs", "_create_network_acl", "_delete_network_acl", "_create_network_acl_entry",
         "_delete_network_acl_entry", "_security_groups", "_addresses", "_vpcs", "_network_acls", "_strip_descriptions")
    need(provisioners, "_ec2_sg_permissions", "_ec2_apply_tags")
    return {
        "AWS::EC2::EIP": kind(_create_address, _release_address, _retag),
        "AWS::EC2::NatGateway": kind(_create_nat, _delete_nat),
        "AWS::EC2::FlowLog": kind(_create_flow_log, _delete_flow_log),
        "AWS::EC2::SecurityGroupIngress": _rule("IpPermissions"),
        "AWS::EC2::SecurityGroupEgress": _rule("IpPermissionsEgress"),
        "AWS::EC2::NetworkAcl": kind(_create_acl, _delete_acl),
        "AWS::EC2::NetworkAclEntry": kind(_create_acl_entry, _delete_acl_entry),
        "AWS::EC2::SubnetNetworkAclAssociation": kind(_associate_acl, _disassociate_acl),
    }


def complete(handlers: dict) -> None:
    """Attributes that templates read and MiniStack does not answer."""
    vpc = handlers["AWS::EC2::VPC"]
    for verb in ("create", "update"):
        vpc[verb] = _with_attributes(vpc[verb])


def _with_attributes(original):
    def handler(*args, **kwargs):
        vpc_id, attributes = original(*args, **kwargs)
        return vpc_id, {**attributes, "CidrBlock": ec2._vpcs[vpc_id]["CidrBlock"],
                        "CidrBlockAssociations": [f"vpc-cidr-assoc-{vpc_id[4:]}"], "Ipv6CidrBlocks": []}

    return handler


def _query(props: dict, names: tuple) -> dict:
    return {name: [json.dumps(props[name]) if isinstance(props[name], bool) else str(props[name])]
            for name in names if props.get(name) is not None}


# ---- addresses and NAT ----

def _create_address(logical_id, props, stack_name):
    text = call("AllocateAddress", ec2._allocate_address(_query(props, ("Domain",))))
    allocation, address = element(text, "allocationId"), element(text, "publicIp")
    provisioners._ec2_apply_tags(allocation, props)
    return address, {"AllocationId": allocation, "PublicIp": address}


def _allocation(address: str) -> str | None:
    return next((key for key, record in ec2._addresses.items() if record["PublicIp"] == address), None)


def _retag(address, old, new):
    allocation = _allocation(address)
    provisioners._ec2_apply_tags(allocation, new, old)
    return address, {"AllocationId": allocation, "PublicIp": address}


def _release_address(address, props):
    allocation = _allocation(address)
    if allocation:
        call("ReleaseAddress", ec2._release_address({"AllocationId": [allocation]}))


def _create_nat(logical_id, props, stack_name):
    text = call("CreateNatGateway", ec2._create_nat_gateway(_query(props, ("SubnetId", "AllocationId", "ConnectivityType"))))
    nat = element(text, "natGatewayId")
    provisioners._ec2_apply_tags(nat, props)
    return nat, {"NatGatewayId": nat}


def _delete_nat(nat, props):
    call("DeleteNatGateway", ec2._delete_nat_gateway({"NatGatewayId": [nat]}), absent=("NatGatewayNotFound",))


# ---- flow logs ----

def _create_flow_log(logical_id, props, stack_name):
    query = _query(props, ("ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName"))
    text = call("CreateFlowLogs", ec2._create_flow_logs({**query, **members("ResourceId", [props["ResourceId"]])}))
    flow_log = element(text, "item")
    provisioners._ec2_apply_tags(flow_log, props)
    return flow_log, {"Id": flow_log}


def _delete_flow_log(flow_log, props):
    call("DeleteFlowLogs", ec2._delete_flow_logs(members("FlowLogId", [flow_log])))


# ---- rules ----

def _rule(direction: str) -> dict:
    def create(logical_id, props, stack_name):
        group = ec2._security_groups.get(props.get("GroupId"))
        if group is None:
            raise ValueError(f"InvalidGroup.NotFound: the security group {props.get('GroupId')} does not exist")
        group.setdefault(direction, []).extend(provisioners._ec2_sg_permissions([props]))
        rule = f"sgr-{new_uuid().replace('-', '')[:17]}"
        return rule, {"Id": rule}

    def delete(rule, props):
        group = ec2._security_groups.get(props.get("GroupId"))
        if group is None:
            return  # the group took its rules along
        gone = [_key(permission) for permission in provisioners._ec2_sg_permissions([props])]
        group[direction] = [permission for permission in group.get(direction, []) if _key(permission) not in gone]

    return kind(create, delete)


def _key(permission: dict) -> str:
    return json.dumps(ec2._strip_descriptions(permission), sort_keys=True)


# ---- network ACLs ----

def _create_acl(logical_id, props, stack_name):
    text = call("CreateNetworkAcl", ec2._create_network_acl(_query(props, ("VpcId",))))
    acl = element(text, "networkAclId")
    provisioners._ec2_apply_tags(acl, props)
    return acl, {"Id": acl}


def _delete_acl(acl, props):
    call("DeleteNetworkAcl", ec2._delete_network_acl({"NetworkAclId": [acl]}), absent=("NotFound",))


def _create_acl_entry(logical_id, props, stack_name):
    call("CreateNetworkAclEntry", ec2._create_network_acl_entry(_query(props, _ACL_ENTRY)))
    entry = f"{props['NetworkAclId']}|{props['RuleNumber']}|{str(props.get('Egress', False)).lower()}"
    return entry, {"Id": entry}


def _delete_acl_entry(entry, props):
    acl, number, egress = entry.split("|")
    query = {"NetworkAclId": [acl], "RuleNumber": [number], "Egress": [egress]}
    call("DeleteNetworkAclEntry", ec2._delete_network_acl_entry(query), absent=("NotFound",))


def _associate_acl(logical_id, props, stack_name):
    association = f"aclassoc-{new_uuid().replace('-', '')[:17]}"
    acl = ec2._network_acls[props["NetworkAclId"]]
    acl["Associations"].append({"NetworkAclAssociationId": association, "SubnetId": props["SubnetId"]})
    return association, {"AssociationId": association}


def _disassociate_acl(association, props):
    for acl in ec2._network_acls.values():
        acl["Associations"] = [held for held in acl["Associations"] if held["NetworkAclAssociationId"] != association]
