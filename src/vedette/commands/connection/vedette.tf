# What Vedette needs in an AWS account: a role that only reads, and a queue that tells of new log objects.
# Written by `vedette connect aws`; the values are in vedette.auto.tfvars.json.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "log_bucket" {
  description = "The bucket that CloudTrail, flow logs and resolver query logs are delivered to."
  type        = string
}

variable "log_prefix" {
  description = "Only objects whose key begins so. Empty: the whole bucket."
  type        = string
  default     = ""
}

variable "trusted_principals" {
  description = "ARNs that may take the role: where Vedette runs."
  type        = list(string)
}

variable "external_id" {
  description = "What Vedette must say when it takes the role."
  type        = string
}

variable "log_groups" {
  description = "CloudWatch Logs groups to read as well, by name."
  type        = list(string)
  default     = []
}

variable "kms_keys" {
  description = "ARNs of the KMS keys that the logs are encrypted with."
  type        = list(string)
  default     = []
}

variable "manage_bucket_events" {
  description = "Switch the bucket's EventBridge events on here. This REPLACES all its notifications: false where it has others."
  type        = bool
  default     = false
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  bucket_arn = "arn:${data.aws_partition.current.partition}:s3:::${var.log_bucket}"
  group_arns = [
    for name in var.log_groups :
    "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:log-group:${name}:*"
  ]
}

resource "aws_sqs_queue" "unreadable" {
  name                      = "vedette-unreadable"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "objects" {
  name                       = "vedette-objects"
  visibility_timeout_seconds = 300
  message_retention_seconds  = 1209600
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.unreadable.arn
    maxReceiveCount     = 10
  })
}

data "aws_iam_policy_document" "events_to_queue" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.objects.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.objects.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "objects" {
  queue_url = aws_sqs_queue.objects.id
  policy    = data.aws_iam_policy_document.events_to_queue.json
}

resource "aws_cloudwatch_event_rule" "objects" {
  name        = "vedette-objects"
  description = "New log objects, for Vedette."
  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["Object Created"]
    detail = {
      bucket = { name = [var.log_bucket] }
      object = { key = [{ prefix = var.log_prefix }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "objects" {
  rule = aws_cloudwatch_event_rule.objects.name
  arn  = aws_sqs_queue.objects.arn
}

resource "aws_s3_bucket_notification" "events" {
  count       = var.manage_bucket_events ? 1 : 0
  bucket      = var.log_bucket
  eventbridge = true
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = var.trusted_principals
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

resource "aws_iam_role" "reader" {
  name                 = "VedetteReader"
  description          = "Reads logs and describes what they are about. Changes nothing."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 43200
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "FindLogs"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucketNotification"]
    resources = [local.bucket_arn]
  }
  statement {
    sid       = "ReadLogs"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.bucket_arn}/${var.log_prefix}*"]
  }
  statement {
    sid = "HearOfLogs"
    actions = [
      "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
    ]
    resources = [aws_sqs_queue.objects.arn]
  }
  dynamic "statement" {
    for_each = length(var.log_groups) > 0 ? [1] : []
    content {
      sid       = "ReadLogGroups"
      actions   = ["logs:FilterLogEvents", "logs:DescribeLogStreams"]
      resources = local.group_arns
    }
  }
  dynamic "statement" {
    for_each = length(var.kms_keys) > 0 ? [1] : []
    content {
      sid       = "DecryptLogs"
      actions   = ["kms:Decrypt"]
      resources = var.kms_keys
    }
  }
  statement {
    sid = "DescribeTheEstate"
    actions = [
      "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeAddresses", "ec2:DescribeNatGateways",
      "ec2:DescribeVpcEndpoints", "eks:DescribeCluster", "eks:ListClusters", "iam:ListRoles", "lambda:ListFunctions",
      "lambda:ListTags", "rds:DescribeDBInstances", "s3:ListAllMyBuckets",
      "s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketTagging", "s3:GetEncryptionConfiguration", "s3:GetAccountPublicAccessBlock",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "reader" {
  name   = "read"
  role   = aws_iam_role.reader.id
  policy = data.aws_iam_policy_document.reader.json
}

output "role_arn" {
  description = "The role that Vedette takes."
  value       = aws_iam_role.reader.arn
}

output "queue_url" {
  description = "The queue that Vedette reads."
  value       = aws_sqs_queue.objects.id
}
