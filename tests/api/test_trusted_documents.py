"""What this product's clients send is known by its hash: by POST, by GET with an answer to keep, and nothing else."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backend.api.execution.trusted_documents import trusted_documents
from backend.settings import settings
from tests.desk import Desk, Person
from tests.running import running_desk

ACCOUNTS = "query Accounts($zone: Zone!) { accounts(zone: $zone) { nodes { name } } }"
RENEW = "mutation Renew($id: ID!) { requestRenewal(input: {accountId: $id}) { errors { code } } }"
ONLY_IN_THE_OLD_APP = "query Old { viewer { email } }"
UNKNOWN = "query Unknown { viewer { name } }"


def sha256(text: str) -> str:
    """A document's name."""
    return hashlib.sha256(text.encode()).hexdigest()


def named(digest: Any) -> dict[str, Any]:
    """The extension that names a document."""
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


@pytest.fixture
def versions(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """Two versions of an app side by side."""
    (tmp_path / "1.0.json").write_text(json.dumps({sha256(text): text for text in (ACCOUNTS, ONLY_IN_THE_OLD_APP)}))
    (tmp_path / "2.0.json").write_text(json.dumps({sha256(text): text for text in (ACCOUNTS, RENEW)}))
    environment.setenv("EMP_TRUSTED_DOCUMENTS", str(tmp_path))
    settings.cache_clear()
    return tmp_path


async def posts(person: Person, body: Any) -> httpx2.Response:
    """Send a body as JSON."""
    return await person.client.post("/graphql", json=body)


async def gets(person: Person, digest: str, headers: dict[str, str] | None = None, **variables: Any) -> httpx2.Response:
    """Ask by GET for what a hash names."""
    parameters = {"extensions": json.dumps(named(digest)), "variables": json.dumps(variables)}
    return await person.client.get("/graphql", params=parameters, headers=headers)


def code(response: httpx2.Response) -> str:
    """The code of a refusal; nothing was executed."""
    body = response.json()
    assert "data" not in body
    (error,) = body["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("text", [ACCOUNTS, ONLY_IN_THE_OLD_APP])
async def test_a_document_of_any_version_is_known_by_its_hash(versions: Path, desk: Desk, text: str) -> None:
    answer = await posts(desk.super_admin, {"extensions": named(sha256(text)), "variables": {"zone": "ACTIVE"}})

    assert answer.status_code == 200
    assert "errors" not in answer.json()


async def test_a_hash_that_is_not_known_is_answered_in_the_words_that_clients_look_for(
    versions: Path, desk: Desk
) -> None:
    answer = await posts(desk.super_admin, {"extensions": named(sha256(UNKNOWN))})

    assert (answer.status_code, code(answer)) == (400, "PERSISTED_QUERY_NOT_FOUND")
    assert answer.json()["errors"][0]["message"] == "PersistedQueryNotFound"


async def test_a_text_with_its_own_hash_is_executed_but_not_remembered(versions: Path, desk: Desk) -> None:
    both = await posts(desk.super_admin, {"query": UNKNOWN, "extensions": named(sha256(UNKNOWN))})
    by_hash = await posts(desk.super_admin, {"extensions": named(sha256(UNKNOWN))})

    assert both.json()["data"]["viewer"]["name"] == "Ada"
    assert code(by_hash) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_text_with_the_hash_of_another_one_is_refused(versions: Path, desk: Desk) -> None:
    answer = await posts(desk.super_admin, {"query": UNKNOWN, "extensions": named(sha256(ACCOUNTS))})

    assert (answer.status_code, code(answer)) == (400, "PERSISTED_QUERY_MISMATCH")


@pytest.mark.parametrize("digest", [["a"], {}, 7, None, True, "", "zz", "A" * 64, sha256(ACCOUNTS) + "0"])
async def test_what_is_no_hash_is_refused(versions: Path, desk: Desk, digest: Any) -> None:
    answer = await posts(desk.super_admin, {"query": UNKNOWN, "extensions": named(digest)})

    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


async def test_only_trusted_documents_are_taken_where_the_settings_say_so(
    versions: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EMP_TRUSTED_DOCUMENTS_ONLY", "true")
    settings.cache_clear()
    async with running_desk(signed_in=False) as desk:
        stranger = desk.stranger()

        free = await posts(stranger, {"query": UNKNOWN})
        with_its_hash = await posts(stranger, {"query": UNKNOWN, "extensions": named(sha256(UNKNOWN))})
        trusted = await posts(stranger, {"query": ONLY_IN_THE_OLD_APP})

    assert [code(free), code(with_its_hash)] == ["TRUSTED_DOCUMENTS_ONLY"] * 2
    assert trusted.json()["data"] == {"viewer": None}


async def test_a_phone_that_has_the_answer_already_is_not_sent_it_again(versions: Path, desk: Desk) -> None:
    await desk.account(name="Plant 7")
    first = await gets(desk.super_admin, sha256(ACCOUNTS), zone="ACTIVE")

    again = await gets(desk.super_admin, sha256(ACCOUNTS), {"if-none-match": first.headers["etag"]}, zone="ACTIVE")
    await desk.account(name="Plant 8")
    changed = await gets(desk.super_admin, sha256(ACCOUNTS), {"if-none-match": first.headers["etag"]}, zone="ACTIVE")

    assert first.json()["data"]["accounts"]["nodes"] == [{"name": "Plant 7"}]
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_an_answer_by_get_is_kept_by_its_viewer_alone(versions: Path, desk: Desk) -> None:
    await desk.account()
    ours = await gets(desk.super_admin, sha256(ACCOUNTS), zone="ACTIVE")
    theirs = await gets(desk.outsider, sha256(ACCOUNTS), {"if-none-match": ours.headers["etag"]}, zone="ACTIVE")

    assert ours.headers["cache-control"] == "private, no-cache"
    assert {"authorization", "cookie"} <= {name.strip().lower() for name in ours.headers["vary"].split(",")}
    assert theirs.status_code == 200


async def test_what_failed_is_not_kept(versions: Path, desk: Desk) -> None:
    refused = await gets(desk.member, sha256(ACCOUNTS), zone="ACTIVE")

    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "etag" not in refused.headers
    assert refused.headers["cache-control"] == "no-store"


async def test_a_mutation_does_not_come_by_get(versions: Path, desk: Desk) -> None:
    answer = await gets(desk.super_admin, sha256(RENEW), id=await desk.account())

    assert (answer.status_code, code(answer), answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST, GET")
    requests = await desk.customer_success.asks("{ changeRequests { totalCount } }")
    assert requests.data["changeRequests"]["totalCount"] == 0


@pytest.mark.parametrize(
    "query_string", ["", "query={viewer{name}}", f"query={ACCOUNTS}&extensions={json.dumps(named(sha256(ACCOUNTS)))}"]
)
async def test_a_text_does_not_come_by_get(versions: Path, desk: Desk, query_string: str) -> None:
    answer = await desk.super_admin.client.get(f"/graphql?{query_string}")

    assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")


def test_a_text_under_a_hash_that_is_not_its_own_is_left_out(versions: Path) -> None:
    (versions / "3.0.json").write_text(json.dumps({sha256(UNKNOWN): ACCOUNTS}))

    assert sha256(UNKNOWN) not in trusted_documents(versions / "no-page")


@pytest.mark.parametrize("content", ["[]", '{"a": 1}', "{"])
def test_a_file_that_holds_no_documents_is_refused_at_the_start(versions: Path, content: str) -> None:
    (versions / "3.0.json").write_text(content)

    with pytest.raises(ValueError, match=r"3\.0\.json|Expecting"):
        trusted_documents(versions / "no-page")
