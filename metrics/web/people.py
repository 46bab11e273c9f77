"""Pages of people, plain HTML without a session of Streamlit: sign in and out, one's own account, all accounts, the audit."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from metrics import account, login
from metrics.account import Account, Entry, Role, Sought
from metrics.board.table import as_csv
from metrics.catalogue import Catalogue
from metrics.errors import Refused
from metrics.login import Session, Way
from metrics.model import Reading
from metrics.period import SHANGHAI, clock
from metrics.web import assets
from metrics.web.attempts import DEVICE_DAYS
from metrics.web.door import Door, TooOften
from metrics.web.gate import KEY, browser, session_of
from metrics.web.wall import TEMPLATES

LARGEST_FORM: Final = 16 * 1024
CSRF: Final = "csrf"  # in the signed session, and in every form
SHOWN, EXPORTED = 200, 100_000
STALE: Final = "页面已经过期，请在这里重新填写一次。"
WAYS: Final = {Way.PASSWORD: "密码", Way.OIDC: "统一认证", Way.PROXY: "统一入口"}
VERIFIED: Final = {True: "是", False: "否"}
DOORS: Final = {"web": "网页", "terminal": "命令行", "program": "程序"}
HEADINGS: Final = ("编号", "时间", "姓名", "已验证", "事项", "对象", "说明", "途径", "地址", "系统用户")

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Pages:
    """What these pages need of the board."""

    door: Door
    catalogue: Catalogue


def people_routes(pages: Pages) -> list[Route]:
    """The addresses of people; who may not see one was refused by the gate."""
    return [
        Route("/sign-in", answering(pages, ask_in, come_in), methods=["GET", "POST"]),
        Route("/sign-out", answering(pages, None, go_out), methods=["POST"]),
        Route("/first", answering(pages, ask_first, make_first), methods=["GET", "POST"]),
        Route("/account", answering(pages, own, change_own), methods=["GET", "POST"]),
        Route("/accounts", answering(pages, everybody, change_somebody), methods=["GET", "POST"]),
        Route("/audit", answering(pages, audit, None), methods=["GET"]),
    ]


Shows = Callable[[Pages, Request, Form], Response]


def answering(pages: Pages, shows: Shows | None, does: Shows | None) -> Callable[[Request], Any]:
    """A handler: `shows` for what is asked for, with the query as its form, `does` for a form that was sent from our page."""

    async def answer(request: Request) -> Response:
        if request.method != "POST" and shows:
            return await run_in_threadpool(shows, pages, request, queried(request))
        form = await sent(request)
        if form is None or not from_our_page(request, form) or does is None:
            back = shows or ask_in
            return await run_in_threadpool(refused, back, pages, request, Refused(STALE))
        try:
            return await run_in_threadpool(does, pages, request, form)
        except Refused as no:
            return await run_in_threadpool(refused, shows or ask_in, pages, request, no, form)

    return answer


def queried(request: Request) -> Form:
    """The query as a form. What is wrong is for us to say: a link could put its own words on our page."""
    return {name: text for name, text in request.query_params.items() if name != "said"}


async def sent(request: Request) -> Form | None:
    """The fields of a form; None for one larger than any of ours, and for one that broke off."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_FORM:
                return None
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except (ValueError, ClientDisconnect):
        return None
    return {name: values[0] for name, values in fields.items()}


def from_our_page(request: Request, form: Form) -> bool:
    """Whether the form carries the mark that this browser got with its page."""
    mark = str(browser(request.scope).get(CSRF, ""))
    return bool(mark) and hmac.compare_digest(mark.encode(), form.get(CSRF, "").encode())


def refused(shows: Shows, pages: Pages, request: Request, no: Refused, form: Form | None = None) -> Response:
    """The page again with what is wrong, and with what was typed but for passwords."""
    typed = {name: text for name, text in (form or {}).items() if "password" not in name}
    answer = shows(pages, request, {**typed, "said": str(no).splitlines()[0]})
    answer.status_code = 429 if isinstance(no, TooOften) else 400
    return answer


def page(pages: Pages, request: Request, which: str, **values: Any) -> HTMLResponse:
    """A page of ours, every text in it escaped, kept by nobody."""
    mark = browser(request.scope).get(CSRF) or secrets.token_urlsafe(16)
    browser(request.scope)[CSRF] = mark
    signed = session_of(request.scope)
    html = TEMPLATES.get_template(f"people_{which}.html").render(
        css=assets.address("people.css"), organisation=pages.catalogue.organisation.short, csrf=mark, roles=account.NAMES,
        me=signed.account if signed else None, here=which, **{"said": "", "done": ""} | values,
    )  # fmt: skip
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def filled(form: Form, *names: str) -> Form:
    """What stands in these fields, "" where nothing does."""
    return {name: form.get(name, "") for name in names}


def back(address: str) -> str:
    """An address of this board to go on to; its first page for any other."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if plain and address.startswith("/") and not address.startswith("//") else "/"


def gone_to(address: str) -> Response:
    """On to another page, which is then asked for anew."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


def from_where(request: Request) -> str | None:
    """The address of the browser."""
    return request.client.host if request.client else None


def device_cookie(request: Request) -> str:
    """The name of the cookie by which a browser is known again."""
    return "__Host-board-device" if request.url.scheme == "https" else "board-device"


# Signing in and out


def ask_in(pages: Pages, request: Request, form: Form) -> Response:
    """Asks for name and password; who has signed in already goes on."""
    going = back(form.get("next", "/"))
    if session_of(request.scope) and not form.get("said"):
        return gone_to(going)
    nobody = not account.administrators(pages.door.store)
    return page(
        pages, request, "sign_in", next=going, name=form.get("name", ""), said=form.get("said", ""), nobody=nobody,
        oidc=pages.catalogue.declaration.sign_in.oidc,
    )  # fmt: skip


def come_in(pages: Pages, request: Request, form: Form) -> Response:
    """Signs in, with a new session whatever the browser had before."""
    door, where = pages.door, from_where(request)
    device = request.cookies.get(device_cookie(request), "")
    who = door.proven(form.get("name", ""), form.get("password", ""), address=where, device=device)
    return signed_in(pages, request, who, back(form.get("next", "/")))


def signed_in(pages: Pages, request: Request, who: Account, going: str, *, way: Way = Way.PASSWORD) -> Response:
    """On to the page, with a session and a browser that is known from now on."""
    old = str(browser(request.scope).get(KEY, ""))
    browser(request.scope).clear()
    browser(request.scope)[KEY] = pages.door.begin(who, way=way, address=from_where(request), instead_of=old)
    browser(request.scope)[CSRF] = secrets.token_urlsafe(16)
    answer = gone_to(going)
    answer.set_cookie(
        device_cookie(request), pages.door.attempts.device(who.name), max_age=DEVICE_DAYS * 86_400, httponly=True,
        samesite="lax", secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


def go_out(pages: Pages, request: Request, form: Form) -> Response:
    """Signs out: the session ends in the store too."""
    signed = session_of(request.scope)
    if signed:
        login.end(pages.door.store, signed.session, act=pages.door.act(signed.account.name, from_where(request)))
    browser(request.scope).clear()
    return gone_to(back(form.get("next", "/")))


def ask_first(pages: Pages, request: Request, form: Form) -> Response:
    """Asks for the first administrator, when the key of the link is right and there is none yet."""
    key = form.get("key", "")
    return page(
        pages, request, "first", key=key, open=pages.door.may_begin(key), name=form.get("name", ""),
        said=form.get("said", ""),
    )  # fmt: skip


def make_first(pages: Pages, request: Request, form: Form) -> Response:
    """Makes the first administrator and signs in."""
    password = twice(form)
    who = pages.door.first(form.get("key", ""), form.get("name", ""), password, address=from_where(request))
    return signed_in(pages, request, who, "/accounts")


def twice(form: Form) -> str:
    """The new password, when both fields say the same."""
    password = form.get("password", "")
    if password != form.get("password-again", ""):
        raise Refused("两次输入的密码不一样，没有改动。")
    return password


# One's own account


def own(pages: Pages, request: Request, form: Form) -> Response:
    """Who one is here, and a form for another password."""
    signed = signed_of(request)
    return page(
        pages, request, "account", department=department_name(pages, signed.account), until=clock(signed.expires),
        said=form.get("said", ""), done=DONE.get(form.get("done", ""), ""), way=signed.way,
    )  # fmt: skip


def change_own(pages: Pages, request: Request, form: Form) -> Response:
    """Another password, for who knows the old one; the account's other sessions end."""
    signed, door, where = signed_of(request), pages.door, from_where(request)
    device = request.cookies.get(device_cookie(request), "")
    password = twice(form)
    door.proven(signed.account.name, form.get("old-password", ""), address=where, device=device)
    act = door.act(signed.account.name, where)
    account.set_password(door.store, signed.account.name, password, act=act, here=signed.session)
    return gone_to("/account?done=password")


def signed_of(request: Request) -> Session:
    """Who is signed in, which the gate has seen to."""
    signed = session_of(request.scope)
    assert signed is not None
    return signed


DONE: Final = {
    "password": "密码已改，其他地方的登录都已退出。",
    "add": "账号已添加。",
    "switch": "已改好，立即生效。",
    "role": "角色已改，立即生效。",
    "reset": "密码已重设，这个账号的登录都已退出。",
    "end": "已退出这次登录。",
}


# Everybody's


def everybody(pages: Pages, request: Request, form: Form) -> Response:
    """All accounts, who is signed in now, and the settings in force."""
    door = pages.door
    living = login.living(door.store, at=door.now())
    departments = list(pages.catalogue.department_names.items())
    sessions = [(one, WAYS[one.way], clock(one.began), clock(one.expires)) for one in living]
    listed = [
        (one, department_name(pages, one), sum(each.account.name == one.name for each in living))
        for one in sorted(account.accounts(door.store), key=lambda one: (not one.active, one.name))
    ]
    return page(
        pages, request, "accounts", accounts=listed, sessions=sessions, departments=departments,
        typed=filled(form, "account", "role", "department"), elsewhere=signs_in_elsewhere(pages),
        settings=settings(pages), said=form.get("said", ""), done=DONE.get(form.get("done", ""), ""),
    )  # fmt: skip


def signs_in_elsewhere(pages: Pages) -> bool:
    """Whether somebody without a password can sign in."""
    plan = pages.catalogue.declaration.sign_in
    return plan.oidc is not None or plan.user_header is not None


def settings(pages: Pages) -> list[tuple[str, str]]:
    """What config.yaml lays down, as it is in force."""
    declared = pages.catalogue.declaration
    plan, kept = declared.sign_in, declared.backup
    return [
        ("查看数据", "登录后才能查看" if plan.reading is Reading.SIGNED_IN else "不用登录"),
        ("登录有效", f"{plan.hours}小时，到时须重新登录"),
        ("反向代理", "、".join(plan.proxies) or "无"),
        ("统一认证", f"{plan.oidc.issuer}，按 {plan.oidc.name_claim} 找账号" if plan.oidc else "不用"),
        ("由代理登录", f"请求头 {plan.user_header}" if plan.user_header else "不用"),
        ("每日备份", f"{kept.daily_at}，保留{kept.keep}份，在 {pages.door.store.backups}" if kept.daily_at else "不自动备份"),
        ("数据库", pages.door.store.engine.url),
    ]  # fmt: skip


def change_somebody(pages: Pages, request: Request, form: Form) -> Response:
    """Adds an account or changes one, as the button says."""
    store, name, does = pages.door.store, form.get("account", ""), form.get("do", "")
    act = pages.door.act(signed_of(request).account.name, from_where(request))
    match does:
        case "add":
            role, department = role_of(pages, form)
            password = None if form.get("elsewhere") else twice(form)
            account.add(store, name, password, role=role, department=department, act=act)
        case "role":
            role, department = role_of(pages, form)
            account.assign(store, name, role=role, department=department, act=act)
        case "disable" | "enable":
            account.switch(store, name, active=does == "enable", act=act)
        case "reset":
            account.set_password(store, name, twice(form), act=act)
        case "end":
            login.end(store, form.get("session", ""), act=act)
        case _:
            raise Refused(STALE)
    return gone_to(f"/accounts?done={'switch' if does in {'disable', 'enable'} else does}")


def role_of(pages: Pages, form: Form) -> tuple[Role, str | None]:
    """Role and department as chosen; a department counts for a clerk only, and has to be one of the catalogue."""
    if form.get("role") not in set(Role):
        raise Refused("请选择角色。")
    role, department = Role(form["role"]), form.get("department") or None
    if department is not None and department not in pages.catalogue.department_names:
        raise Refused("请选择目录里有的科室。")
    return role, department if role is Role.CLERK else None


def department_name(pages: Pages, one: Account) -> str:
    """Name of a clerk's department; its code where the catalogue has it no more; "" for none."""
    return pages.catalogue.department_names.get(one.department or "", one.department or "")


# The audit


def audit(pages: Pages, request: Request, form: Form) -> Response:
    """The audit, newest first, and as a CSV."""
    sought = wanted(form)
    if form.get("as") == "csv":
        return exported(account.trail(pages.door.store, sought, most=EXPORTED))
    found = account.trail(pages.door.store, sought, most=SHOWN + 1)
    asked = {name: form[name] for name in ("event", "text", "since", "until") if form.get(name)}
    older = urlencode({**asked, "below": found[SHOWN - 1].audit_id}) if len(found) > SHOWN else ""
    return page(
        pages, request, "audit", lines=[line(one) for one in found[:SHOWN]], events=account.EVENTS, asked=filled(form, "event", "text", "since", "until"),
        older=older, export=urlencode({**asked, "as": "csv"}),
    )  # fmt: skip


def wanted(form: Form) -> Sought:
    """What of the audit is asked for; a day that is none asks for all days."""
    below = form.get("below", "")
    return Sought(
        event=form.get("event", ""), text=form.get("text", "").strip(), since=day(form.get("since", "")),
        until=day(form.get("until", ""), later=1), below=int(below) if re.fullmatch("[0-9]{1,18}", below) else None,
    )  # fmt: skip


def day(text: str, *, later: int = 0) -> datetime | None:
    """The beginning of that day in Beijing, or of one so many days later; None for none that a calendar has."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None


def line(one: Entry) -> dict[str, str]:
    """A line of the audit in words, by heading."""
    cells = (
        str(one.audit_id), clock(one.at), one.by, VERIFIED[one.verified] if one.door != "program" else "—", account.EVENTS.get(one.event, one.event),
        one.subject, one.said or "", DOORS.get(one.door, one.door), one.address or "", one.os_user or "",
    )  # fmt: skip
    return dict(zip(HEADINGS, cells, strict=True))


def exported(found: list[Entry]) -> Response:
    """The lines as CSV, as Excel opens it; text that a spreadsheet would run is made harmless."""
    headers = {"Content-Disposition": "attachment; filename=audit.csv", "Cache-Control": "no-store"}
    return Response(
        as_csv([line(one) for one in found], columns=HEADINGS), media_type="text/csv; charset=utf-8", headers=headers
    )
