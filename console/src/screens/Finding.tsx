import Badge from "@cloudscape-design/components/badge";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate, useParams } from "react-router";

import { FindingActions } from "../parts/finding/FindingActions";
import { FindingBody } from "../parts/finding/FindingBody";
import { useFinding } from "../parts/finding/useFinding";
import { Severity } from "../parts/Severity";
import { Silent } from "../parts/Silent";
import { Shown } from "../parts/Shown";
import { Empty, Trouble } from "../parts/Trouble";
import { useTitle } from "../parts/useTitle";
import { Waiting } from "../parts/Waiting";
import { useDesk } from "../state/session";
import { text } from "../strings";
import { isSample } from "../values/finding";
import { visibleText } from "../values/visible";

export default function Finding() {
  const { id = "" } = useParams();
  const { to } = useDesk();
  const navigate = useNavigate();
  const asked = useFinding(id);
  const finding = asked.data;
  const title = visibleText(finding?.title ?? finding?.type ?? text.finding.title);
  useTitle(title);
  if (asked.error !== null && finding === undefined) return <Trouble error={asked.error} again={asked.refetch} />;
  if (finding === undefined) return <Waiting />;
  if (finding === null) return <Empty title={text.finding.gone} what={text.finding.goneWhat} />;
  return (
    <SpaceBetween size="m">
      <BreadcrumbGroup
        items={[{ text: text.findings.title, href: to("findings") }, { text: title, href: to(`findings/${id}`) }]}
        onFollow={(event) => {
          event.preventDefault();
          void navigate(event.detail.href);
        }}
      />
      <Header variant="h1" description={
        <>
          <Severity value={finding.severity} /> {isSample(finding) && <Badge>{text.sample}</Badge>}{" "}
          <Shown value={finding.type} />
        </>
      }>{title}</Header>
      <Silent />
      <FindingActions finding={finding} />
      <h2 className="off-screen">{text.finding.title}</h2>
      <Container><FindingBody finding={finding} /></Container>
    </SpaceBetween>
  );
}
