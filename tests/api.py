"""Every address of docs/openapi.yaml asked of a running board with made-up inputs: as nobody, clerk, administrator, and with the key.

python -m tests.api --count 500      (make api)
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias

from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case, GenerationMode, Response, checks, openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as documented

from metrics import account
from metrics.account import Entry, Role
from metrics.start import start
from metrics.store import open_store
from metrics.through import key_path
from metrics.web.guard import HEADERS
from metrics.web.loopback import KEY_HEADER
from tests.builders import NOW, ROOT, copy_of_board
from tests.people import PASSWORD, join
from tests.servers import Server, board_server
from tests.test_sign_in import Visitor

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Asked: TypeAlias = Case[Any]
DOCUMENT: Final = ROOT / "docs" / "openapi.yaml"
NAMES: Final = {"nobody": "", "clerk": "张报数", "administrator": "孙看板"}
OTHERS: Final = ("李备用", "周领导")  # names that stand on no page by themselves
SHELL: Final = "with the key"  # of the file beside the store
MAY: Final = {
    "anybody": {"nobody", *NAMES}, "reader": {"clerk", "administrator"}, "account": {"clerk", "administrator"},
    "admin": {"administrator"}, "admin, scraper": {"administrator"}, "shell": {SHELL},
}  # fmt: skip
LAWS: Final = [
    checks.not_a_server_error, documented.status_code_conformance, documented.content_type_conformance,
    documented.response_headers_conformance, documented.response_schema_conformance,
]  # fmt: skip
# What made-up text hits too seldom: the ends of the calendar, addresses of others, text that something would run.
NASTY: Final = (
    *OTHERS, "", " ", "\x00", "\ufeff", "ﷺ" * 200, "0", "-1", "9" * 18, "9" * 40, "//evil.invalid/",
    "/\\evil.invalid", "/\r\nSet-Cookie: a=b", "javascript:alert(1)", "/sign-in?next=/sign-in", "../../etc/passwd", "..%2f..%2fapp.py", "%00",
    "' OR 1=1 --", "$text", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "=1+1", "@SUM(1)", "csv", "accounts",
    "a" * 20_000,
)  # fmt: skip
DAYS: Final = ("0001-01-01", "9999-12-31", "2024-02-30", "2024-2-3", "")
UNTOUCHED: Final = {"account", "audit", "session", "secret"}  # written by signing in and by administrators
QUIET: Final = {"refused", "sign-in", "sign-out"}
ADDRESSES: Final = count(1)


@dataclass(slots=True)
class Person:
    """Somebody who asks, from another address each time, so that tries are not used up."""

    kind: str
    server: Server
    visitor: Visitor = field(init=False)
    mark: str = ""
    accepted: int = 0

    def __post_init__(self) -> None:
        self.enter()

    def enter(self) -> None:
        """A new browser, signed in, with the mark of its forms."""
        self.visitor = Visitor(self.server, address=fresh())
        name = NAMES.get(self.kind)
        if name and self.visitor.sign_in(name).status != 303:
            raise AssertionError(f"{name} cannot sign in any more")
        page = self.visitor.ask("/account" if name else "/sign-in").text
        self.mark = re.findall(r'name="csrf" value="([^"]+)"', page)[0]

    def headers(self) -> dict[str, str]:
        """What goes with every request; with the key, from this computer itself."""
        if self.kind == SHELL:
            return {KEY_HEADER: json.loads(key_path(self.server.store).read_text("utf-8"))["key"]}
        session = self.visitor.cookies.get("board-session", "")
        return {"X-Forwarded-For": fresh(), "Cookie": f"board-session={session}"}


def fresh() -> str:
    """An address that nobody has asked from."""
    number = next(ADDRESSES)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@lru_cache(maxsize=1)
def operations() -> list[Operation]:
    """Every operation of the document."""
    config = SchemathesisConfig.from_dict({})
    found = openapi.from_path(DOCUMENT, config=config).get_all_operations()
    return [one.ok() for one in found if isinstance(one, Ok)]


def may(operation: Operation) -> set[str]:
    """Who may, on a board that only accounts read."""
    return MAY[operation.definition.raw["x-may"]]


def made(operation: Operation, *, most: int, first: int) -> list[Asked]:
    """Requests made up, half of them not as the document has them; the same for the same seed."""
    found: list[Asked] = []
    how = settings(
        max_examples=most // len(modes(operation)), database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for mode in modes(operation):

        def keep(case: Asked) -> None:
            found.append(case)

        seed(first)(how(given(operation.as_strategy(generation_mode=mode))(keep)))()
    return found


def modes(operation: Operation) -> list[GenerationMode]:
    """As the document has it, and not; a header is any text, so there is no wrong one."""
    wrong = operation.query or operation.body or operation.path_parameters
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if wrong else [])]


def varied(case: Asked, person: Person, number: int) -> Asked:
    """The request with something nasty in one field, with what its form needs, with both, or as it is: in turn."""
    case = case.derive(keep_auth=True)
    fields = case.body if isinstance(case.body, dict) else case.query
    known = sorted(one.name for one in case.operation.query) or list(form_fields(case.operation))
    if isinstance(case.body, dict) and number & 2:
        fields |= likely(fields, person, OTHERS[number // 8 % len(OTHERS)], again=bool(number & 4))
    if known and number & 1:
        turn, name = divmod(number // 2, len(known))
        texts = DAYS if known[name] in {"since", "until"} else NASTY
        fields[known[name]] = texts[turn % len(texts)]
    return case


def likely(form: dict[str, Any], person: Person, other: str, *, again: bool) -> dict[str, Any]:
    """What a form needs to be more than refused: its mark, the same password twice, an account that there is."""
    given = {"csrf": person.mark}
    if "password-again" in form:
        given["password-again"] = form.get("password", "")
    if again and "do" in form:
        given["account"] = other
    if again and "name" in form and "key" not in form:
        given |= {"name": other, "password": PASSWORD}
    return given


def form_fields(operation: Operation) -> Iterator[str]:
    """The fields of its form."""
    for body in operation.body:
        schema = body.definition.get("schema", {})
        yield from schema.get("properties", {})


def ask(case: Asked, person: Person) -> Response:
    """One request."""
    return case.call(
        base_url=person.server.url, headers=person.headers(), allow_redirects=False, timeout=30, verify=False
    )


def judge(case: Asked, response: Response, person: Person, words: tuple[str, ...]) -> None:
    """The laws of every answer; `words` are indicators, which nobody may see without an account."""
    case.validate_response(response, checks=LAWS)
    got = {name: (response.headers.get(name.lower()) or [""])[0] for name in HEADERS}
    wrong = [f"{name} is {got[name]!r}" for name in HEADERS if got[name] != HEADERS[name]]
    if person.kind not in may(case.operation):
        wrong += told(case, response)
    form = case.body if isinstance(case.body, dict) else {}
    if "csrf" in form_fields(case.operation) and form.get("csrf") != person.mark and response.status_code < 400:
        wrong.append("a form without the mark of this browser was taken")
    wrong += names(case, response, person, words)
    assert wrong == [], f"{person.kind}: {case.as_curl_command()}: {response.status_code}: {wrong}"


def names(case: Asked, response: Response, person: Person, words: tuple[str, ...]) -> list[str]:
    """Whom and what the answer names, that was not in the request and that this person may not know."""
    sent, text = f"{case.path_parameters}{case.query}{case.body!r}", response.content.decode(errors="replace")
    others = sorted({*NAMES.values(), *OTHERS} - {"", NAMES.get(person.kind, "")})
    hidden = {"nobody": [*others, *words], "clerk": others}.get(person.kind, [])
    return [f"tells of {name}" for name in hidden if name in text and name not in sent]


def told(case: Asked, response: Response) -> list[str]:
    """What is wrong with the answer to who may not."""
    status, where = response.status_code, (response.headers.get("location") or [""])[0]
    to_sign_in = status == 303 and case.method == "GET" and where.startswith("./sign-in?next=")
    return [] if status >= 400 or to_sign_in or status == 301 else ["who may not was answered"]


def answers(cases: list[Asked], person: Person, words: tuple[str, ...]) -> Counter[int]:
    """The answers to these by status."""
    answered: Counter[int] = Counter()
    for number, each in enumerate(cases):
        case = varied(each, person, number)
        response = ask(case, person)
        judge(case, response, person, words)
        answered[response.status_code] += 1
        if case.method == "POST" and response.status_code == 303:
            person.accepted += case.path == "/accounts"
            person.enter()
    return answered


@dataclass(frozen=True, slots=True)
class Kept:
    """What a stopped store holds: rows of tables that no address here writes, accounts by name, and the audit."""

    tables: dict[str, list[str]]
    accounts: dict[str, str]
    audit: list[Entry]


def kept(store: Path) -> Kept:
    """What it holds now."""
    opened = open_store(f"duckdb:{store}")
    try:
        names = sorted({row["name"] for row in opened.query("SHOW TABLES")} - UNTOUCHED)
        tables = {name: sorted(map(repr, opened.query(f"SELECT COLUMNS(*)::VARCHAR FROM {name}"))) for name in names}
        tables["counter"] = [row for row in tables["counter"] if "'audit'" not in row]
        accounts = {row["name"]: repr(row) for row in opened.query("SELECT COLUMNS(*)::VARCHAR FROM account")}
        return Kept(tables, accounts, account.history(opened))
    finally:
        opened.close()


def unlawful(before: Kept, after: Kept, accepted: int) -> list[str]:
    """What is in the store that nobody was allowed to write; `accepted` is how many changes of accounts were."""
    found = [f"{name} has changed" for name in before.tables if before.tables[name] != after.tables[name]]
    new = [one for one in after.audit[len(before.audit) :] if one.event not in QUIET]
    found += [
        f"{one.event} of {one.subject} by {one.by or 'nobody'}" for one in new if one.by != NAMES["administrator"]
    ]
    if len(new) > accepted or after.audit[: len(before.audit)] != before.audit:
        found.append(f"{len(new)} changes in the audit, {accepted} accepted")
    changed = {name for name, row in after.accounts.items() if before.accounts.get(name) != row}
    return found + sorted(f"account {name} has changed" for name in changed - {one.subject for one in new})


def troubles(log: str) -> list[str]:
    """Lines of the log that tell of an error."""
    return [line for line in log.splitlines() if '"level": "error"' in line or "Traceback" in line or '"stack"' in line]


@contextmanager
def board(folder: Path) -> Iterator[tuple[Server, tuple[str, ...], Kept]]:
    """A board that only accounts may read, with the names of its indicators and what its store held before it was asked."""
    config, store = copy_of_board(folder), folder / "data" / "board.duckdb"
    config.write_text(config.read_text("utf-8") + "\nsign_in: {reading: signed-in}\n", "utf-8")
    opened = start(config, at=NOW, store_url=f"duckdb:{store}")
    words = tuple(one.name for one in opened.catalogue.indicators.values())
    join(opened.store, NAMES["administrator"])
    join(opened.store, NAMES["clerk"], OTHERS[0], role=Role.CLERK)
    join(opened.store, OTHERS[1], role=Role.LEADER)
    opened.store.close()
    before = kept(store)
    with board_server(env={"KPI_CONFIG": str(config), "KPI_STORE": f"duckdb:{store}"}) as server:
        yield server, words, before


Tried = dict[tuple[str, str], Counter[int]]


def run(folder: Path, *, most: int, first: int = 1) -> Tried:
    """The answers to all inputs tried, by operation and person; raises where a law is broken."""
    tried: Tried = {}
    with board(folder) as (server, words, before):
        people = [Person(kind, server) for kind in (*NAMES, SHELL)]
        for operation in operations():
            cases = made(operation, most=most, first=first)
            for person in people:
                if person.kind != SHELL or SHELL in may(operation):
                    tried[operation.label, person.kind] = answers(cases, person, words)
        log = server.log()
    wrong = troubles(log) + unlawful(before, kept(server.store), sum(one.accepted for one in people))
    assert wrong == [], "\n".join(wrong)
    return tried


def table(tried: Tried) -> str:
    """How many inputs were tried by whom, and how they were answered: a line for each operation."""
    kinds = (*NAMES, SHELL)
    lines = [f"{'inputs tried':<20}" + "".join(f"{kind:>15}" for kind in kinds) + "   answers"]
    for label in dict.fromkeys(label for label, _ in tried):
        by = {kind: tried.get((label, kind), Counter[int]()) for kind in kinds}
        statuses = sorted(sum(by.values(), Counter[int]()).items())
        figures = "".join(f"{by[kind].total() or '':>15}" for kind in kinds)
        lines.append(f"{label:<20}{figures}   " + ", ".join(f"{times} × {status}" for status, times in statuses))
    return "\n".join([*lines, f"{'all':<20}{sum(one.total() for one in tried.values()):>15}", ""])


def main() -> None:
    """Ask, and print how often."""
    parser = argparse.ArgumentParser(prog="make api", description="Ask a running board with made-up inputs.")
    parser.add_argument("--count", type=int, default=400, help="inputs of each operation and person")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="board-api-") as folder:
        tried = run(Path(folder), most=arguments.count, first=arguments.seed)
    sys.stdout.write(f"{table(tried)}no law broken (seed {arguments.seed}); {time.monotonic() - begun:.0f} s\n")


if __name__ == "__main__":
    main()
