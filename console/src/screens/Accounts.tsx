import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Api } from "../api/client";
import type { GetAdministratorAccountResponse, UnprocessedAccount } from "../api/shapes";
import { AdminButton } from "../parts/AdminButton";
import { Listing } from "../parts/Listing";
import { Shown } from "../parts/Shown";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { useChange } from "../parts/useChange";
import { useTitle } from "../parts/useTitle";
import { useAsk, useDetector } from "../state/asking";
import { text } from "../strings";
import { milliseconds } from "../values/time";

const say = text.accounts;

/** The first account that the server did not process is an error to the user. */
async function processed(asked: Promise<{ unprocessedAccounts: UnprocessedAccount[] }>): Promise<void> {
  const [first] = (await asked).unprocessedAccounts;
  if (first !== undefined) throw new Error(say.unprocessed(first.accountId, first.result));
}

type Deed = (api: Api, detectorId: string, accountIds: string[]) => Promise<void>;

const DEEDS: readonly [string, Deed][] = [
  [say.invite, (api, detectorId, accountIds) =>
    processed(api.call("InviteMembers", { detectorId, accountIds, disableEmailNotification: true }))],
  [say.start, (api, detectorId, accountIds) => processed(api.call("StartMonitoringMembers", { detectorId, accountIds }))],
  [say.stop, (api, detectorId, accountIds) => processed(api.call("StopMonitoringMembers", { detectorId, accountIds }))],
  [say.remove, async (api, detectorId, accountIds) => {
    await processed(api.call("DisassociateMembers", { detectorId, accountIds }));
    await processed(api.call("DeleteMembers", { detectorId, accountIds }));
  }],
];

export default function Accounts() {
  useTitle(say.title);
  const detectorId = useDetector();
  const [adding, setAdding] = useState(false);
  const administrator = useAsk(["administrator"], async (api, signal) =>
    // The model promises an administrator; an account may have none.
    (await api.call("GetAdministratorAccount", { detectorId }, signal) as Partial<GetAdministratorAccountResponse>)
      .administrator ?? null);
  const members = useAsk(["members"], async (api, signal) =>
    (await api.call("ListMembers", { detectorId, onlyAssociated: "false", maxResults: 50 }, signal)).members ?? []);
  const invitations = useAsk(["invitations"], async (api, signal) =>
    (await api.call("ListInvitations", { maxResults: 50 }, signal)).invitations ?? []);
  const act = useChange(
    (api, { deed, account }: { deed: Deed; account: string }) => deed(api, detectorId, [account]), () => say.done);
  const accept = useChange(
    (api, { administratorId, invitationId }: { administratorId: string; invitationId: string }) =>
      api.call("AcceptAdministratorInvitation", { detectorId, administratorId, invitationId }), () => say.done);
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{say.title}</Header>
      <Container header={<Header variant="h2">{say.administrator}</Header>}>
        {administrator.error !== null
          ? <Trouble error={administrator.error} again={administrator.refetch} />
          : administrator.data?.accountId === undefined
            ? <Box>{administrator.isPending ? text.loading : say.noAdministrator}</Box>
            : <KeyValuePairs columns={3} items={[
              { label: say.account, value: administrator.data.accountId },
              { label: say.status, value: administrator.data.relationshipStatus ?? text.unknown },
              { label: say.invited, value: <Time ms={milliseconds(administrator.data.invitedAt)} /> }]} />}
      </Container>
      <Listing
        rows={members.data} error={members.error} again={members.refetch} label={say.members}
        header={<Header variant="h2" actions={<AdminButton onClick={() => setAdding(true)}>{say.add}</AdminButton>}>{say.members}</Header>}
        empty={<Empty title={say.none} what={say.noneWhat} />}
        columns={[
          { id: "account", header: say.account, sortingField: "accountId", isRowHeader: true, cell: (one) => one.accountId },
          { id: "mail", header: say.mail, cell: (one) => <Shown value={one.email} /> },
          { id: "status", header: say.status, sortingField: "relationshipStatus", cell: (one) => one.relationshipStatus },
          { id: "updated", header: say.updated, cell: (one) => <Time ms={milliseconds(one.updatedAt)} short /> },
          { id: "actions", header: text.actions, minWidth: 300, cell: (one) => (
            <SpaceBetween direction="horizontal" size="xs">
              {DEEDS.map(([name, deed]) => (
                <AdminButton key={name} variant="inline-link" ariaLabel={`${name} ${one.accountId}`}
                  onClick={() => act.mutate({ deed, account: one.accountId })}>{name}</AdminButton>
              ))}
            </SpaceBetween>) },
        ]}
      />
      <Listing
        rows={invitations.data} error={invitations.error} again={invitations.refetch} label={say.invitations}
        header={<Header variant="h2">{say.invitations}</Header>} empty={<Empty title={say.noInvitations} />}
        columns={[
          { id: "from", header: say.from, isRowHeader: true, cell: (one) => one.accountId ?? text.unknown },
          { id: "status", header: say.status, cell: (one) => one.relationshipStatus ?? text.unknown },
          { id: "invited", header: say.invited, cell: (one) => <Time ms={milliseconds(one.invitedAt)} short /> },
          { id: "actions", header: text.actions, cell: (one) => (
            <AdminButton variant="inline-link" onClick={() => accept.mutate({
              administratorId: one.accountId ?? "", invitationId: one.invitationId ?? "" })}>{say.accept}</AdminButton>) },
        ]}
      />
      {adding && <AddMember close={() => setAdding(false)} />}
    </SpaceBetween>
  );
}

function AddMember({ close }: { close: () => void }) {
  const detectorId = useDetector();
  const [accountId, setAccount] = useState("");
  const [email, setEmail] = useState("");
  const adding = useChange(
    (api) => processed(api.call("CreateMembers", { detectorId, accountDetails: [{ accountId, email }] })),
    () => say.created(accountId), { here: true });
  return (
    <Modal visible onDismiss={close} header={say.add} footer={
      <Box float="right">
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="link" onClick={close}>{text.cancel}</Button>
          <Button variant="primary" loading={adding.isPending} disabled={!/^\d{12}$/.test(accountId) || email === ""}
            onClick={() => adding.mutate(undefined, { onSuccess: close })}>{text.create}</Button>
        </SpaceBetween>
      </Box>
    }>
      <SpaceBetween size="m">
        <FormField label={say.account} constraintText={say.accountHelp}>
          <Input value={accountId} inputMode="numeric" onChange={({ detail }) => setAccount(detail.value)} />
        </FormField>
        <FormField label={say.mail}>
          <Input value={email} inputMode="email" onChange={({ detail }) => setEmail(detail.value)} />
        </FormField>
        {adding.error !== null && <Trouble error={adding.error} />}
      </SpaceBetween>
    </Modal>
  );
}
