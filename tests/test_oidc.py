"""Signing in at an OpenID provider, a real one on this computer: over HTTP, as an attacker, and in a browser."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request

from metrics import account
from metrics.account import Role
from metrics.errors import Refused
from metrics.model import Act, OpenId
from metrics.store import open_store
from metrics.web.gate import BROWSER
from metrics.web.openid import CANCELLED, FAILED, STALE, UNKNOWN, Provider, secret_of
from tests.between import Relay, between
from tests.builders import NOW, copy_of_board
from tests.people import PASSWORD, join
from tests.provider import CLIENT, CLIENT_SECRET, provider
from tests.provider import Provider as Running
from tests.servers import ROOT, Server, board_server, free_port, opened_page, settled, started, watched
from tests.test_sign_in import change
from tests.test_sign_in_browser import looked_at

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Claims = dict[str, Any]


@pytest.fixture(scope="module")
def idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The provider."""
    with provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """Through which the board, and nobody else, asks the provider."""
    with between() as running:
        yield running


def config_of(folder: Path, issuer: str) -> Path:
    config = copy_of_board(folder)
    plan = {"reading": "signed-in", "oidc": {"issuer": issuer, "client_id": CLIENT}}
    config.write_text(f"{config.read_text('utf-8')}\nsign_in: {json.dumps(plan)}\n", "utf-8")
    return config


def environment(folder: Path, issuer: str, proxy: str = "") -> dict[str, str]:
    store = folder / "board.duckdb"
    join(store, "管理员", "张三")
    join(store, "局长", role=Role.LEADER)
    opened = open_store(f"duckdb:{store}")
    account.add(opened, "李四", None, role=Role.CLERK, act=Act(at=NOW, by="root"))
    opened.close()
    return {
        "KPI_CONFIG": str(config_of(folder, issuer)), "KPI_STORE": f"duckdb:{store}", "KPI_OIDC_SECRET": CLIENT_SECRET,
        "http_proxy": proxy, "no_proxy": "",
    }  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, idp: Running, relay: Relay) -> Iterator[Server]:
    """A board that only accounts may read, before which somebody may sign in at the provider."""
    with board_server(env=environment(tmp_path_factory.mktemp("board"), idp.issuer, relay.url)) as running:
        assert relay.asked == []  # a start asks the provider for nothing
        yield running


@pytest.fixture
def visitor(server: Server, relay: Relay) -> Iterator[httpx2.Client]:
    """A browser as far as cookies go; what the relay changed is the provider's own again at the end."""
    with httpx2.Client(base_url=server.url, trust_env=False, timeout=20) as client:
        yield client
    relay.changes.clear()


# What somebody does


def at_provider(visitor: httpx2.Client, to: str = "/", *, begun: Callable[[str], str] = str) -> str:
    """Begin at the board; where the provider is asked to sign somebody in."""
    answer = visitor.get(f"/sign-in-oidc?next={quote(to, safe='')}")
    assert answer.status_code == 302
    return begun(answer.headers["Location"])


def back_with_code(visitor: httpx2.Client, asked: str, name: str = "张三") -> str:
    """Sign in at the provider; the address of the board to which it leads back."""
    page = visitor.get(asked, follow_redirects=True)
    mark = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
    form = {"csrfmiddlewaretoken": mark, "username": name, "password": PASSWORD}
    answer = visitor.post(page.url, data=form)
    while "/signed-in-oidc" not in answer.headers["Location"]:
        answer = visitor.get(urljoin(str(answer.url), answer.headers["Location"]))
    return str(answer.headers["Location"])


def come_back(visitor: httpx2.Client, name: str = "张三", to: str = "/") -> httpx2.Response:
    """The whole way; the board's answer to who comes back."""
    return visitor.get(back_with_code(visitor, at_provider(visitor, to), name))


def is_in(visitor: httpx2.Client) -> bool:
    return visitor.get("/account").status_code == 200


def lines(server: Server, visitor: httpx2.Client) -> list[str]:
    """What the audit says of sign-ins, newest first, as an administrator reads it."""
    mark = re.findall(r'name="csrf" value="([^"]+)"', visitor.get("/sign-in").text)[0]
    form = {"csrf": mark, "name": "管理员", "password": PASSWORD}
    visitor.post("/sign-in", data=form, headers={"Origin": server.url})
    return visitor.get("/audit?as=csv").text.splitlines()[1:]


# In


@pytest.mark.parametrize("name", ["张三", "李四", "局长"])  # with a password, without one, named in userinfo only
def test_who_signed_in_at_the_provider_is_in_on_the_page_that_was_asked_for(visitor: httpx2.Client, name: str) -> None:
    to = "/indicator?code=hazard-rate&month=2023-10"
    assert visitor.get(to).headers["Location"] == f"./sign-in?next={quote(to, safe='')}"
    answer = come_back(visitor, name, to)
    assert (answer.status_code, answer.headers["Location"]) == (303, to)
    own = visitor.get("/account").text
    assert f"<h1>{name}</h1>" in own
    assert "改密码" not in own


def test_the_sign_in_page_has_a_link_and_the_audit_says_by_which_way(server: Server, visitor: httpx2.Client) -> None:
    page = visitor.get("/sign-in?next=%2Fwaste%3Fa%3D1%26b%3D2").text
    assert '<a class="main" href="/sign-in-oidc?next=/waste%3Fa%3D1%26b%3D2">统一认证登录</a>' in page
    come_back(visitor)
    with httpx2.Client(base_url=server.url, trust_env=False) as admin:
        assert any("登录,张三,oidc" in line for line in lines(server, admin))


def test_the_provider_is_asked_by_code_with_pkce_state_and_nonce(visitor: httpx2.Client, server: Server) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(at_provider(visitor)).query).items()}
    assert asked.pop("redirect_uri") == f"{server.url}/signed-in-oidc"
    assert min(len(asked.pop(secret)) for secret in ("state", "nonce", "code_challenge")) >= 20
    assert asked == {
        "response_type": "code", "client_id": CLIENT, "scope": "openid profile", "code_challenge_method": "S256",
    }  # fmt: skip


def test_behind_tls_the_provider_leads_back_to_https(visitor: httpx2.Client, server: Server) -> None:
    answer = visitor.get("/sign-in-oidc", headers={"X-Forwarded-Proto": "https"})
    back = parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"]
    assert back == [f"https://127.0.0.1:{server.port}/signed-in-oidc"]
    assert answer.headers["Set-Cookie"].startswith("__Host-board-session=")


@pytest.mark.parametrize("to", ["https://evil.invalid/", "//evil.invalid", "/\\evil.invalid", "/" + "x" * 5000])
def test_it_never_leads_on_to_another_site(visitor: httpx2.Client, to: str) -> None:
    assert come_back(visitor, to=to).headers["Location"] == "/"


def test_what_the_browser_had_before_is_not_what_it_has_afterwards(visitor: httpx2.Client, server: Server) -> None:
    asked = at_provider(visitor)
    planted = visitor.cookies["board-session"]
    visitor.get(back_with_code(visitor, asked))
    assert is_in(visitor)
    thief = httpx2.get(f"{server.url}/account", cookies={"board-session": planted}, trust_env=False)
    assert thief.status_code == 303


# Who has no account


def test_who_has_no_account_is_told_so_and_the_audit_keeps_no_foreign_name(
    visitor: httpx2.Client, server: Server
) -> None:
    answer = come_back(visitor, "路人", "/waste")
    assert answer.status_code == 403
    assert f"{UNKNOWN}统一认证给出的账号名：路人" in answer.text
    assert 'name="next" value="/waste"' in answer.text
    assert not is_in(visitor)
    written = lines(server, visitor)
    assert any(f"被拒绝,,登录：{UNKNOWN}" in line for line in written)
    assert "路人" not in "".join(written)


def test_an_account_that_was_switched_off_stays_out(visitor: httpx2.Client, server: Server) -> None:
    change(server, "disable", "李四")
    try:
        answer = come_back(visitor, "李四")
    finally:
        change(server, "enable", "李四")
    assert (answer.status_code, UNKNOWN in answer.text, is_in(visitor)) == (403, True, False)
    assert any(f"被拒绝,李四,登录：{UNKNOWN}" in line for line in lines(server, visitor))


def test_switching_an_account_off_ends_its_session_here_too(visitor: httpx2.Client, server: Server) -> None:
    come_back(visitor, "李四")
    assert is_in(visitor)
    change(server, "disable", "李四")
    try:
        assert not is_in(visitor)
    finally:
        change(server, "enable", "李四")


def test_an_administrator_adds_an_account_that_has_no_password(visitor: httpx2.Client, server: Server) -> None:
    lines(server, visitor)  # signs in as one
    page = visitor.get("/accounts").text
    assert "不设密码，只由统一认证或统一入口登录" in page
    assert "/o，按 preferred_username 找账号" in page
    mark = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    form = {"csrf": mark, "do": "add", "account": "新来的", "role": "clerk", "elsewhere": "yes"}
    added = visitor.post("/accounts", data=form, headers={"Origin": server.url})
    assert added.headers["Location"] == "/accounts?done=add"
    form |= {"account": "另一个", "elsewhere": ""}
    assert "密码太弱" in visitor.post("/accounts", data=form, headers={"Origin": server.url}).text


# Forged and replayed


def refused_as(answer: httpx2.Response, visitor: httpx2.Client, said: str, status: int = 400) -> bool:
    """Whether the answer is the sign-in page with these words, and nobody is in."""
    assert (answer.status_code, "Traceback" in answer.text) == (status, False)
    return said in answer.text and not is_in(visitor)


def altered(address: str, **other: str) -> str:
    """The address with other values in its query; "" takes one out."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | other
    return parts._replace(query=urlencode({name: text for name, text in query.items() if text})).geturl()


@pytest.mark.parametrize("state", ["", "forged"])
def test_a_state_that_the_board_did_not_give_is_refused(visitor: httpx2.Client, state: str) -> None:
    back = back_with_code(visitor, at_provider(visitor))
    assert refused_as(visitor.get(altered(back, state=state)), visitor, STALE)


def test_the_way_back_of_another_browser_is_refused(visitor: httpx2.Client, server: Server) -> None:
    with httpx2.Client(base_url=server.url, trust_env=False, timeout=20) as attacker:
        back = back_with_code(attacker, at_provider(attacker))
    at_provider(visitor)
    assert refused_as(visitor.get(back), visitor, STALE)


def test_a_code_of_somebody_else_is_refused_by_pkce(visitor: httpx2.Client, server: Server) -> None:
    with httpx2.Client(base_url=server.url, trust_env=False, timeout=20) as victim:
        code = parse_qs(urlsplit(back_with_code(victim, at_provider(victim))).query)["code"][0]
    back = back_with_code(visitor, at_provider(visitor), "李四")
    assert refused_as(visitor.get(altered(back, code=code)), visitor, STALE)


def test_a_code_is_good_once(visitor: httpx2.Client) -> None:
    back = back_with_code(visitor, at_provider(visitor))
    before = dict(visitor.cookies)
    assert visitor.get(back).status_code == 303
    visitor.cookies.clear()
    for name, text in before.items():
        visitor.cookies.set(name, text, domain="127.0.0.1")
    assert refused_as(visitor.get(back), visitor, STALE)


def test_a_token_for_another_sign_in_is_refused(visitor: httpx2.Client) -> None:
    back = back_with_code(visitor, at_provider(visitor, begun=lambda url: altered(url, nonce="another")))
    assert refused_as(visitor.get(back), visitor, FAILED, 502)


def test_who_turns_back_at_the_provider_is_told_so(visitor: httpx2.Client) -> None:
    at_provider(visitor)
    assert refused_as(visitor.get("/signed-in-oidc?error=access_denied&state=x"), visitor, CANCELLED)


# What a provider, or somebody between, must not get away with


def token_with(idp: Running, alter: Callable[[Claims], Claims], key: RSAKey | None = None) -> Callable[[bytes], bytes]:
    """The provider's answer with other claims, rightly signed, or signed with another key."""

    def changed(body: bytes) -> bytes:
        answer = json.loads(body)
        own = RSAKey.import_key(idp.key)
        token = jwt.decode(answer["id_token"], own)
        answer["id_token"] = jwt.encode(token.header, alter(dict(token.claims)), key or own)
        return json.dumps(answer).encode()

    return changed


def test_the_tests_can_sign_as_the_provider_does(visitor: httpx2.Client, idp: Running, relay: Relay) -> None:
    relay.changes["/o/token/"] = token_with(idp, lambda claims: claims)
    assert come_back(visitor).status_code == 303


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"iss": "https://evil.invalid"}, id="another issuer"),
        pytest.param({"aud": "another client"}, id="another audience"),
        pytest.param({"aud": "another client", "azp": CLIENT}, id="another audience, as if for us"),
        pytest.param({"aud": [CLIENT, "x"], "azp": "x"}, id="issued to another client"),
        pytest.param({"nonce": "another"}, id="another nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"exp": 1700000000}, id="expired"),
        pytest.param({"exp": None}, id="for ever"),
        pytest.param({"sub": None}, id="nobody"),
    ],
)
def test_a_token_that_says_something_else_is_refused(
    visitor: httpx2.Client, idp: Running, relay: Relay, other: Claims
) -> None:
    relay.changes["/o/token/"] = token_with(
        idp, lambda claims: {name: said for name, said in {**claims, **other}.items() if said is not None}
    )
    assert refused_as(come_back(visitor), visitor, FAILED, 502)


@pytest.mark.parametrize("name", [None, ["张三"], {"a": 1}, 7, "", "张" * 3000])
def test_a_name_that_is_none_finds_no_account(visitor: httpx2.Client, idp: Running, relay: Relay, name: Any) -> None:
    relay.changes["/o/token/"] = token_with(idp, lambda claims: {**claims, "preferred_username": name})
    assert refused_as(come_back(visitor), visitor, UNKNOWN, 403)


def test_a_name_in_full_width_letters_is_the_same_name(visitor: httpx2.Client, idp: Running, relay: Relay) -> None:
    relay.changes["/o/token/"] = token_with(idp, lambda claims: {**claims, "preferred_username": " 张三 "})
    assert come_back(visitor).status_code == 303


def test_a_token_of_another_key_is_refused(visitor: httpx2.Client, idp: Running, relay: Relay) -> None:
    other = RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    relay.changes["/o/token/"] = token_with(idp, lambda claims: claims, other)
    assert refused_as(come_back(visitor), visitor, FAILED, 502)


def unsigned(body: bytes) -> bytes:
    answer = json.loads(body)
    said = json.loads(urlsafe_b64decode(answer["id_token"].split(".")[1] + "=="))
    del said["at_hash"]  # which has a say of its own against no algorithm
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, said)]
    answer["id_token"] = f"{'.'.join(parts)}."
    return json.dumps(answer).encode()


def changed_by_a_letter(body: bytes) -> bytes:
    answer = json.loads(body)
    head, said, sign = answer["id_token"].split(".")
    answer["id_token"] = f"{head}.{said}.{'A' if sign[0] != 'A' else 'B'}{sign[1:]}"
    return json.dumps(answer).encode()


def without(name: str) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps({key: said for key, said in json.loads(body).items() if key != name}).encode()


def with_none_offered(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "id_token_signing_alg_values_supported": ["none", "HS256"]}).encode()


@pytest.mark.parametrize(
    "change_",
    [unsigned, changed_by_a_letter, without("id_token"), lambda _: b"<html>", lambda _: b"[]", lambda _: b"7", lambda _: b""],
)  # fmt: skip
def test_an_answer_that_is_no_token_of_the_provider_is_refused(
    visitor: httpx2.Client, relay: Relay, server: Server, change_: Callable[[bytes], bytes]
) -> None:
    forgotten(visitor, relay)
    relay.changes["/o/.well-known/openid-configuration"] = with_none_offered
    relay.changes["/o/token/"] = change_
    assert refused_as(come_back(visitor), visitor, FAILED, 502)
    assert "统一认证登录没有完成" in server.log()
    assert "Traceback" not in server.log()


def test_userinfo_of_somebody_else_is_refused(visitor: httpx2.Client, relay: Relay) -> None:
    relay.changes["/o/userinfo/"] = lambda body: json.dumps({**json.loads(body), "sub": "x"}).encode()
    assert refused_as(come_back(visitor, "局长"), visitor, FAILED, 502)


@pytest.mark.parametrize(
    "metadata",
    [lambda _: b"<html>", lambda _: b"[]", lambda _: b"{}", without("authorization_endpoint"),
     lambda body: json.dumps({**json.loads(body), "issuer": "https://evil.invalid"}).encode()],
    ids=["text", "list", "nothing", "cut short", "another issuer"],
)  # fmt: skip
def test_a_provider_that_is_another_one_is_not_followed_and_the_right_one_is_again(
    visitor: httpx2.Client, relay: Relay, metadata: Callable[[bytes], bytes]
) -> None:
    forgotten(visitor, relay)
    relay.changes["/o/.well-known/openid-configuration"] = metadata
    assert refused_as(visitor.get("/sign-in-oidc"), visitor, FAILED, 502)
    relay.changes.clear()
    assert come_back(visitor).status_code == 303


def test_new_keys_of_the_provider_are_found_without_a_restart(
    visitor: httpx2.Client, idp: Running, relay: Relay
) -> None:
    forgotten(visitor, relay)
    other = RSAKey.import_key(rsa.generate_private_key(public_exponent=65537, key_size=2048), {"kid": "new"})
    assert come_back(visitor).status_code == 303
    visitor.cookies.clear()

    def by_new_key(body: bytes) -> bytes:
        answer = json.loads(body)
        token = jwt.decode(answer["id_token"], RSAKey.import_key(idp.key))
        answer["id_token"] = jwt.encode({"alg": "RS256", "kid": "new"}, token.claims, other)
        return json.dumps(answer).encode()

    relay.changes["/o/token/"] = by_new_key
    relay.changes["/o/.well-known/jwks.json"] = lambda _: json.dumps(
        {"keys": [other.as_dict(private=False, use="sig", alg="RS256")]}
    ).encode()
    assert come_back(visitor).status_code == 303
    forgotten(visitor, relay)


def forgotten(visitor: httpx2.Client, relay: Relay) -> None:
    """Have the board forget what it knows of the provider, as it does after an answer that is none."""
    visitor.cookies.clear()
    relay.changes["/o/token/"] = lambda _: b"<html>"
    come_back(visitor)
    relay.changes.clear()
    visitor.cookies.clear()


# A board without its provider


def test_a_board_whose_provider_is_away_runs_and_lets_people_in_by_password(tmp_path: Path) -> None:
    with (
        board_server(env=environment(tmp_path, f"http://localhost:{free_port()}")) as alone,
        httpx2.Client(base_url=alone.url, trust_env=False, timeout=30) as visitor,
    ):
        answer = visitor.get("/sign-in-oidc?next=/waste")
        assert (answer.status_code, FAILED in answer.text, 'value="/waste"' in answer.text) == (502, True, True)
        assert "ConnectError" in alone.log()
        assert "Traceback" not in alone.log()
        lines(alone, visitor)
        assert is_in(visitor)


def test_without_a_client_secret_it_does_not_start_and_says_what_to_do(tmp_path: Path) -> None:
    env = environment(tmp_path, "https://sso.example.org") | {"KPI_OIDC_SECRET": ""}
    output = tmp_path / "log.txt"
    ended = started(output, ROOT, {**os.environ, **env, "STREAMLIT_SERVER_PORT": str(free_port())})
    assert ended.wait(60) == 1
    said = output.read_text("utf-8")
    assert "KPI_OIDC_SECRET" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("secret", "plan"), [("", None), ("x", None), ("x", OpenId(issuer="https://a.b", client_id="c"))]
)
def test_a_secret_is_needed_only_where_there_is_a_provider(secret: str, plan: OpenId | None) -> None:
    assert secret_of(plan, {"KPI_OIDC_SECRET": secret}) == secret
    with pytest.raises(Refused, match="KPI_OIDC_SECRET"):
        secret_of(OpenId(issuer="https://a.b", client_id="c"), {})


def test_a_board_without_a_provider_does_not_load_what_only_a_provider_needs() -> None:
    asks = "import sys, metrics.web.openid; print({'authlib', 'httpx2', 'joserfc'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"


def test_a_claim_outside_the_profile_is_asked_for() -> None:
    scopes = [
        Provider(OpenId(issuer="https://a.b", client_id="c", name_claim=claim), "x").client.client_kwargs["scope"]
        for claim in ("preferred_username", "email", "employee_no")
    ]
    assert scopes == ["openid profile", "openid profile email", "openid profile"]


def told(name_claim: str = "preferred_username", **metadata: Any) -> Provider:
    """A provider that has said this of itself."""
    provider = Provider(OpenId(issuer="https://a.b", client_id="c", name_claim=name_claim), "x")
    provider.client.server_metadata |= {"_loaded_at": 1, "issuer": "https://a.b", **metadata}
    return provider


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(None, None), (["client_secret_post", "client_secret_basic"], None), (["client_secret_post"], "client_secret_post")],
)  # fmt: skip
def test_the_secret_is_sent_as_the_provider_takes_it(offered: list[str] | None, chosen: str | None) -> None:
    provider = told(token_endpoint_auth_methods_supported=offered)
    asyncio.run(provider.known())
    assert provider.client.client_kwargs.get("token_endpoint_auth_method") == chosen


@pytest.mark.parametrize(
    ("proof", "name"), [({}, "a@b"), ({"email_verified": True}, "a@b"), ({"email_verified": False}, "")]
)
def test_an_address_that_the_provider_calls_unproven_names_nobody(
    monkeypatch: pytest.MonkeyPatch, proof: Claims, name: str
) -> None:
    provider = told("email")

    async def answered(*_: Any, **__: Any) -> Claims:
        return {"userinfo": {"sub": "1", "email": "a@b", **proof}}

    monkeypatch.setattr(provider.client, "authorize_access_token", answered)
    request = Request({"type": "http", BROWSER: {}})
    assert asyncio.run(provider.name(request)) == name


# In a browser


@pytest.mark.browser
def test_a_person_presses_the_link_signs_in_there_and_is_where_they_wanted_to_be(
    browser: Browser, server: Server, idp: Running
) -> None:
    page = opened_page(browser)
    watch = watched(page, server.url)
    page.goto(f"{server.url}/waste?month=2023-10")
    assert looked_at(page) == []
    page.get_by_role("link", name="统一认证登录").click()
    page.wait_for_url("http://localhost:*/login**")
    page.get_by_label("Username").fill("局长")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("93.24").first.wait_for()
    settled(page)
    assert page.url == f"{server.url}/waste?month=2023-10"
    page.locator(".kb-me", has_text="局长").wait_for()
    assert {urlsplit(url).netloc for url in watch.foreign()} == {urlsplit(idp.issuer).netloc}
    page.context.close()
