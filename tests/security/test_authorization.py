"""The authorization matrix matches the schema, and the API enforces it, field by field and id by id."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.models import Account
from backend.api.schema import printed_matrix
from backend.global_ids import global_id
from backend.logging import configure_logs
from tests.api.documents import SCHEMA, document_reaching, fields_of, paths_from, root_of, smallest_document
from tests.desk import Desk, Person
from tests.promises import Promise
from tests.security.mutants import MUTANTS, Mutant, is_applicable
from tests.statements import each_statement

MATRIX = Path(__file__).parents[2] / "docs" / "authorization.csv"

CALLERS = ("ANONYMOUS", "SUPER_ADMIN", "MEMBER", "CUSTOMER_SUCCESS")

CANARY = "Canary-7f3a"

REFUSALS = {"UNAUTHENTICATED", "FORBIDDEN"}


@dataclass
class MatrixField:
    """A row of the matrix."""

    type_name: str
    name: str
    allowed: dict[str, bool]


def matrix() -> list[MatrixField]:
    """The rows of the file."""
    with MATRIX.open(newline="") as lines:
        return [
            MatrixField(type_name, name, {caller: line[caller] == "yes" for caller in CALLERS})
            for line in csv.DictReader(lines)
            for type_name, name in [line["field"].split(".")]
        ]


def person_of_role(desk: Desk, caller: str) -> Person:
    """A person with the role of this column."""
    people = {
        "SUPER_ADMIN": desk.super_admin,
        "MEMBER": desk.member,
        "CUSTOMER_SUCCESS": desk.customer_success,
    }
    return people[caller] if caller in people else desk.stranger()


def codes_of(body: dict[str, Any]) -> set[str]:
    """The error codes of an answer."""
    return {error["extensions"]["code"] for error in body.get("errors", [])}


def test_the_authorization_matrix_matches_the_schema(promise: Promise) -> None:
    assert MATRIX.read_text(encoding="utf-8") == printed_matrix()
    schema = {
        f"{kind.name}.{name}"
        for kind in SCHEMA.type_map.values()
        if hasattr(kind, "fields") and not hasattr(kind, "is_one_of") and not kind.name.startswith("__")
        for name in kind.fields
    }
    declared = {f"{field.type_name}.{field.name}" for field in matrix()}
    assert declared == schema
    promise("Fields with a declared rule, of those in the schema", f"{len(declared)} of {len(schema)}")


@pytest.mark.parametrize("caller", CALLERS)
async def test_root_fields_are_allowed_exactly_to_the_roles_of_the_matrix(desk: Desk, caller: str) -> None:
    allowed = {field.name: field.allowed[caller] for field in matrix() if field.type_name in {"Query", "Mutation"}}
    shut_out = "UNAUTHENTICATED" if caller == "ANONYMOUS" else "FORBIDDEN"

    # Last, since signing out ends the session of the others.
    for operation, name in sorted(fields_of("query", "mutation"), key=lambda field: field[1] == "signOut"):
        answer = await person_of_role(desk, caller).asks(smallest_document(operation, name))
        if not allowed[name]:
            assert codes_of(answer.body) == {shut_out}, name
        # An unknown refresh token is no session: that is an answer of the field, not of its guard.
        elif name != "refreshSession":
            assert not codes_of(answer.body) & REFUSALS, name


def types_by_root(ids: dict[str, str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each root field of queries with each object type that it reaches, and the path to it."""
    for _, root in fields_of("query"):
        for type_name, path in paths_from(root, ids.get(root, "")).items():
            yield root, type_name, path


@pytest.mark.parametrize("caller", CALLERS)
async def test_object_fields_are_visible_exactly_to_the_roles_of_the_matrix(
    desk: Desk, caller: str, promise: Promise
) -> None:
    request = await desk.super_admin.files("datapoints", accountId=await desk.account(), delta=5)
    assert request.request is not None
    account_id = request.request["account"]["id"]
    ids = {"account": account_id, "node": account_id, "preview": account_id, "changeRequest": request.id}
    lines = matrix()
    roots = {field.name: field.allowed[caller] for field in lines if field.type_name == "Query"}
    cells = 0

    for root, type_name, path in types_by_root(ids):
        for allowed in (True, False):
            names = [f.name for f in lines if f.type_name == type_name and f.allowed[caller] is allowed]
            if not names or (allowed and not roots[root]):
                continue
            cells += len(names)
            answer = await person_of_role(desk, caller).asks(document_reaching(path, type_name, names))
            shut_out = codes_of(answer.body) & REFUSALS
            has_data = any((answer.body.get("data") or {}).values())
            assert not (shut_out if allowed else has_data), (root, type_name, names, answer.body)
    assert cells
    promise(f"Cells of the matrix that were checked for {caller}", cells)


@pytest.fixture
async def foreign_ids(desk: Desk) -> dict[str, str]:
    """Ids of objects of another organisation by type, all with CANARY in their texts."""
    account_id = await desk.account(
        desk.rival, name=f"{CANARY} plant", client_name=f"{CANARY} client", mail_domain="rival.example"
    )
    request = await desk.outsider.files("datapoints", accountId=account_id, delta=7, comment=f"{CANARY} comment")
    return {
        "Account": account_id,
        "ChangeRequest": request.id,
        "Organisation": global_id("Organisation", desk.rival.id),
        "User": global_id("User", desk.outsider.user.id if desk.outsider.user else 0),
    }


def fields_with_id_arguments() -> list[tuple[str, str]]:
    """The root fields that take an id in an argument or within an input."""
    return [
        (operation, name) for operation, name in fields_of("query", "mutation") if _has_id_argument(operation, name)
    ]


def _has_id_argument(operation: str, name: str) -> bool:
    call = smallest_document(operation, name, "HERE")
    return '"HERE"' in call or any(
        str(arg.type).strip("!") == "ID" for arg in root_of(operation).fields[name].args.values()
    )


@pytest.mark.parametrize("caller", ["super_admin", "member"])
async def test_ids_of_another_organisation_get_the_same_answer_as_missing_ids(
    desk: Desk, foreign_ids: dict[str, str], caller: str, promise: Promise
) -> None:
    person: Person = getattr(desk, caller)
    id_fields = fields_with_id_arguments()
    assert ("query", "account") in id_fields
    assert ("mutation", "withdrawRequest") in id_fields

    for operation, name in id_fields:
        for type_name, foreign in foreign_ids.items():
            absent = global_id(type_name, 999_999_999)
            answers = [
                await person.client.post("/graphql", json={"query": smallest_document(operation, name, id_)})
                for id_ in (foreign, absent)
            ]
            bodies = [
                answer.content.replace(id_.encode(), b"ID")
                for answer, id_ in zip(answers, (foreign, absent), strict=True)
            ]
            assert bodies[0] == bodies[1], (name, type_name)
            assert [answer.status_code for answer in answers] == [answers[0].status_code] * 2
    promise(f"ID arguments swapped by {caller}", len(id_fields) * len(foreign_ids))


async def test_ids_of_another_organisation_run_the_same_statements_as_missing_ids(
    desk: Desk, foreign_ids: dict[str, str]
) -> None:
    for operation, name in fields_with_id_arguments():
        for type_name, foreign in foreign_ids.items():
            work = []
            for id_ in (foreign, global_id(type_name, 999_999_999)):
                statements: list[str] = []
                with each_statement(statements.append):
                    await desk.super_admin.asks(smallest_document(operation, name, id_))
                work.append(statements)
            assert work[0], name
            assert work[0] == work[1], (name, type_name)


async def test_answers_files_and_logs_of_one_organisation_contain_no_data_of_another(
    desk: Desk, foreign_ids: dict[str, str], environment: pytest.MonkeyPatch, promise: Promise
) -> None:
    logged = io.StringIO()
    environment.setattr("sys.stderr", logged)
    configure_logs()
    own = await desk.account(mail_domain="acme.example")
    await desk.super_admin.files("licence", accountId=own, licence="PROFESSIONAL")
    assert CANARY in json.dumps(
        (await desk.customer_success.asks("{ accounts(zone: ACTIVE) { nodes { name } } }")).data
    )
    said = []

    for person in (desk.super_admin, desk.member):
        for _, type_name, path in types_by_root(dict.fromkeys(("account", "node"), foreign_ids["Account"])):
            names = [field.name for field in matrix() if field.type_name == type_name]
            if names:
                said.append((await person.asks(document_reaching(path, type_name, names))).body)
        said += [(await person.asks(smallest_document(*field))).body for field in fields_of("query")]
        for zone in ("active", "expired"):
            said.append({"file": (await person.client.get(f"/management/{zone}.csv?q={CANARY}")).text})

    assert CANARY not in json.dumps(said)
    assert "what their role may not do" in logged.getvalue()
    assert CANARY not in logged.getvalue()
    promise(
        "Answers, files and logs searched for data of another organisation, and found with it", f"{len(said) + 1}, 0"
    )
    assert await Account.filter(name__contains=CANARY).count() == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.file)
def test_each_mutant_applies_to_the_current_code(mutant: Mutant) -> None:
    assert is_applicable(mutant)
