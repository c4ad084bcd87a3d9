"""HTTP: methods, media types, origins, cookies, and the headers of every response."""

import json

import pytest

from backend.settings import settings
from tests.running import running_desk
from tests.serving import ServedDesk, code_of

WHO = "{ viewer { email } }"
BODY = json.dumps({"query": WHO})


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/graphql",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonx",
        "text/plain; application/json",
        "",
    ],
)
async def test_a_body_of_another_content_type_is_refused(served_desk: ServedDesk, media_type: str) -> None:
    http_client = await served_desk.open_client(served_desk.desk.super_admin)

    answer = await http_client.post_body(BODY, content_type=media_type)

    assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_compressed_body_is_refused(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client()

    assert (await http_client.post_body(BODY, content_encoding="gzip")).status_code == 415


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD"])
async def test_other_methods_are_refused(served_desk: ServedDesk, method: str) -> None:
    http_client = await served_desk.open_client()

    answer = await http_client.client.request(method, "/graphql", headers={"origin": "https://evil.example"})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, GET"
    assert not any(name.startswith("access-control") for name in answer.headers)


async def test_a_method_is_not_overridden_by_a_header(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client()

    answer = await http_client.client.get(
        "/graphql",
        params={"query": "mutation { signOut { errors { code } } }"},
        headers={"x-http-method-override": "POST"},
    )

    assert (answer.status_code, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")


async def test_operations_are_answered_only_at_the_graphql_url(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client()

    assert (await http_client.client.post("/graphql;x", content=BODY)).status_code == 405


async def test_a_repeated_query_parameter_is_refused(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client()

    answer = await http_client.client.get("/graphql?extensions={}&extensions={}")

    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("accept", "told"),
    [
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
    ],
)
async def test_the_response_has_a_media_type_of_the_accept_header(
    served_desk: ServedDesk, accept: str, told: str
) -> None:
    http_client = await served_desk.open_client(accept=accept)

    answered, refused = await http_client.asks(WHO), await http_client.asks("{ nonsense }")

    assert (answered.status_code, answered.headers["content-type"]) == (200, told)
    assert (refused.status_code, refused.headers["content-type"]) == (400, told)


async def test_an_accept_header_without_a_supported_type_is_refused(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client(accept="text/html")

    answer = await http_client.asks(WHO)

    assert (answer.status_code, code_of(answer)) == (406, "NOT_ACCEPTABLE")


async def test_an_executed_operation_with_refused_fields_gets_200_and_null(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client(accept="application/graphql-response+json")

    answer = await http_client.asks("{ viewer { email } zoneCounts { active } }")

    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_cookie_without_the_csrf_header_is_ignored(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client(served_desk.desk.super_admin)
    del http_client.client.headers["x-requested-with"]

    answer = await http_client.asks(WHO)

    assert (answer.status_code, code_of(answer)) == (403, "FOREIGN_ORIGIN")


@pytest.mark.parametrize(
    ("cookies", "refused"),
    [
        (["other=1", "session={token}"], True),
        (["other=1; session={token}"], True),
        (["other=session", "a=b"], False),
        (["my-session=1; session_2=2"], False),
    ],
)
async def test_a_cookie_is_read_from_any_cookie_header_and_by_its_whole_name(
    served_desk: ServedDesk, cookies: list[str], refused: bool
) -> None:
    token = served_desk.desk.super_admin.client.cookies["session"]
    http_client, body = await served_desk.open_client(), json.dumps({"query": "{ __typename }"}).encode()
    sent = "".join(f"Cookie: {cookie.format(token=token)}\r\n" for cookie in cookies)

    said = await http_client.send_raw(
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{sent}"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )

    assert said.startswith(b"HTTP/1.1 403 " if refused else b"HTTP/1.1 200 ")


async def test_a_bearer_token_needs_no_csrf_header_and_no_origin(served_desk: ServedDesk) -> None:
    desk = served_desk.desk
    tokens = (await desk.stranger().tries_to_sign_in("ada@acme.example", "a password of tests", client="PHONE")).data[
        "signIn"
    ]["tokens"]
    http_client = await served_desk.open_client(
        authorization=f"Bearer {tokens['accessToken']}", origin="https://evil.example"
    )
    del http_client.client.headers["x-requested-with"]

    assert (await http_client.asks(WHO)).json()["data"]["viewer"]["email"] == "ada@acme.example"


@pytest.mark.parametrize("path", ["/graphql", "/", "/healthz", "/nowhere/at/all", "/assets/nothing.js"])
async def test_every_response_has_the_security_headers(served_desk: ServedDesk, path: str) -> None:
    http_client = await served_desk.open_client()

    answer = await http_client.client.get(path)

    assert "default-src" in answer.headers["content-security-policy"]
    for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"]
    assert "server" not in answer.headers or "/" not in answer.headers["server"]


async def test_hsts_is_sent_where_the_public_url_is_https(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EMP_PUBLIC_URL", "https://desk.example")
    settings.cache_clear()
    async with running_desk(signed_in=False) as desk:
        answer = await desk.stranger().client.get("/healthz")

    age, *rules = answer.headers["strict-transport-security"].split("; ")
    assert int(age.removeprefix("max-age=")) >= 31_536_000
    assert rules == ["includeSubDomains"]


@pytest.mark.parametrize("chosen", ["max-age=300", "max-age=63072000; includeSubDomains; preload", ""])
async def test_hsts_is_configurable(environment: pytest.MonkeyPatch, chosen: str) -> None:
    environment.setenv("EMP_PUBLIC_URL", "https://desk.example")
    environment.setenv("EMP_HSTS", chosen)
    settings.cache_clear()
    async with running_desk(signed_in=False) as desk:
        answer = await desk.stranger().client.get("/healthz")

    assert answer.headers.get("strict-transport-security", "") == chosen


async def test_requests_with_ambiguous_framing_are_refused(served_desk: ServedDesk) -> None:
    http_client = await served_desk.open_client()
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    body = BODY.encode()

    for pair in (
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: %d\r\nContent-Length: 5\r\n\r\n" % len(body) + body,
    ):
        said = await http_client.send_raw(head + pair)
        assert said.startswith(b"HTTP/1.1 400 ")
    await http_client.check_is_served()


@pytest.mark.parametrize(
    "path",
    [
        "/.git/config", "/.env", "/docs", "/openapi.json", "/schema.graphql", "/backend/clock.py", "/../pyproject.toml",
        "/assets/..%2f..%2fapp.py", "/assets/", "/assets/%2e%2e/index.html", "/assets/main.js.map", "/explorer/",
        "/mailbox/", "/metrics", "/server-status", "/debug",
    ],
)  # fmt: skip
async def test_no_other_files_are_served(served_desk: ServedDesk, path: str) -> None:
    http_client = await served_desk.open_client(served_desk.desk.super_admin)
    page = (await http_client.client.get("/no/screen")).content

    answer = await http_client.client.get(path)

    assert answer.status_code == 404 or answer.content == page
