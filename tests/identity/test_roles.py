"""Who may call what: one table, held against every operation."""

import pytest

from tests.desk import NEW_ACCOUNT, Desk, Person

AS_FIELDS = ", ".join(f"{key}: {value!r}".replace("'", '"') for key, value in NEW_ACCOUNT.items())

ABSENT = "QWNjb3VudDo5OTk5OTk"
ABSENT_MAIL = "TWFpbDo5OTk5OTk5"
ABSENT_REQUEST = "Q2hhbmdlUmVxdWVzdDo5OTk5OTk"

OPERATIONS = {
    "zoneCounts": "{ zoneCounts { active } }",
    "accounts": "{ accounts(zone: ACTIVE) { totalCount } }",
    "account": f'{{ account(id: "{ABSENT}") {{ id }} }}',
    "portfolio": "{ portfolio { accounts } }",
    "clients": "{ clients }",
    "changeRequests": "{ changeRequests { totalCount } }",
    "changeRequest": f'{{ changeRequest(id: "{ABSENT_REQUEST}") {{ id }} }}',
    "node": f'{{ node(id: "{ABSENT}") {{ id }} }}',
    "homeAccounts": "{ homeAccounts { totalCount } }",
    "catalogue": "{ catalogue { mailDomains } }",
    "preview": f'{{ preview(change: {{renewal: {{accountId: "{ABSENT}"}}}}) {{ version }} }}',
    "requestNewAccount": f"mutation {{ requestNewAccount(input: {{{AS_FIELDS}}}) {{ errors {{ code }} }} }}",
    "requestDatapointsChange": (
        f'mutation {{ requestDatapointsChange(input: {{accountId: "{ABSENT}", delta: 1}}) {{ errors {{ code }} }} }}'
    ),
    "requestLicenceChange": (
        f'mutation {{ requestLicenceChange(input: {{accountId: "{ABSENT}", licence: "X"}}) {{ errors {{ code }} }} }}'
    ),
    "requestRenewal": f'mutation {{ requestRenewal(input: {{accountId: "{ABSENT}"}}) {{ errors {{ code }} }} }}',
    "approveRequest": (
        f'mutation {{ approveRequest(input: {{id: "{ABSENT_REQUEST}", previewVersion: "1-a"}}) '
        "{ errors { code } } }"
    ),
    "rejectRequest": (
        f'mutation {{ rejectRequest(input: {{id: "{ABSENT_REQUEST}", reason: "no"}}) {{ errors {{ code }} }} }}'
    ),
    "withdrawRequest": f'mutation {{ withdrawRequest(input: {{id: "{ABSENT_REQUEST}"}}) {{ errors {{ code }} }} }}',
    "mails": "{ mails { totalCount } }",
    "mail": f'{{ mail(id: "{ABSENT_MAIL}") {{ id }} }}',
    "mailHealth": "{ mailHealth { trouble } }",
    "reminderPreview": f'{{ reminderPreview(account: "{ABSENT}", milestone: ONE_WEEK) {{ subject }} }}',
    "sendMailAgain": f'mutation {{ sendMailAgain(input: {{id: "{ABSENT_MAIL}"}}) {{ errors {{ code }} }} }}',
    "updateProfile": "mutation { updateProfile(input: {}) { errors { code } } }",
}

OF_SECTION = {
    "zoneCounts",
    "accounts",
    "account",
    "portfolio",
    "clients",
    "changeRequests",
    "changeRequest",
    "node",
}
OF_SUPER_ADMIN = {
    "preview",
    "requestNewAccount",
    "requestDatapointsChange",
    "requestLicenceChange",
    "requestRenewal",
    "withdrawRequest",
}
OF_MAIL = {"mails", "mail", "mailHealth", "reminderPreview", "sendMailAgain"}
OF_ALL = {"catalogue", "updateProfile"}

MAY = {
    "super_admin": OF_SECTION | OF_SUPER_ADMIN | OF_ALL | {"homeAccounts"},
    "member": OF_ALL | {"homeAccounts"},
    "customer_success": OF_SECTION | OF_ALL | OF_MAIL | {"approveRequest", "rejectRequest"},
}


@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_role_may_do_what_the_table_says_and_nothing_else(desk: Desk, role: str, operation: str) -> None:
    person: Person = getattr(desk, role)

    answer = await person.asks(OPERATIONS[operation])

    codes = {error["extensions"]["code"] for error in answer.body.get("errors", [])}
    assert ("FORBIDDEN" in codes) is (operation not in MAY[role])
    assert codes <= {"FORBIDDEN", "NOT_FOUND"}


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_nobody_does_anything_without_signing_in(desk: Desk, operation: str) -> None:
    assert (await desk.stranger().asks(OPERATIONS[operation])).code == "UNAUTHENTICATED"


async def test_the_viewer_knows_what_their_role_may_do(desk: Desk) -> None:
    query = "{ viewer { can { manageAccounts decideRequests tendMail readAuditLog } } }"

    super_admin, member, customer_success = [
        {right for right, held in (await person.asks(query)).data["viewer"]["can"].items() if held}
        for person in (desk.super_admin, desk.member, desk.customer_success)
    ]

    assert super_admin == {"manageAccounts", "readAuditLog"}
    assert member == set()
    assert customer_success == {"decideRequests", "tendMail", "readAuditLog"}
