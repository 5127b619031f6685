import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import type { Api } from "../api/client";
import { everyPage } from "../api/pages";
import type { GetAdministratorAccountResponse, Invitation, Member, UnprocessedAccount } from "../api/shapes";
import { AdminButton } from "../parts/AdminButton";
import { Listing } from "../parts/Listing";
import { Shown } from "../parts/Shown";
import { Sure } from "../parts/Sure";
import { Time } from "../parts/Time";
import { Empty, Trouble } from "../parts/Trouble";
import { useChange } from "../parts/useChange";
import { useTitle } from "../parts/useTitle";
import { Value } from "../parts/Value";
import { useAsk, useDetector } from "../state/asking";
import { text } from "../strings";
import { deedsOf, GRAVE, isAssociated, type Deed } from "../values/members";
import { count } from "../values/number";
import { milliseconds } from "../values/time";

const say = text.accounts;

/** The first account that the server did not process is an error to the user. */
async function processed(asked: Promise<{ unprocessedAccounts: UnprocessedAccount[] }>): Promise<void> {
  const [first] = (await asked).unprocessedAccounts;
  if (first !== undefined) throw new Error(say.unprocessed(first.accountId, first.result));
}

const DO: Record<Deed, (api: Api, detectorId: string, member: Member) => Promise<void>> = {
  invite: (api, detectorId, { accountId }) =>
    processed(api.call("InviteMembers", { detectorId, accountIds: [accountId], disableEmailNotification: true })),
  start: (api, detectorId, { accountId }) => processed(api.call("StartMonitoringMembers", { detectorId, accountIds: [accountId] })),
  stop: (api, detectorId, { accountId }) => processed(api.call("StopMonitoringMembers", { detectorId, accountIds: [accountId] })),
  withdraw: (api, detectorId, { accountId }) => processed(api.call("DisassociateMembers", { detectorId, accountIds: [accountId] })),
  remove: async (api, detectorId, { accountId, relationshipStatus }) => {
    const accountIds = [accountId];
    if (isAssociated(relationshipStatus)) await processed(api.call("DisassociateMembers", { detectorId, accountIds }));
    await processed(api.call("DeleteMembers", { detectorId, accountIds }));
  },
};

export default function Accounts() {
  useTitle(say.title);
  const detectorId = useDetector();
  const [adding, setAdding] = useState(false);
  const [asking, setAsking] = useState<{ deed: Deed; member: Member } | null>(null);
  const members = useAsk(["members"], (api, signal) => everyPage(async (token) => {
    const told = await api.call("ListMembers", { detectorId, onlyAssociated: "false", maxResults: 50, ...token }, signal);
    return { rows: told.members ?? [], nextToken: told.nextToken };
  }));
  const act = useChange(
    (api, { deed, member }: { deed: Deed; member: Member }) => DO[deed](api, detectorId, member),
    ({ deed, member }) => say.did[deed](member.accountId));
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description={say.what}>{say.title}</Header>
      <Administrator />
      <Listing
        rows={members.data} error={members.error} again={members.refetch} label={say.members}
        header={<Header variant="h2" {...(members.data === undefined ? {} : { counter: `(${count(members.data.length)})` })}
          actions={<AdminButton onClick={() => setAdding(true)}>{say.add}</AdminButton>}>{say.members}</Header>}
        empty={<Empty title={say.none} what={say.noneWhat} />}
        columns={[
          { id: "account", header: say.account, sortingField: "accountId", isRowHeader: true,
            cell: (one) => <Value value={one.accountId} attribute="accountId" entity="account" /> },
          { id: "mail", header: say.mail, sortingField: "email", cell: (one) => <Shown value={one.email} /> },
          { id: "status", header: say.status, sortingField: "relationshipStatus", cell: (one) => (
            <StatusIndicator type={indicator(one.relationshipStatus)}>{one.relationshipStatus}</StatusIndicator>) },
          { id: "invited", header: say.invited, cell: (one) => <Time ms={milliseconds(one.invitedAt)} short /> },
          { id: "updated", header: say.updated, cell: (one) => <Time ms={milliseconds(one.updatedAt)} short /> },
          { id: "actions", header: text.actions, minWidth: 220, cell: (one) => (
            <SpaceBetween direction="horizontal" size="xs">
              {deedsOf(one.relationshipStatus).map((deed) => (
                <AdminButton key={deed} variant="inline-link" disabled={act.isPending} ariaLabel={`${say.deeds[deed]} ${one.accountId}`}
                  onClick={() => GRAVE.includes(deed) ? setAsking({ deed, member: one }) : act.mutate({ deed, member: one })}>
                  {say.deeds[deed]}
                </AdminButton>
              ))}
            </SpaceBetween>) },
        ]}
      />
      <Invitations />
      {adding && <AddMember close={() => setAdding(false)} />}
      {asking !== null && (
        <Sure question={say.question(say.deeds[asking.deed], asking.member.accountId)} what={say.sure[asking.deed]}
          verb={say.deeds[asking.deed]} no={() => setAsking(null)} yes={() => {
            act.mutate(asking);
            setAsking(null);
          }} />
      )}
    </SpaceBetween>
  );
}

function indicator(relationship: string): StatusIndicatorProps.Type {
  if (relationship === "Enabled") return "success";
  return relationship === "Created" || relationship === "Invited" ? "pending" : "stopped";
}

/** Who administers this account, and leaving it. */
function Administrator() {
  const detectorId = useDetector();
  const [leaving, setLeaving] = useState(false);
  const asked = useAsk(["administrator"], async (api, signal) =>
    // The model promises an administrator; an account may have none.
    (await api.call("GetAdministratorAccount", { detectorId }, signal) as Partial<GetAdministratorAccountResponse>)
      .administrator ?? null);
  const leave = useChange((api) => api.call("DisassociateFromAdministratorAccount", { detectorId }), () => say.left);
  const accountId = asked.data?.accountId;
  return (
    <Container header={<Header variant="h2" actions={accountId !== undefined && (
      <AdminButton loading={leave.isPending} onClick={() => setLeaving(true)}>{say.leave}</AdminButton>)}>{say.administrator}</Header>}>
      {asked.error !== null
        ? <Trouble error={asked.error} again={asked.refetch} />
        : accountId === undefined
          ? <Box>{asked.isPending ? text.loading : say.noAdministrator}</Box>
          : <KeyValuePairs columns={3} items={[
            { label: say.account, value: accountId },
            { label: say.status, value: asked.data?.relationshipStatus ?? text.unknown },
            { label: say.invited, value: <Time ms={milliseconds(asked.data?.invitedAt)} /> }]} />}
      {leaving && accountId !== undefined && (
        <Sure question={say.leaveSure(accountId)} what={say.leaveWhat} verb={say.leave} no={() => setLeaving(false)} yes={() => {
          leave.mutate();
          setLeaving(false);
        }} />
      )}
    </Container>
  );
}

/** Invitations by accounts that would administer this one: to be accepted while they stand, or declined. */
function Invitations() {
  const detectorId = useDetector();
  const asked = useAsk(["invitations"], (api, signal) => everyPage(async (token) => {
    const told = await api.call("ListInvitations", { maxResults: 50, ...token }, signal);
    return { rows: told.invitations ?? [], nextToken: told.nextToken };
  }));
  const accept = useChange(
    (api, { accountId = "", invitationId = "" }: Invitation) =>
      api.call("AcceptAdministratorInvitation", { detectorId, administratorId: accountId, invitationId }),
    ({ accountId = "" }) => say.accepted(accountId));
  const decline = useChange(
    (api, { accountId = "" }: Invitation) => processed(api.call("DeclineInvitations", { accountIds: [accountId] })),
    ({ accountId = "" }) => say.declined(accountId));
  const remove = useChange(
    (api, { accountId = "" }: Invitation) => processed(api.call("DeleteInvitations", { accountIds: [accountId] })),
    () => say.deleted);
  const busy = accept.isPending || decline.isPending || remove.isPending;
  return (
    <Listing
      rows={asked.data} error={asked.error} again={asked.refetch} label={say.invitations}
      header={<Header variant="h2">{say.invitations}</Header>} empty={<Empty title={say.noInvitations} />}
      columns={[
        { id: "from", header: say.from, isRowHeader: true, cell: (one) => one.accountId ?? text.unknown },
        { id: "status", header: say.status, cell: (one) => one.relationshipStatus ?? text.unknown },
        { id: "invited", header: say.invited, cell: (one) => <Time ms={milliseconds(one.invitedAt)} short /> },
        { id: "actions", header: text.actions, cell: (one) => (
          <SpaceBetween direction="horizontal" size="xs">
            {one.relationshipStatus === "Invited" && (["accept", "decline"] as const).map((deed) => (
              <AdminButton key={deed} variant="inline-link" disabled={busy} ariaLabel={`${say[deed]} ${one.accountId ?? ""}`}
                onClick={() => (deed === "accept" ? accept : decline).mutate(one)}>{say[deed]}</AdminButton>
            ))}
            {one.relationshipStatus === "Resigned" && (
              <AdminButton variant="inline-link" disabled={busy} ariaLabel={`${text.remove} ${one.accountId ?? ""}`}
                onClick={() => remove.mutate(one)}>{text.remove}</AdminButton>
            )}
          </SpaceBetween>) },
      ]}
    />
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
