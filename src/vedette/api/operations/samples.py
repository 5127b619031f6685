"""Sample findings, to see what findings look like and where they arrive."""

from __future__ import annotations

from typing import Any

from vedette.api.errors import BadRequest
from vedette.api.operation import Context, operation
from vedette.engine.samples import SampleError, example, make_samples, sampled_types
from vedette.findings.policy import Policy


@operation("CreateSampleFindings", changes=True)
def create_sample_findings(
    context: Context, *, detector_id: str, finding_types: list[str] | None = None
) -> dict[str, Any]:
    """Make a finding of each type, or of every type there is, that says it is a sample."""
    context.detector(detector_id)
    try:
        # Stories are played before the transaction: others write meanwhile.
        examples = [example(one) for one in dict.fromkeys(finding_types or sampled_types())]
    except SampleError as error:
        raise BadRequest(f"The request is rejected because findingTypes: {error}.") from error
    with context.store.transaction() as batch:
        policy = Policy.read(batch, context.destinations)
        make_samples(batch, policy, examples, context.account, context.region, context.clock())
    return {}
