"""What ordinary API calls ask and answer, with slots where each call has something of its own.

``@@H17@@`` and its like are filled in for every record (see `vedette.simulate.estate_calls`); ``@@#MS@@``,
quoted, becomes a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """One API call."""

    service: str
    name: str
    request: dict[str, Any] | None = None
    response: dict[str, Any] | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """Further arguments of `vedette.simulate.principals.Principal.calls`."""


def _credentials(role: str, session: str) -> dict[str, Any]:
    return {
        "credentials": {
            "accessKeyId": "@@KEY@@", "sessionToken": "IQoJb3JpZ2luX2VjE@@B64@@@@B64@@@@B64@@@@B64@@",
            "expiration": "@@EXPIRY@@",
        },
        "assumedRoleUser": {
            "assumedRoleId": f"@@ROLEID@@:{session}", "arn": f"arn:aws:sts::@@ACCOUNT@@:assumed-role/{role}/{session}",
        },
    }


def assume_role(role: str, session: str, account: str, **request: Any) -> Shape:
    """Credentials of a role are given out."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    return Shape("sts", "AssumeRole", {
        "roleArn": arn, "roleSessionName": session, "durationSeconds": 3600, **request,
    }, _credentials(role, session), {
        "resources": [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}],
        "sharedEventID": "@@UUID@@",
    })


def web_identity_role(role: str, session: str, account: str) -> Shape:
    """A CI job changes its token for a role's credentials."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    answer = _credentials(role, session)
    answer |= {
        "subjectFromWebIdentityToken": "repo:corp/platform:ref:refs/heads/main", "audience": "sts.amazonaws.com",
        "provider": f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com",
    }
    return Shape("sts", "AssumeRoleWithWebIdentity", {
        "roleArn": arn, "roleSessionName": session, "durationSeconds": 3600,
    }, answer, {"resources": [{"accountId": account, "type": "AWS::IAM::Role", "ARN": arn}]})


_KMS_KEY = "arn:aws:kms:@@REGION@@:@@ACCOUNT@@:key/0c6f1f58-7f0e-4a4f-9d3b-5b1f6a7c9e21"
_KMS = {"resources": [{"accountId": "@@ACCOUNT@@", "type": "AWS::KMS::Key", "ARN": _KMS_KEY}]}

_NETWORK_INTERFACE = {
    "networkInterfaceId": "eni-0@@H16@@", "subnetId": "subnet-0@@H16@@", "vpcId": "vpc-0@@H16@@",
    "ownerId": "@@ACCOUNT@@", "status": "in-use", "macAddress": "0e:@@MAC@@", "privateIpAddress": "10.9.@@B@@.@@B@@",
    "sourceDestCheck": True, "interfaceType": "interface", "groupSet": {"items": [
        {"groupId": "sg-0@@H16@@", "groupName": "worker-nodes"},
    ]},
    "attachment": {"attachmentId": "eni-attach-0@@H16@@", "deviceIndex": 0, "networkCardIndex": 0,
                   "status": "attaching", "attachTime": "@@#MS@@", "deleteOnTermination": True},
    "privateIpAddressesSet": {"item": [{"privateIpAddress": "10.9.@@B@@.@@B@@", "primary": True}]},
    "ipv6AddressesSet": {}, "tagSet": {},
}
_TAGS = {"items": [
    {"key": "aws:autoscaling:groupName", "value": "workers"}, {"key": "Name", "value": "worker"},
    {"key": "team", "value": "platform"}, {"key": "cost-centre", "value": "4711"},
]}

_SHAPES = (
    Shape("ec2", "RunInstances", {
        "instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]}, "blockDeviceMapping": {},
        "availabilityZone": "@@REGION@@a", "monitoring": {"enabled": False}, "subnetId": "subnet-0@@H16@@",
        "disableApiTermination": False, "disableApiStop": False, "clientToken": "fleet-@@UUID@@-0",
        "launchTemplate": {"launchTemplateId": "lt-0@@H16@@", "version": "14"},
        "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": _TAGS["items"]}]},
    }, {
        "requestId": "@@UUID@@", "reservationId": "r-0@@H16@@", "ownerId": "@@ACCOUNT@@", "groupSet": {},
        "instancesSet": {"items": [{
            "instanceId": "i-0@@H16@@", "imageId": "ami-0@@H16@@", "currentInstanceBootMode": "uefi",
            "instanceState": {"code": 0, "name": "pending"}, "privateDnsName": "ip-10-9-@@B@@-@@B@@.ec2.internal",
            "amiLaunchIndex": 0, "productCodes": {}, "instanceType": "m6i.large", "launchTime": "@@#MS@@",
            "placement": {"availabilityZone": "@@REGION@@a", "tenancy": "default"},
            "monitoring": {"state": "disabled"}, "subnetId": "subnet-0@@H16@@", "vpcId": "vpc-0@@H16@@",
            "privateIpAddress": "10.9.@@B@@.@@B@@", "stateReason": {"code": "pending", "message": "pending"},
            "architecture": "x86_64", "rootDeviceType": "ebs", "rootDeviceName": "/dev/xvda",
            "blockDeviceMapping": {}, "virtualizationType": "hvm", "hypervisor": "xen", "tagSet": _TAGS,
            "clientToken": "fleet-@@UUID@@-0", "groupSet": {"items": [
                {"groupId": "sg-0@@H16@@", "groupName": "worker-nodes"},
            ]}, "sourceDestCheck": True, "networkInterfaceSet": {"items": [_NETWORK_INTERFACE]},
            "iamInstanceProfile": {
                "arn": "arn:aws:iam::@@ACCOUNT@@:instance-profile/workers", "id": "AIPA5EXAMPLE2WORKERS7",
            },
            "ebsOptimized": False, "enaSupport": True, "cpuOptions": {"coreCount": 1, "threadsPerCore": 2},
            "capacityReservationSpecification": {"capacityReservationPreference": "open"},
            "enclaveOptions": {"enabled": False}, "metadataOptions": {
                "state": "pending", "httpTokens": "required", "httpPutResponseHopLimit": 2,
                "httpEndpoint": "enabled", "httpProtocolIpv4": "enabled", "httpProtocolIpv6": "disabled",
                "instanceMetadataTags": "disabled",
            },
            "maintenanceOptions": {"autoRecovery": "default"},
            "privateDnsNameOptions": {"hostnameType": "ip-name", "enableResourceNameDnsARecord": False,
                                      "enableResourceNameDnsAAAARecord": False},
        }]},
    }),
    Shape("ec2", "TerminateInstances", {"instancesSet": {"items": [{"instanceId": "i-0@@H16@@"}]}}, {
        "requestId": "@@UUID@@", "instancesSet": {"items": [{
            "instanceId": "i-0@@H16@@", "currentState": {"code": 32, "name": "shutting-down"},
            "previousState": {"code": 16, "name": "running"},
        }]},
    }),
    Shape("ec2", "CreateTags", {
        "resourcesSet": {"items": [{"resourceId": "i-0@@H16@@"}]}, "tagSet": {"items": [
            {"key": "build", "value": "@@N5@@"}, {"key": "team", "value": "platform"},
        ]},
    }, {"requestId": "@@UUID@@", "_return": True}),
    Shape("ec2", "DescribeInstances", {
        "instancesSet": {"items": [{"instanceId": "@@INSTANCE@@"}, {"instanceId": "@@INSTANCE@@"},
                                   {"instanceId": "@@INSTANCE@@"}]}, "filterSet": {},
    }),
    Shape("ec2", "DescribeInstanceStatus", {
        "instancesSet": {"items": [{"instanceId": "@@INSTANCE@@"}]}, "filterSet": {}, "includeAllInstances": True,
    }),
    Shape("ec2", "DescribeSecurityGroups", {
        "maxResults": 1000, "securityGroupSet": {}, "securityGroupIdSet": {"items": [{"groupId": "sg-0@@H16@@"}]},
        "filterSet": {"items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "vpc-0@@H16@@"}]}}]},
    }),
    Shape("ec2", "DescribeVolumes", {"maxResults": 500, "volumeSet": {}, "filterSet": {"items": [
        {"name": "attachment.instance-id", "valueSet": {"items": [{"value": "@@INSTANCE@@"}]}},
    ]}}),
    Shape("ec2", "DescribeNetworkInterfaces", {"networkInterfaceIdSet": {}, "filterSet": {"items": [
        {"name": "group-id", "valueSet": {"items": [{"value": "sg-0@@H16@@"}]}},
    ]}}),
    Shape("ec2", "DescribeSubnets", {"subnetSet": {"items": [{"subnetId": "subnet-0@@H16@@"}]}, "filterSet": {}}),
    Shape("ec2", "DescribeVpcs", {"vpcSet": {}, "filterSet": {}}),
    Shape("ec2", "DescribeTags", {"filterSet": {"items": [
        {"name": "resource-id", "valueSet": {"items": [{"value": "@@INSTANCE@@"}]}},
    ]}}),
    Shape("s3", "PutObject", {
        "bucketName": "corp-@@NET@@-@@REGION@@", "Host": "corp-@@NET@@-@@REGION@@.s3.@@REGION@@.amazonaws.com",
        "key": "events/@@DAY@@/@@FILE@@.snappy.parquet", "x-amz-server-side-encryption": "aws:kms",
    }, {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": _KMS_KEY}),
    Shape("s3", "GetObject", {
        "bucketName": "corp-@@NET@@-@@REGION@@", "Host": "corp-@@NET@@-@@REGION@@.s3.@@REGION@@.amazonaws.com",
        "key": "events/@@DAY@@/@@FILE@@.snappy.parquet",
    }),
    Shape("s3", "HeadObject", {
        "bucketName": "corp-@@NET@@-@@REGION@@", "Host": "corp-@@NET@@-@@REGION@@.s3.@@REGION@@.amazonaws.com",
        "key": "releases/@@FILE@@.tar.gz",
    }),
    Shape("s3", "ListObjects", {
        "list-type": "2", "bucketName": "corp-@@NET@@-@@REGION@@", "encoding-type": "url", "max-keys": "1000",
        "prefix": "events/@@DAY@@/", "Host": "corp-@@NET@@-@@REGION@@.s3.@@REGION@@.amazonaws.com",
    }),
    Shape("s3", "GetBucketLocation", {
        "bucketName": "corp-@@NET@@-@@REGION@@", "location": "",
        "Host": "corp-@@NET@@-@@REGION@@.s3.@@REGION@@.amazonaws.com",
    }),
    Shape("s3", "ListBuckets", {"Host": "s3.@@REGION@@.amazonaws.com"}),
    Shape("s3", "GetBucketAcl", {
        "bucketName": "corp-trail-@@ACCOUNT@@", "acl": "", "Host": "corp-trail-@@ACCOUNT@@.s3.@@REGION@@.amazonaws.com",
    }),
    Shape("sts", "GetCallerIdentity"),
    Shape("kms", "Decrypt", {
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {
            "aws:s3:arn": "arn:aws:s3:::corp-@@NET@@-@@REGION@@/events/@@DAY@@/@@FILE@@.snappy.parquet",
        },
    }, None, _KMS),
    Shape("kms", "GenerateDataKey", {
        "keyId": _KMS_KEY, "keySpec": "AES_256", "encryptionContext": {
            "aws:s3:arn": "arn:aws:s3:::corp-@@NET@@-@@REGION@@",
        },
    }, None, _KMS),
    Shape("secretsmanager", "GetSecretValue", {"secretId": "@@NET@@/database/app", "versionStage": "AWSCURRENT"}),
    Shape("ssm", "GetParametersByPath", {"path": "/@@NET@@/app/", "recursive": True, "withDecryption": True}),
    Shape("ssm", "UpdateInstanceInformation", {
        "instanceId": "@@INSTANCE@@", "agentVersion": "3.3.859.0", "agentStatus": "Active", "platformType": "Linux",
        "platformName": "Amazon Linux", "platformVersion": "2023", "iPAddress": "10.9.@@B@@.@@B@@",
        "computerName": "ip-10-9-@@B@@-@@B@@.ec2.internal", "agentName": "amazon-ssm-agent",
        "availabilityZone": "@@REGION@@a", "availabilityZoneId": "use1-az4", "sSMConnectionChannel": "ssmmessages",
    }),
    Shape("logs", "CreateLogStream", {
        "logGroupName": "/aws/lambda/orders", "logStreamName": "@@DAY@@/[$LATEST]@@H32@@",
    }),
    Shape("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/aws/lambda/", "limit": 50}),
    Shape("logs", "FilterLogEvents", {
        "logGroupName": "/ecs/@@NET@@-api", "startTime": "@@#MS@@", "filterPattern": "?ERROR ?WARN",
        "interleaved": True,
    }),
    Shape("monitoring", "DescribeAlarms", {"alarmNames": ["@@NET@@-api-5xx", "@@NET@@-queue-depth"]}),
    Shape("monitoring", "GetMetricData", {
        "startTime": "Mar 2, 2026, 9:00:00 AM", "scanBy": "TimestampDescending", "metricDataQueries": [
            {"id": "m1", "returnData": True, "metricStat": {
                "metric": {"namespace": "AWS/EC2", "metricName": "CPUUtilization", "dimensions": [
                    {"name": "InstanceId", "value": "@@INSTANCE@@"},
                ]}, "period": 60, "stat": "Average",
            }},
            {"id": "m2", "returnData": True, "metricStat": {
                "metric": {"namespace": "AWS/ApplicationELB", "metricName": "TargetResponseTime", "dimensions": [
                    {"name": "LoadBalancer", "value": "app/@@NET@@-api/@@H16@@"},
                ]}, "period": 60, "stat": "p99",
            }},
        ],
    }),
    Shape("autoscaling", "DescribeAutoScalingGroups", {
        "autoScalingGroupNames": ["@@NET@@-workers"], "maxRecords": 100,
    }),
    Shape("elasticloadbalancing", "DescribeTargetHealth", {
        "targetGroupArn":
            "arn:aws:elasticloadbalancing:@@REGION@@:@@ACCOUNT@@:targetgroup/@@NET@@-api/@@H16@@",
    }),
    Shape("elasticloadbalancing", "RegisterTargets", {
        "targetGroupArn":
            "arn:aws:elasticloadbalancing:@@REGION@@:@@ACCOUNT@@:targetgroup/@@NET@@-api/@@H16@@",
        "targets": [{"id": "@@INSTANCE@@", "port": 8080}],
    }),
    Shape("ecr", "GetAuthorizationToken"),
    Shape("ecr", "BatchGetImage", {
        "registryId": "@@ACCOUNT@@", "repositoryName": "platform/api",
        "imageIds": [{"imageTag": "build-@@N5@@"}], "acceptedMediaTypes": [
            "application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json",
        ],
    }, None, {"resources": [{
        "accountId": "@@ACCOUNT@@", "ARN": "arn:aws:ecr:@@REGION@@:@@ACCOUNT@@:repository/platform/api",
    }]}),
    Shape("ecr", "PutImage", {
        "registryId": "@@ACCOUNT@@", "repositoryName": "platform/api", "imageTag": "build-@@N5@@",
        "imageManifestMediaType": "application/vnd.docker.distribution.manifest.v2+json",
    }, {"image": {
        "registryId": "@@ACCOUNT@@", "repositoryName": "platform/api",
        "imageId": {"imageTag": "build-@@N5@@", "imageDigest": "sha256:@@H32@@@@H32@@"},
    }}),
    Shape("ecs", "DescribeServices", {"cluster": "@@NET@@", "services": ["api", "billing", "search"]}),
    Shape("ecs", "UpdateService", {
        "cluster": "@@NET@@", "service": "api", "taskDefinition": "api:@@N3@@", "forceNewDeployment": False,
    }, {"service": {
        "serviceArn": "arn:aws:ecs:@@REGION@@:@@ACCOUNT@@:service/@@NET@@/api", "serviceName": "api",
        "clusterArn": "arn:aws:ecs:@@REGION@@:@@ACCOUNT@@:cluster/@@NET@@", "status": "ACTIVE", "desiredCount": 6,
        "runningCount": 6, "pendingCount": 0, "launchType": "FARGATE", "platformVersion": "1.4.0",
        "taskDefinition": "arn:aws:ecs:@@REGION@@:@@ACCOUNT@@:task-definition/api:@@N3@@",
        "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
        "deployments": [{"id": "ecs-svc/@@N10@@", "status": "PRIMARY", "desiredCount": 6, "runningCount": 0,
                         "rolloutState": "IN_PROGRESS"}],
    }}),
    Shape("ecs", "RegisterTaskDefinition", {
        "family": "api", "networkMode": "awsvpc", "cpu": "512", "memory": "1024",
        "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{
            "name": "api", "image": "@@ACCOUNT@@.dkr.ecr.@@REGION@@.amazonaws.com/platform/api:build-@@N5@@",
            "essential": True, "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "environment": "HIDDEN_DUE_TO_SECURITY_REASONS",
        }],
    }, {"taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:@@REGION@@:@@ACCOUNT@@:task-definition/api:@@N3@@", "family": "api",
        "status": "ACTIVE", "networkMode": "awsvpc", "cpu": "512", "memory": "1024",
    }}),
    Shape("lambda", "GetFunction20150331v2", {"functionName": "orders"}),
    Shape("lambda", "ListFunctions20150331", {"maxItems": 50}),
    Shape("lambda", "UpdateFunctionCode20150331v2", {
        "functionName": "orders", "s3Bucket": "corp-@@NET@@-@@REGION@@", "s3Key": "lambda/orders-@@N5@@.zip",
        "publish": True, "dryRun": False,
    }, {
        "functionName": "orders", "functionArn": "arn:aws:lambda:@@REGION@@:@@ACCOUNT@@:function:orders",
        "runtime": "python3.12", "handler": "orders.handle", "codeSize": "@@#N5@@", "timeout": 30, "memorySize": 512,
        "lastUpdateStatus": "InProgress", "version": "@@N3@@", "codeSha256": "@@H32@@",
        "tracingConfig": {"mode": "PassThrough"}, "packageType": "Zip", "architectures": ["arm64"],
        "ephemeralStorage": {"size": 512}, "loggingConfig": {"logFormat": "Text", "logGroup": "/aws/lambda/orders"},
    }),
    Shape("dynamodb", "DescribeTable", {"tableName": "orders"}, None, {"resources": [{
        "accountId": "@@ACCOUNT@@", "type": "AWS::DynamoDB::Table",
        "ARN": "arn:aws:dynamodb:@@REGION@@:@@ACCOUNT@@:table/orders",
    }]}),
    Shape("rds", "DescribeDBInstances", {"dBInstanceIdentifier": "@@NET@@-orders"}),
    Shape("cloudformation", "DescribeStacks", {"stackName": "@@NET@@-platform"}),
    Shape("cloudformation", "DescribeStackEvents", {"stackName": "@@NET@@-platform"}),
    Shape("cloudformation", "CreateChangeSet", {
        "stackName": "@@NET@@-platform", "changeSetName": "build-@@N5@@", "changeSetType": "UPDATE",
        "capabilities": ["CAPABILITY_NAMED_IAM"], "templateURL":
            "https://corp-@@NET@@-@@REGION@@.s3.@@REGION@@.amazonaws.com/cfn/platform-@@N5@@.yaml",
    }, {
        "id": "arn:aws:cloudformation:@@REGION@@:@@ACCOUNT@@:changeSet/build-@@N5@@/@@UUID@@",
        "stackId": "arn:aws:cloudformation:@@REGION@@:@@ACCOUNT@@:stack/@@NET@@-platform/@@UUID@@",
    }),
    Shape("cloudformation", "ExecuteChangeSet", {
        "stackName": "@@NET@@-platform", "changeSetName": "build-@@N5@@",
    }),
    Shape("iam", "GetRole", {"roleName": "@@NET@@-app"}),
    Shape("iam", "ListRoles", {"maxItems": 100}),
    Shape("iam", "ListAttachedRolePolicies", {"roleName": "@@NET@@-app"}),
    Shape("tagging", "GetResources", {
        "resourcesPerPage": 100, "resourceTypeFilters": ["ec2:instance", "rds:db", "elasticloadbalancing"],
        "tagFilters": [{"key": "team", "values": ["platform"]}],
    }),
    Shape("cloudtrail", "LookupEvents", {
        "maxResults": 50, "lookupAttributes": [{"attributeKey": "EventName", "attributeValue": "UpdateService"}],
    }),
    Shape("cloudtrail", "DescribeTrails", {"trailNameList": []}),
    Shape("config", "DescribeConfigurationRecorderStatus"),
    Shape("config", "PutEvaluations", {
        "testMode": False, "resultToken": "@@B64@@@@B64@@", "evaluations": [{
            "complianceResourceType": "AWS::EC2::Instance", "complianceResourceId": "@@INSTANCE@@",
            "complianceType": "COMPLIANT", "orderingTimestamp": "Mar 2, 2026, 9:00:00 AM",
        }],
    }, {"failedEvaluations": []}),
    Shape("sqs", "GetQueueAttributes", {
        "queueUrl": "https://sqs.@@REGION@@.amazonaws.com/@@ACCOUNT@@/@@NET@@-orders", "attributeNames": ["All"],
    }),
    Shape("route53", "ListHostedZones"),
    Shape("acm", "DescribeCertificate", {
        "certificateArn": "arn:aws:acm:@@REGION@@:@@ACCOUNT@@:certificate/@@UUID@@",
    }),
    Shape("health", "DescribeEventAggregates", {"aggregateField": "eventTypeCategory", "filter": {
        "eventStatusCodes": ["open", "upcoming"],
    }}),
    Shape("ce", "GetCostAndUsage", {"granularity": "DAILY", "metrics": ["UnblendedCost"], "timePeriod": {
        "start": "2026-03-01", "end": "2026-03-02",
    }}),
)
SHAPES = {f"{shape.service}:{shape.name}": shape for shape in _SHAPES}
