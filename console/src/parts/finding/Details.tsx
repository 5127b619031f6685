import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";

import type { Finding } from "../../api/shapes";
import { readAttributes } from "../../api/vedette";
import { useAsk } from "../../state/asking";
import { text } from "../../strings";
import { kindOfAttribute } from "../../values/entity";
import { additional, leaves, type Leaf } from "../../values/finding";
import { Empty } from "../Trouble";
import { Shown } from "../Shown";
import { Value } from "../Value";

const say = text.finding.details;

/** Every detail, in GuardDuty's groups, each with what can be done with it: not every one can be filtered by. */
export function Details({ finding }: { finding: Finding }) {
  const [wanted, setWanted] = useState("");
  const attributes = useAsk(["attributes"], readAttributes);
  const known = useMemo(() => new Set(attributes.data), [attributes.data]);
  const { resource, service, ...top } = finding;
  const { action, evidence, ...rest } = service ?? {};
  const { accessKeyDetails, kubernetesDetails, rdsDbUserDetails, ...affected } = resource;
  const groups: [string, Leaf[]][] = [
    [say.overview, [...leaves(top, "").map((one) => ({ ...one, attribute: one.attribute.slice(1) }))]],
    [say.actor, [
      ...leaves(accessKeyDetails, "resource.accessKeyDetails", "accessKeyDetails"),
      ...leaves(kubernetesDetails?.kubernetesUserDetails, "resource.kubernetesDetails.kubernetesUserDetails",
        "kubernetesUserDetails"),
      ...leaves(rdsDbUserDetails, "resource.rdsDbUserDetails", "rdsDbUserDetails"),
    ]],
    [say.action, leaves(action, "service.action")],
    [say.resource, [
      ...leaves(affected, "resource"),
      ...leaves(kubernetesDetails?.kubernetesWorkloadDetails, "resource.kubernetesDetails.kubernetesWorkloadDetails",
        "kubernetesWorkloadDetails"),
    ]],
    [say.evidence, leaves(evidence, "service.evidence")],
    [say.additional, leaves(additional(finding), "service.additionalInfo")],
    [say.other, leaves(rest, "service").filter((one) => !one.attribute.startsWith("service.additionalInfo."))],
  ];
  const has = (leaf: Leaf) => `${leaf.name} ${leaf.value}`.toLowerCase().includes(wanted.toLowerCase());
  const found = groups.map(([name, all]) => [name, all.filter(has)] as const).filter(([, some]) => some.length > 0);
  return (
    <SpaceBetween size="m">
      <FormField label={say.search}>
        <Input type="search" value={wanted} onChange={({ detail }) => setWanted(detail.value)} />
      </FormField>
      {found.length === 0 && <Empty title={say.none} />}
      <div className="detail-groups">
        {found.map(([name, some]) => (
          <section key={name} className="detail-group">
            <h3>{name}</h3>
            <dl>
              {some.map((leaf, place) => (
                <div key={place} className="detail-row">
                  <dt><Shown value={leaf.name} /></dt>
                  <dd><Value value={leaf.value} attribute={known.has(leaf.attribute) ? leaf.attribute : null}
                    entity={kindOfAttribute(leaf.attribute)} /></dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </SpaceBetween>
  );
}
