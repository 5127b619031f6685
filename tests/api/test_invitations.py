"""Invitations and administrators, as the invited accounts see them."""

from __future__ import annotations

import pytest

from tests.api.accounts import NOON, Account, invited, joined, left, statuses
from vedette.findings.store import Store
from vedette.logs.times import format_time


@pytest.fixture
def store():
    with Store.in_memory() as opened:
        yield opened


@pytest.fixture
def accounts(store):
    return [Account(store, f"{number}00000000000", [NOON]).with_detector() for number in range(1, 5)]


def test_an_invitation_is_listed_and_counted_until_it_is_accepted(accounts):
    admin, member, other, _ = accounts
    invitation = invited(admin, member)
    invited(other, member)
    assert member.asks("GetInvitationsCount") == {"InvitationsCount": 2}
    assert [one["accountId"] for one in member.asks("ListInvitations")["Invitations"]] == [admin.id, other.id]
    member("AcceptAdministratorInvitation", administrator_id=admin.id, invitation_id=invitation)
    assert member.asks("GetInvitationsCount") == {"InvitationsCount": 1}
    assert member.asks("ListInvitations")["Invitations"][0] == {
        "accountId": admin.id, "invitationId": invitation, "relationshipStatus": "Enabled",
        "invitedAt": format_time(NOON)}


def test_invitations_are_listed_a_page_at_a_time(accounts):
    *admins, member = accounts
    for admin in admins:
        invited(admin, member)
    first = member.asks("ListInvitations", max_results=2)
    last = member.asks("ListInvitations", max_results=2, next_token=first["NextToken"])
    assert [one["accountId"] for one in first["Invitations"] + last["Invitations"]] == [one.id for one in admins]
    assert "NextToken" not in last


def test_only_the_invited_account_accepts_and_only_with_its_invitation(accounts):
    admin, member, other, _ = accounts
    invitation = invited(admin, member)
    for account, administrator, given in ((member, admin, "0" * 32), (member, admin, ""), (member, other, invitation),
                                          (other, admin, invitation)):
        assert "has not sent" in account.refused(
            "AcceptAdministratorInvitation", administrator_id=administrator.id, invitation_id=given)
    assert statuses(admin) == {member.id: "Invited"}


def test_a_member_that_was_only_created_cannot_accept_without_an_invitation(accounts):
    admin, member, *_ = accounts
    admin("CreateMembers", account_details=[{"accountId": member.id, "email": "a@b"}])
    assert "has not sent" in member.refused(
        "AcceptAdministratorInvitation", administrator_id=admin.id, invitation_id="")


def test_an_account_has_one_administrator(accounts):
    admin, member, other, _ = accounts
    joined(admin, member)
    invitation = invited(other, member)
    why = member.refused("AcceptAdministratorInvitation", administrator_id=other.id, invitation_id=invitation)
    assert admin.id in why
    assert statuses(other) == {member.id: "Invited"}
    member("DisassociateFromAdministratorAccount")
    member("AcceptAdministratorInvitation", administrator_id=other.id, invitation_id=invitation)
    assert (statuses(admin), statuses(other)) == ({member.id: "Resigned"}, {member.id: "Enabled"})


def test_an_administrator_does_not_become_a_member_nor_a_members_invitation_a_chain(accounts):
    top, admin, member, _ = accounts
    chained = invited(admin, member)
    joined(top, admin)
    assert "become a member" in member.refused(
        "AcceptAdministratorInvitation", administrator_id=admin.id, invitation_id=chained)
    invitation = invited(member, top)
    assert "has members itself" in top.refused(
        "AcceptAdministratorInvitation", administrator_id=member.id, invitation_id=invitation)


def test_a_declined_invitation_stays_until_it_is_deleted_and_cannot_be_accepted(accounts):
    admin, member, *_ = accounts
    invitation = invited(admin, member)
    assert left(member.asks("DeclineInvitations", account_ids=[admin.id])) == {}
    assert [one["relationshipStatus"] for one in member.asks("ListInvitations")["Invitations"]] == ["Resigned"]
    assert "has not sent" in member.refused(
        "AcceptAdministratorInvitation", administrator_id=admin.id, invitation_id=invitation)
    assert left(member.asks("DeleteInvitations", account_ids=[admin.id])) == {}
    assert member.asks("ListInvitations")["Invitations"] == []
    assert statuses(admin) == {member.id: "Resigned"}
    assert invited(admin, member) != invitation


def test_invitations_that_there_are_not_or_that_were_accepted_are_left(accounts):
    admin, member, other, _ = accounts
    joined(admin, member)
    for name in ("DeclineInvitations", "DeleteInvitations"):
        why = left(member.asks(name, account_ids=[admin.id, other.id]))
        assert "disassociate" in why[admin.id]
        assert "has not invited" in why[other.id]
    assert statuses(admin) == {member.id: "Enabled"}


def test_inviting_again_repeats_the_invitation(accounts):
    admin, member, *_ = accounts
    invitation = invited(admin, member)
    assert left(admin("InviteMembers", account_ids=[member.id])) == {}
    member("AcceptAdministratorInvitation", administrator_id=admin.id, invitation_id=invitation)


def test_a_withdrawn_invitation_is_gone(accounts):
    admin, member, *_ = accounts
    invited(admin, member)
    admin("DisassociateMembers", account_ids=[member.id])
    assert member.asks("ListInvitations")["Invitations"] == []


def test_a_member_sees_its_administrator_and_others_see_none(accounts):
    admin, member, *_ = accounts
    joined(admin, member)
    (invitation,) = member.asks("ListInvitations")["Invitations"]
    assert member("GetAdministratorAccount") == {"Administrator": {
        "accountId": admin.id, "invitationId": invitation["invitationId"], "relationshipStatus": "Enabled",
        "invitedAt": format_time(NOON)}}
    assert admin("GetAdministratorAccount") == {"Administrator": None}


def test_a_stopped_member_still_has_its_administrator_and_can_leave(accounts):
    admin, member, *_ = accounts
    joined(admin, member)
    admin("StopMonitoringMembers", account_ids=[member.id])
    assert member("GetAdministratorAccount")["Administrator"]["relationshipStatus"] == "Disabled"
    member("DisassociateFromAdministratorAccount")
    assert statuses(admin) == {member.id: "Resigned"}
    assert "no administrator" in member.refused("DisassociateFromAdministratorAccount")


def test_the_older_names_do_the_same(accounts):
    admin, member, *_ = accounts
    invitation = invited(admin, member)
    member("AcceptInvitation", master_id=admin.id, invitation_id=invitation)
    assert member("GetMasterAccount")["Master"] == member("GetAdministratorAccount")["Administrator"]
    member("DisassociateFromMasterAccount")
    assert member("GetMasterAccount") == {"Master": None}
    assert statuses(admin) == {member.id: "Resigned"}
