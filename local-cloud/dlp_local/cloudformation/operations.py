"""What watches and keeps the lake: composite alarms, saved log queries, budgets, backup selections, trails, archives.

Touches: `ministack.services.cloudwatch`, `cloudwatch_logs` (query definitions added), `budgets`, `backup`, `cloudtrail`,
`eventbridge` and `stepfunctions` (their actions called).
"""

import json

from ministack.core.responses import get_account_id, get_region, json_response, new_uuid
from ministack.services import backup, budgets, cloudtrail, cloudwatch, cloudwatch_logs, eventbridge, stepfunctions
from ministack.services.cloudformation import provisioners

from ..seam import need, replace
from . import actions
from .resource import call, kind, named

_queries = None


def types() -> dict:
    global _queries
    need(cloudwatch, "_put_composite_alarm", "_delete_alarms")
    need(budgets, "_create_budget", "_delete_budget")
    need(backup, "_create_selection", "_delete_selection")
    need(cloudtrail, "_create_trail", "_delete_trail", "_start_logging", "_put_event_selectors", "_trail_arn")
    need(eventbridge, "_create_archive", "_delete_archive")
    need(stepfunctions, "_publish_state_machine_version", "_delete_state_machine_version", "_create_state_machine_alias",
         "_delete_state_machine_alias")
    _queries = actions.add(cloudwatch_logs, "dlp_query_definitions", {
        "PutQueryDefinition": _put_query, "DescribeQueryDefinitions": _describe_queries, "DeleteQueryDefinition": _delete_query})
    return {
        "AWS::CloudWatch::CompositeAlarm": named(_put_alarm, _delete_alarm, "AlarmName"),
        "AWS::Logs::QueryDefinition": kind(_create_query, _remove_query, _change_query),
        "AWS::Budgets::Budget": kind(_create_budget, _delete_budget),
        "AWS::Backup::BackupSelection": kind(_create_selection, _delete_selection),
        "AWS::CloudTrail::Trail": named(_create_trail, _delete_trail, "TrailName", 128),
        "AWS::Events::Archive": named(_create_archive, _delete_archive, "ArchiveName", 48),
        "AWS::StepFunctions::StateMachineVersion": kind(_publish_version, _delete_version),
        "AWS::StepFunctions::StateMachineAlias": kind(_create_alias, _delete_alias),
    }


# ---- CloudWatch ----

def complete() -> None:
    need(provisioners, "_cw_metric_alarm_put")
    replace(provisioners, "_cw_metric_alarm_record", _with_math)


def _with_math(record):
    """An alarm on metric math is kept and described, but its state stays what SetAlarmState says: services here send no metrics."""

    def metric_alarm_record(name, props):
        if not props.get("Metrics"):
            return record(name, props)
        alarm = record(name, {**props, "Metrics": None, "MetricName": "-", "Namespace": "-", "Threshold": props.get("Threshold") or 0})
        for key in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit"):
            alarm.pop(key, None)
        return {**alarm, "Metrics": props["Metrics"]}

    return metric_alarm_record


def _put_alarm(name, props):
    request = {**{key: props[key] for key in ("AlarmRule", "AlarmDescription", "AlarmActions", "OKActions",
                                              "InsufficientDataActions", "Tags") if key in props},
               "AlarmName": name, "ActionsEnabled": provisioners._cfn_bool(props.get("ActionsEnabled", True))}
    call("PutCompositeAlarm", cloudwatch._put_composite_alarm({}, request, False, True))
    return name, {"Arn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"}


def _delete_alarm(name, props):
    call("DeleteAlarms", cloudwatch._delete_alarms({}, {"AlarmNames": [name]}, False, True), absent=("ResourceNotFound",))


# ---- saved log queries ----

def _put_query(data):
    query = data.get("queryDefinitionId") or new_uuid()
    _queries[query] = {"queryDefinitionId": query, "name": data["name"], "queryString": data["queryString"],
                       "logGroupNames": data.get("logGroupNames", [])}
    return json_response({"queryDefinitionId": query})


def _describe_queries(data):
    prefix = data.get("queryDefinitionNamePrefix", "")
    return json_response({"queryDefinitions": [query for query in _queries.values() if query["name"].startswith(prefix)]})


def _delete_query(data):
    return json_response({"success": _queries.pop(data.get("queryDefinitionId"), None) is not None})


def _create_query(logical_id, props, stack_name, known=None):
    request = {"name": props["Name"], "queryString": props["QueryString"], "logGroupNames": props.get("LogGroupNames", []),
               "queryDefinitionId": known}
    query = call("PutQueryDefinition", _put_query(request))["queryDefinitionId"]
    return query, {"QueryDefinitionId": query}


def _change_query(query, old, new):
    return _create_query("", new, "", known=query)


def _remove_query(query, props):
    _queries.pop(query, None)


# ---- budgets ----

def _create_budget(logical_id, props, stack_name):
    budget = dict(props["Budget"])
    budget.setdefault("BudgetName", provisioners._physical_name(stack_name, logical_id, max_len=100))
    limit = budget.get("BudgetLimit")
    if limit:  # a template has a number, the API a string
        budget["BudgetLimit"] = {"Amount": str(limit["Amount"]), "Unit": limit["Unit"]}
    notifications = [{**entry, "Notification": {**entry["Notification"], "Threshold": float(entry["Notification"]["Threshold"])}}
                     for entry in props.get("NotificationsWithSubscribers", [])]
    # Made again on a change: a budget is a name, a limit and who hears of it, and keeps nothing else.
    budgets._delete_budget({"BudgetName": budget["BudgetName"]})
    call("CreateBudget", budgets._create_budget({
        "AccountId": get_account_id(), "Budget": budget, "NotificationsWithSubscribers": notifications,
        "ResourceTags": props.get("ResourceTags", [])}))
    return budget["BudgetName"], {}


def _delete_budget(name, props):
    call("DeleteBudget", budgets._delete_budget({"AccountId": get_account_id(), "BudgetName": name}), absent=("NotFound",))


# ---- backup ----

def _create_selection(logical_id, props, stack_name):
    plan = props["BackupPlanId"]
    answer = call("CreateBackupSelection", backup._create_selection(plan, {"BackupSelection": props["BackupSelection"]}))
    selection = answer["SelectionId"]
    return f"{selection}_{plan}", {"Id": f"{selection}_{plan}", "SelectionId": selection, "BackupPlanId": plan}


def _delete_selection(physical_id, props):
    selection, plan = physical_id.split("_", 1)
    call("DeleteBackupSelection", backup._delete_selection(plan, selection), absent=("ResourceNotFound",))


# ---- trails and archives ----

def _create_trail(name, props):
    request = {key: props[key] for key in ("S3BucketName", "S3KeyPrefix", "SnsTopicName") if key in props}
    for key in ("IncludeGlobalServiceEvents", "IsMultiRegionTrail", "EnableLogFileValidation", "IsOrganizationTrail"):
        if key in props:
            request[key] = provisioners._cfn_bool(props[key])
    request.update({"Name": name, "KmsKeyId": props.get("KMSKeyId", "")})
    arn = call("CreateTrail", cloudtrail._create_trail(request))["TrailARN"]
    if props.get("EventSelectors") or props.get("AdvancedEventSelectors"):
        call("PutEventSelectors", cloudtrail._put_event_selectors({
            "TrailName": name, **{key: props[key] for key in ("EventSelectors", "AdvancedEventSelectors") if key in props}}))
    if provisioners._cfn_bool(props.get("IsLogging", True)):
        call("StartLogging", cloudtrail._start_logging({"Name": name}))
    return name, {"Arn": arn, "SnsTopicArn": props.get("SnsTopicName", "")}


def _delete_trail(name, props):
    call("DeleteTrail", cloudtrail._delete_trail({"Name": name}), absent=("TrailNotFound",))


def _create_archive(name, props):
    request = {"ArchiveName": name, "EventSourceArn": props["SourceArn"], "Description": props.get("Description", ""),
               "RetentionDays": props.get("RetentionDays", 0)}
    if props.get("EventPattern"):
        request["EventPattern"] = json.dumps(props["EventPattern"])
    arn = call("CreateArchive", eventbridge._create_archive(request))["ArchiveArn"]
    return name, {"Arn": arn, "ArchiveName": name}


def _delete_archive(name, props):
    call("DeleteArchive", eventbridge._delete_archive({"ArchiveName": name}), absent=("ResourceNotFound",))


# ---- Step Functions ----

def _publish_version(logical_id, props, stack_name):
    request = {"stateMachineArn": props["StateMachineArn"], "description": props.get("Description", "")}
    if props.get("StateMachineRevisionId"):
        request["revisionId"] = props["StateMachineRevisionId"]
    arn = call("PublishStateMachineVersion", stepfunctions._publish_state_machine_version(request))["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def _delete_version(arn, props):
    call("DeleteStateMachineVersion", stepfunctions._delete_state_machine_version({"stateMachineVersionArn": arn}))


def _create_alias(logical_id, props, stack_name):
    routes = props.get("RoutingConfiguration") or [
        {"StateMachineVersionArn": (props.get("DeploymentPreference") or {}).get("StateMachineVersionArn"), "Weight": 100}]
    request = {"name": props.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=80),
               "description": props.get("Description", ""),
               "routingConfiguration": [{"stateMachineVersionArn": route["StateMachineVersionArn"], "weight": int(route["Weight"])}
                                        for route in routes]}
    arn = call("CreateStateMachineAlias", stepfunctions._create_state_machine_alias(request))["stateMachineAliasArn"]
    return arn, {"Arn": arn}


def _delete_alias(arn, props):
    call("DeleteStateMachineAlias", stepfunctions._delete_state_machine_alias({"stateMachineAliasArn": arn}))
