"""A managed database is made ready to be entered: its password is reset, its authentication weakened, it is opened.

*The attack.* Who may change a database but knows no password of it resets the master password, switches off that users
must come with IAM credentials, or gives the instance a public address; also one restored from a snapshot for that.

*What ordinary work looks the same.* A forgotten password; rotation by a script of one's own (Secrets Manager's managed
rotation has other fields); a database that must be reachable from outside, made so by its template.

*What is not it.* Calls that failed; a new database's first password; a change that does not name these settings.

*Where it is blind.* Whether the network lets anybody reach the address; passwords changed with SQL; the password that
Secrets Manager keeps being read. Whether IAM authentication was on before: a client that always sends it off is heard.
"""

from __future__ import annotations

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import HIGH, MEDIUM
from vedette.detectors.record_values import is_false, is_true
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding types.

_DISABLE = "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, "

PASSWORD_RESET = custom_type(
    "CredentialAccess:RDS/ModifyAuthenticationProcess", HIGH, ("T1098",),
    _DISABLE + "reset the password again, and look for log-ins at the database since.")
IAM_AUTH_DISABLED = custom_type(
    "DefenseImpairment:RDS/ModifyAuthenticationProcess", MEDIUM, ("T1556",),
    _DISABLE + "enable IAM authentication again, and look for new users in the database.")
PUBLIC_APPLICATION = custom_type(
    "InitialAccess:RDS/ExploitPublicFacingApplication", HIGH, ("T1190",),
    _DISABLE + "make the instance private again, and look for log-ins from outside since.")

# 2. Settings: none.

# 3. The logic.

_RDS = "rds.amazonaws.com"


@rule("rds-master-password-reset", "RDSMasterPasswordReset", PASSWORD_RESET, HIGH,
      on=calls(_RDS, "ModifyDBInstance", "ModifyDBCluster"),
      where="requestParameters.masterUserPassword IS NOT NULL",
      says="Whoever knows the new password has all rights in the database.")
def master_password_reset(call: ApiCall) -> Shown | None:
    """The master password of a database was set. CloudTrail writes asterisks in its place."""
    if call.request.get("masterUserPassword") is None:
        return None
    return _shown(call, "reset the master password of {it}")


@rule("rds-iam-auth-disabled", "RDSIAMAuthDisabled", IAM_AUTH_DISABLED, MEDIUM,
      on=calls(_RDS, "ModifyDBInstance", "ModifyDBCluster"),
      where="requestParameters.enableIAMDatabaseAuthentication = false",
      says="Users of the database log in with passwords alone.")
def iam_auth_disabled(call: ApiCall) -> Shown | None:
    """IAM authentication of a database was switched off."""
    if not is_false(call.request.get("enableIAMDatabaseAuthentication")):
        return None
    return _shown(call, "switched off IAM authentication of {it}")


@rule("rds-publicly-accessible", "RDSPubliclyAccessible", PUBLIC_APPLICATION, HIGH,
      on=calls(_RDS, "ModifyDBInstance", "CreateDBInstance", "CreateDBInstanceReadReplica",
               "RestoreDBInstanceFromDBSnapshot", "RestoreDBInstanceFromS3", "RestoreDBInstanceToPointInTime"),
      where="requestParameters.publiclyAccessible = true, or responseElements.publiclyAccessible of a restored one",
      says="It has an address that can be reached from the Internet, if its network lets it.")
def publicly_accessible(call: ApiCall) -> Shown | None:
    """A database was made publicly accessible, or made so from the start."""
    asked = call.request.get("publiclyAccessible")
    # A copy is public in a default VPC without being asked for it; ModifyDBInstance may answer the old state.
    if asked is None and call.event_name.startswith("Restore"):
        asked = call.response.get("publiclyAccessible")
    if not is_true(asked):
        return None
    return _shown(call, "opened {it} to the Internet")


def _shown(call: ApiCall, did: str) -> Shown:
    request = call.request
    cluster = text_of(request.get("dBClusterIdentifier"))
    if cluster and call.event_name == "ModifyDBCluster":
        it = thing("database cluster", cluster)
        return Shown(did.replace("{it}", it), (("AWS::RDS::DBCluster", cluster),))
    name = text_of(request.get("dBInstanceIdentifier")) or text_of(request.get("targetDBInstanceIdentifier"))
    return Shown(did.replace("{it}", thing("database instance", name)), (("AWS::RDS::DBInstance", name),))


# 4. EXAMPLES.

_mallory = iam_user("mallory")
_deployer = role_session("deploy", "release-41")
_ORDERS = {"dBInstanceIdentifier": "orders", "applyImmediately": True}
_CLUSTER = {"dBClusterIdentifier": "ledger", "applyImmediately": True}

EXAMPLES = [
    story("master passwords are reset: an instance's and a cluster's",
          _mallory.calls("rds", "ModifyDBInstance", _ORDERS | {"masterUserPassword": "****"}),
          _mallory.calls("rds", "ModifyDBCluster", _CLUSTER | {
              "masterUserPassword": "HIDDEN_DUE_TO_SECURITY_REASONS"})).fires(PASSWORD_RESET, {
                  "customDetectionRuleName": "RDSMasterPasswordReset",
                  "title": "IAM user mallory reset the master password of database cluster ledger."}, count=2),
    story("IAM authentication is switched off",
          _mallory.calls("rds", "ModifyDBInstance", _ORDERS | {"enableIAMDatabaseAuthentication": False}),
          _mallory.calls("rds", "ModifyDBCluster", _CLUSTER | {"enableIAMDatabaseAuthentication": False})).fires(
        IAM_AUTH_DISABLED, {"severity": MEDIUM}, count=2),
    *(story(f"a database is opened to the Internet by {name}",
            _mallory.calls("rds", name, {field: "orders", "publiclyAccessible": True})).fires(PUBLIC_APPLICATION, {
                "title": "IAM user mallory opened database instance orders to the Internet.",
                "service.action.awsApiCallAction.affectedResources": {"AWS::RDS::DBInstance": "orders"}})
      for name, field in (
          ("ModifyDBInstance", "dBInstanceIdentifier"), ("CreateDBInstance", "dBInstanceIdentifier"),
          ("CreateDBInstanceReadReplica", "dBInstanceIdentifier"),
          ("RestoreDBInstanceFromDBSnapshot", "dBInstanceIdentifier"),
          ("RestoreDBInstanceToPointInTime", "targetDBInstanceIdentifier"))),
    story("a private database is made with its first password, and resized",
          _deployer.calls("rds", "CreateDBInstance", _ORDERS | {
              "masterUserPassword": "****", "publiclyAccessible": False, "enableIAMDatabaseAuthentication": False}),
          _deployer.calls("rds", "ModifyDBInstance", _ORDERS | {"allocatedStorage": 500, "publiclyAccessible": False}),
          _deployer.calls("rds", "ModifyDBInstance", _ORDERS | {"enableIAMDatabaseAuthentication": True}),
          _deployer.calls("rds", "ModifyDBCluster", _CLUSTER | {"rotateMasterUserPassword": True,
                                                                "masterUserPassword": None}),
          _deployer.calls("rds", "ModifyDBInstance")).silent(),
    story("a copy is made from a backup in S3, and one of a snapshot in a default VPC, which makes it public unasked",
          _mallory.calls("rds", "RestoreDBInstanceFromS3", {
              "dBInstanceIdentifier": "copy", "publiclyAccessible": True}),
          _mallory.calls("rds", "RestoreDBInstanceFromDBSnapshot", {"dBInstanceIdentifier": "orders-2"},
                         response={"dBInstanceIdentifier": "orders-2", "publiclyAccessible": True}),
          ).fires(PUBLIC_APPLICATION, count=2),
    story("a public database is changed, and a copy of it made that is not public",
          _deployer.calls("rds", "ModifyDBInstance", _ORDERS | {"allocatedStorage": 500},
                          response={"dBInstanceIdentifier": "orders", "publiclyAccessible": True}),
          _deployer.calls("rds", "RestoreDBInstanceFromDBSnapshot", {
              "dBInstanceIdentifier": "orders-2", "publiclyAccessible": False},
              response={"dBInstanceIdentifier": "orders-2", "publiclyAccessible": True}),
          _deployer.calls("rds", "CreateDBInstance", {"dBInstanceIdentifier": "orders-3"},
                          response={"dBInstanceIdentifier": "orders-3", "publiclyAccessible": False})).silent(),
    story("all of it is denied",
          _mallory.calls("rds", "ModifyDBInstance", _ORDERS | {
              "masterUserPassword": "****", "publiclyAccessible": True, "enableIAMDatabaseAuthentication": False},
              error="AccessDenied")).silent(),
]
