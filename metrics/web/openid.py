"""Signing in at an OpenID provider: authorization code with PKCE, state and nonce, by Authlib's client for Starlette.

The provider says who somebody is, the store who has an account: nobody gets one by signing in. Authlib is loaded, and the
provider asked for its metadata, when somebody first signs in there, never at the start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from metrics import account
from metrics.errors import Refused
from metrics.login import Way
from metrics.model import OpenId
from metrics.web.gate import browser
from metrics.web.people import Pages, ask_in, back, from_where, gone_to, signed_in

SECRET: Final = "KPI_OIDC_SECRET"
BEGIN, END = "/sign-in-oidc", "/signed-in-oidc"
NEXT: Final = "oidc-next"  # in the signed session: the page to go on to
LONGEST_NEXT: Final = 1000  # the cookie of a session has to stay below 4 KB
PATIENCE: Final = 10.0  # seconds for an answer of the provider
SCOPES: Final = {"email": "email", "email_verified": "email", "phone_number": "phone"}  # of claims outside "profile"
# By the provider's own key, whatever its metadata offers: "none" is no signature, HS256 would be one by our secret.
SIGNATURES: Final = {f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {"EdDSA", "Ed25519"}
BASIC, POST = "client_secret_basic", "client_secret_post"

STALE: Final = "登录已经过期，或者不是在这个浏览器里开始的，请重新登录。"
CANCELLED: Final = "没有在统一认证登录，或者统一认证不同意您登录看板。"
FAILED: Final = "统一认证暂时不能完成登录，请过一会儿再试；仍然不行，请联系管理员。"
UNKNOWN: Final = "统一认证知道您是谁，但看板上没有您的账号，或者账号已停用，请联系管理员。"

log = logging.getLogger(__name__)


class Failed(Refused):
    """The provider does not answer, or not as a provider should."""


class Unknown(Refused):
    """The provider knows who it is, the board has no account for them."""


STATUS: Final[dict[type[Refused], int]] = {Failed: 502, Unknown: 403}


def secret_of(plan: OpenId | None, environment: Mapping[str, str]) -> str:
    """The client secret; `Refused` where a provider is set and there is none."""
    secret = environment.get(SECRET, "")
    if plan and not secret:
        raise Refused(
            f"config.yaml 设了 sign_in.oidc：请在环境变量 {SECRET} 中给出客户端密钥（client secret），再启动看板；不要写在 config.yaml 里。\n"
            f"sign_in.oidc is set: put the client secret into the environment as {SECRET}, never into config.yaml."
        )
    return secret


class Provider:
    """The provider of one board."""

    def __init__(self, plan: OpenId, secret: str) -> None:
        self.plan = plan
        self.secret = secret

    @cached_property
    def client(self) -> Any:
        """Authlib's client, which keeps what it was told of the provider."""
        from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415  a board without a provider starts without it

        scope = " ".join(["openid", "profile", *filter(None, [SCOPES.get(self.plan.name_claim)])])
        return OAuth().register(
            "oidc",
            client_id=self.plan.client_id,
            client_secret=self.secret,
            server_metadata_url=self.plan.issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"scope": scope, "code_challenge_method": "S256", "timeout": PATIENCE},
        )

    def forget(self) -> None:
        """Have the provider asked anew for its metadata and keys."""
        self.__dict__.pop("client", None)

    async def known(self) -> Any:
        """The client that knows its provider; `ValueError` where that says to be another one."""
        client = self.client
        metadata = await client.load_server_metadata()
        if metadata.get("issuer") != self.plan.issuer:
            raise ValueError(f"issuer {self.plan.issuer!r} in config.yaml, {metadata.get('issuer')!r} at the provider")
        offered = metadata.get("id_token_signing_alg_values_supported") or []
        metadata["id_token_signing_alg_values_supported"] = [one for one in offered if one in SIGNATURES] or ["RS256"]
        methods = metadata.get("token_endpoint_auth_methods_supported") or [BASIC]
        if BASIC not in methods and POST in methods:
            client.client_kwargs["token_endpoint_auth_method"] = POST
        return client

    async def begin(self, request: Request) -> Response:
        """On to the provider; `Failed` where it cannot be asked."""
        with in_words(self):
            client = await self.known()
            answer: Response = await client.authorize_redirect(
                ours(request), str(request.url.replace(path=END, query=""))
            )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def name(self, request: Request) -> str:
        """The name that the provider gives to who comes back from it, "" for none; `Refused` for who did not sign in there."""
        wanted, plan = self.plan.name_claim, self.plan
        with in_words(self):
            client = await self.known()
            token = await client.authorize_access_token(
                ours(request),
                claims_options={
                    "iss": {"essential": True, "value": plan.issuer},
                    "aud": {"essential": True, "value": plan.client_id},
                },
            )
            if "userinfo" not in token:
                raise ValueError("no ID token")
            claims = token["userinfo"]
            if wanted not in claims:  # some providers tell it on request only
                claims = {**await self.more(client, token, claims["sub"]), **claims}
        name = claims.get(wanted)
        unproven = wanted == "email" and claims.get("email_verified") is False
        return name if isinstance(name, str) and not unproven else ""

    async def more(self, client: Any, token: Mapping[str, Any], who: str) -> dict[str, Any]:
        """What the provider's userinfo says of the same person."""
        said = dict(await client.userinfo(token=token))
        if said.get("sub") != who:
            raise ValueError("userinfo is somebody else's")
        return said


@contextmanager
def in_words(provider: Provider) -> Iterator[None]:
    """Has what goes wrong at a provider end as `Refused` for who signs in, and as a line of the log for who runs the board."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415
    from authlib.integrations.base_client.errors import MismatchingStateError  # noqa: PLC0415
    from httpx2 import HTTPError, InvalidURL  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415

    try:
        yield
    except MismatchingStateError:
        raise Refused(STALE) from None
    # The last four: a provider's answer is not the JSON that it should be.
    except (
        AuthlibBaseError, JoseError, HTTPError, InvalidURL, LookupError, TypeError, ValueError, RuntimeError,
    ) as error:  # fmt: skip
        log.warning("统一认证登录没有完成：%s %r", type(error).__name__, str(error)[:500])
        words = {"access_denied": CANCELLED, "invalid_grant": STALE}.get(getattr(error, "error", ""))
        if words:
            raise Refused(words) from None
        if not isinstance(error, AuthlibBaseError):  # that one anybody can bring about: ?error=x
            provider.forget()
        raise Failed(FAILED) from None


def ours(request: Request) -> Request:
    """The request with the session of the browser in its usual place, where Streamlit has put its own."""
    return Request({**request.scope, "session": browser(request.scope)})


def openid_routes(pages: Pages, secret: str) -> list[Route]:
    """The addresses of signing in at a provider; where none is set they lead to the usual sign-in."""
    plan = pages.catalogue.declaration.sign_in.oidc
    provider = Provider(plan, secret) if plan else None

    def handler(does: Callable[[Pages, Provider, Request], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            if provider is None:
                return gone_to("/sign-in")
            await run_in_threadpool(lambda: provider.client)  # loading Authlib takes a moment
            result: Response = await does(pages, provider, request)
            return result

        return answer

    return [Route(BEGIN, handler(begin), methods=["GET"]), Route(END, handler(end), methods=["GET"])]


async def begin(pages: Pages, provider: Provider, request: Request) -> Response:
    """Leads to the provider and keeps in mind which page was asked for."""
    going = back(request.query_params.get("next", "/")[: LONGEST_NEXT + 1])
    going = going if len(going) <= LONGEST_NEXT else "/"
    try:
        answer = await provider.begin(request)
    except Refused as no:
        return await run_in_threadpool(not_in, pages, request, no, going)
    browser(request.scope)[NEXT] = going
    return answer


async def end(pages: Pages, provider: Provider, request: Request) -> Response:
    """Signs in who comes back from the provider, and goes on to the page that was asked for."""
    going = back(str(browser(request.scope).get(NEXT, "/")))
    try:
        name = await provider.name(request)
        return await run_in_threadpool(come_in, pages, request, name, going)
    except Refused as no:
        return await run_in_threadpool(not_in, pages, request, no, going)


def come_in(pages: Pages, request: Request, name: str, going: str) -> Response:
    """A new session of the active account of that name; `Unknown`, and that in the audit, where there is none.

    The audit gets no name that is no account: it is somebody else's directory that would be written down there.
    """
    door = pages.door
    found = account.find(door.store, name)
    if found is None or not found.active:
        act = door.act("", from_where(request))
        account.refused(door.store, "sign-in", found.name if found else "", act, said=UNKNOWN)
        raise Unknown(f"{UNKNOWN}统一认证给出的账号名：{name[: account.LONGEST] or '（没有）'}")
    return signed_in(pages, request, found, going, way=Way.OIDC)


def not_in(pages: Pages, request: Request, no: Refused, going: str) -> Response:
    """The sign-in page with what is wrong."""
    answer = ask_in(pages, request, {"said": str(no).splitlines()[0], "next": going})
    answer.status_code = STATUS.get(type(no), 400)
    return answer
