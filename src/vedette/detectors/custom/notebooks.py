"""A notebook's start-up script is changed: commands that run as root whenever the notebook is started.

*The attack.* A SageMaker notebook instance has a role with rights to data and models. Who may change its lifecycle
configuration writes commands into it, and they run with that role at the next start.

*What ordinary work looks the same.* A team that installs packages that way changes its configuration now and then, from
its pipeline.

*What is not it.* Calls that failed. A new configuration that no notebook has yet.

*Where it is blind.* What was changed: CloudTrail hides the script. A notebook that is given another configuration; the
lifecycle configurations of SageMaker Studio.
"""

from __future__ import annotations

from vedette.detectors.custom_rule import Shown, custom_type, rule, text_of, thing
from vedette.detectors.declare import calls
from vedette.detectors.finding_type import MEDIUM
from vedette.logs.cloudtrail import ApiCall
from vedette.simulate import iam_user, role_session, story

# 1. The finding type.

NOTEBOOK_SCRIPT = custom_type(
    "Execution:SageMaker/CommandAndScriptingInterpreter", MEDIUM, ("T1059", "T1037"),
    "Ask whoever holds these credentials whether they meant it. If not, disable the credentials, read the script that "
    "the configuration has now, and look at what its notebooks' roles did since.")

# 2. Settings: none.

# 3. The logic.


@rule("sagemaker-lifecycle-config-modified", "SageMakerLifecycleConfigModified", NOTEBOOK_SCRIPT, MEDIUM,
      on=calls("sagemaker.amazonaws.com", "UpdateNotebookInstanceLifecycleConfig"),
      says="Its commands run as root when a notebook that has it is started.")
def lifecycle_config_modified(call: ApiCall) -> Shown:
    """The start-up script of notebooks was changed."""
    name = text_of(call.request.get("notebookInstanceLifecycleConfigName"))
    return Shown(f"changed {thing('lifecycle configuration', name)} of notebooks",
                 (("AWS::SageMaker::NotebookInstanceLifecycleConfig", name),))


# 4. EXAMPLES.

_CONFIG = {"notebookInstanceLifecycleConfigName": "install-packages", "onStart": [{"content": "***"}]}

EXAMPLES = [
    story("commands are written into a notebook's start-up script",
          iam_user("mallory").calls("sagemaker", "UpdateNotebookInstanceLifecycleConfig", _CONFIG)).fires(
        NOTEBOOK_SCRIPT, {"customDetectionRuleName": "SageMakerLifecycleConfigModified", "severity": MEDIUM,
                          "title": "IAM user mallory changed lifecycle configuration install-packages of notebooks."}),
    story("the change is denied, and a pipeline makes a new configuration",
          iam_user("mallory").calls("sagemaker", "UpdateNotebookInstanceLifecycleConfig", _CONFIG,
                                    error="AccessDeniedException"),
          role_session("deploy", "release-41").calls(
              "sagemaker", "CreateNotebookInstanceLifecycleConfig", _CONFIG)).silent(),
]
