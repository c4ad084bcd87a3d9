"""Who may reach what: the matrix is that of the schema, and the application holds it, field by field and id by id."""

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
from tests.security.mutants import MUTANTS, Mutant, fits
from tests.statements import each_statement

MATRIX = Path(__file__).parents[2] / "docs" / "authorization.csv"

CALLERS = ("ANONYMOUS", "SUPER_ADMIN", "MEMBER", "CUSTOMER_SUCCESS")

CANARY = "Canary-7f3a"

SHUT_OUT = {"UNAUTHENTICATED", "FORBIDDEN"}


@dataclass
class Field:
    """A line of the matrix."""

    type_name: str
    name: str
    allowed: dict[str, bool]


def matrix() -> list[Field]:
    """The lines of the file."""
    with MATRIX.open(newline="") as lines:
        return [
            Field(type_name, name, {caller: line[caller] == "yes" for caller in CALLERS})
            for line in csv.DictReader(lines)
            for type_name, name in [line["field"].split(".")]
        ]


def of_role(desk: Desk, caller: str) -> Person:
    """Somebody who may do what this column says."""
    people = {
        "SUPER_ADMIN": desk.super_admin,
        "MEMBER": desk.member,
        "CUSTOMER_SUCCESS": desk.customer_success,
    }
    return people[caller] if caller in people else desk.stranger()


def codes_of(body: dict[str, Any]) -> set[str]:
    """The codes of an answer's errors."""
    return {error["extensions"]["code"] for error in body.get("errors", [])}


def test_the_matrix_is_that_of_the_schema(promise: Promise) -> None:
    assert MATRIX.read_text(encoding="utf-8") == printed_matrix()
    schema = {
        f"{kind.name}.{name}"
        for kind in SCHEMA.type_map.values()
        if hasattr(kind, "fields") and not hasattr(kind, "is_one_of") and not kind.name.startswith("__")
        for name in kind.fields
    }
    declared = {f"{field.type_name}.{field.name}" for field in matrix()}
    assert declared == schema
    promise("fields with a declared rule, of those in the schema", f"{len(declared)} of {len(schema)}")


@pytest.mark.parametrize("caller", CALLERS)
async def test_a_root_field_answers_whom_the_matrix_names_and_nobody_else(desk: Desk, caller: str) -> None:
    allowed = {field.name: field.allowed[caller] for field in matrix() if field.type_name in {"Query", "Mutation"}}
    shut_out = "UNAUTHENTICATED" if caller == "ANONYMOUS" else "FORBIDDEN"

    # Signing out ends what the others stand on.
    for operation, name in sorted(fields_of("query", "mutation"), key=lambda field: field[1] == "signOut"):
        answer = await of_role(desk, caller).asks(smallest_document(operation, name))
        if not allowed[name]:
            assert codes_of(answer.body) == {shut_out}, name
        # A refresh token that nobody has is no session: that is an answer of the field, not of its guard.
        elif name != "refreshSession":
            assert not codes_of(answer.body) & SHUT_OUT, name


def types_by_root(ids: dict[str, str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each query's root field with each object type that it can lead to, and the path there."""
    for _, root in fields_of("query"):
        for type_name, path in paths_from(root, ids.get(root, "")).items():
            yield root, type_name, path


@pytest.mark.parametrize("caller", CALLERS)
async def test_an_object_shows_its_fields_to_whom_the_matrix_names_and_nobody_else(
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
            answer = await of_role(desk, caller).asks(document_reaching(path, type_name, names))
            shut_out = codes_of(answer.body) & SHUT_OUT
            shown = any((answer.body.get("data") or {}).values())
            assert not (shut_out if allowed else shown), (root, type_name, names, answer.body)
    assert cells
    promise(f"cells of the matrix that {caller} was held to", cells)


@pytest.fixture
async def foreign_ids(desk: Desk) -> dict[str, str]:
    """Objects of another organisation, by type, all with a canary in their words."""
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


def arguments_that_are_ids() -> list[tuple[str, str]]:
    """The root fields that take an id, in an argument or within an input."""
    return [(operation, name) for operation, name in fields_of("query", "mutation") if _takes_id(operation, name)]


def _takes_id(operation: str, name: str) -> bool:
    call = smallest_document(operation, name, "HERE")
    return '"HERE"' in call or any(
        str(arg.type).strip("!") == "ID" for arg in root_of(operation).fields[name].args.values()
    )


@pytest.mark.parametrize("caller", ["super_admin", "member"])
async def test_what_belongs_to_another_organisation_answers_like_what_does_not_exist(
    desk: Desk, foreign_ids: dict[str, str], caller: str, promise: Promise
) -> None:
    person: Person = getattr(desk, caller)
    swapped = arguments_that_are_ids()
    assert ("query", "account") in swapped
    assert ("mutation", "withdrawRequest") in swapped

    for operation, name in swapped:
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
    promise(f"ID arguments swapped by {caller}", len(swapped) * len(foreign_ids))


async def test_what_belongs_to_another_organisation_takes_the_work_of_what_does_not_exist(
    desk: Desk, foreign_ids: dict[str, str]
) -> None:
    for operation, name in arguments_that_are_ids():
        for type_name, foreign in foreign_ids.items():
            work = []
            for id_ in (foreign, global_id(type_name, 999_999_999)):
                statements: list[str] = []
                with each_statement(statements.append):
                    await desk.super_admin.asks(smallest_document(operation, name, id_))
                work.append(statements)
            assert work[0], name
            assert work[0] == work[1], (name, type_name)


async def test_no_answer_file_or_log_of_one_organisation_holds_a_word_of_another(
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
    promise("answers, files and logs searched for a foreign word, and found with one", f"{len(said) + 1}, 0")
    assert await Account.filter(name__contains=CANARY).count() == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.file)
def test_the_code_still_says_what_a_mutant_changes(mutant: Mutant) -> None:
    assert fits(mutant)
