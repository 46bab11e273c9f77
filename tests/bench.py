"""What the dashboard costs, as ratios to floors of the same run.

python -m tests.bench [--quick] [--only page|choice|server|memory|upload] [--store notice|demo|wide] [--out FILE]

On each of the stores of tests/bench_stores.py. The floors (tests/bench_floors/) run in turns with the dashboard: empty
pages and one with a bare chart, each as the dashboard is served ("ours") and by plain `streamlit run`; and every page of
the dashboard saved as a static one. Times are medians; a busy machine makes them longer, ratios less so. Linux only: the
processor time of another process is read from its clock.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import psutil

from tests import bench_upload
from tests.bench_pages import (
    all_places,
    learned,
    measure_bytes,
    measure_choices,
    measure_cold,
    measure_switches,
    measure_warm,
    prepared,
    reached_by_click,
    save,
    saved,
    saved_places,
)
from tests.bench_results import Line, Results, Rounds, machine, table
from tests.bench_server import (
    BATCHES,
    CORES,
    CROWDS,
    SESSIONS,
    TABS,
    measure_crowds,
    measure_memory,
    measure_starts,
    measure_waiting,
    on_cores,
)
from tests.bench_stores import STORES, Subject
from tests.servers import board_server, opened_browser, opened_page

SECTIONS = ("page", "choice", "server", "memory", "upload")
PAGE_AIM = 1.3  # times an empty page with one chart
FIRST_AIM, SECOND_AIM = 2600.0, 20.0  # kB over the wire
CHOICE_AIM = 150.0  # ms of work of server and browser together
CPU_AIM = 15.0  # ms of processor a run
DEFAULT = Rounds(warm=5, cold=2, switch=5, start=3, readers=60)
QUICK = Rounds(warm=2, cold=1, switch=2, start=1, readers=20)


def main() -> None:
    """Measure, print the tables, and keep them where --out says."""
    parser = argparse.ArgumentParser(prog="make bench", description="What the dashboard costs, beside empty pages.")
    parser.add_argument("--quick", action="store_true", help="few runs, and less to rely on")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="measure this only; may be given twice")
    parser.add_argument("--store", choices=list(STORES), action="append", help="measure on this store only")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the tables there too")
    chosen = parser.parse_args()
    rounds, sections = QUICK if chosen.quick else DEFAULT, chosen.only or SECTIONS
    texts = [
        f"## On the store: {name}\n\n{measured(STORES[name], rounds, sections)}"
        for name in chosen.store or STORES
        if set(sections) - {"upload"}
    ]
    if "upload" in sections and not chosen.store:
        texts.append(f"## Upload\n\n{machine('')}\n\n{bench_upload.table(quick=chosen.quick)}")
    text = "\n\n".join(texts)
    print(text)
    if chosen.out:
        chosen.out.write_text(text + "\n", encoding="utf-8")
    print(f"{text.count('MISS')} missed.", file=sys.stderr)


def measured(store: Callable[[Path], Subject], rounds: Rounds, sections: Collection[str]) -> str:
    """These sections on one store: the machine, then one table."""
    with tempfile.TemporaryDirectory(prefix="board-bench-") as folder, opened_browser() as browser:
        subject = store(Path(folder))
        results, pages, told = Results(pages=subject.pages), subject.pages, machine(browser.version)
        stages = prepared(Path(folder), subject)
        with contextlib.ExitStack() as stack:
            if "server" in sections:
                stack.enter_context(on_cores(CORES))
            servers = {
                name: stack.enter_context(board_server(cwd=cwd, env=environment, ready="/_stcore/health"))
                for name, (cwd, environment) in stages.items()
            }
            page = opened_page(browser)
            places = {place.name: learned(page, place) for place in all_places(servers, pages)}
            if "page" in sections:
                static = Path(folder) / "saved"
                save(page, static, servers["board"], pages)
                static_server = stack.enter_context(board_server(cwd=static, env=dict(stages["empty-ours"][1])))
                places |= {one.name: learned(page, one) for one in saved_places(static_server, pages)}
                measure_warm(page, places, rounds.warm, results)
                measure_cold(browser, places, rounds.cold, results)
                measure_bytes(browser, places, results)
            if "choice" in sections:
                measure_choices(browser, places, rounds, results)
            if "server" in sections:
                measure_switches(browser, places, rounds, results)
                measure_crowds(servers, pages, rounds, results)
                measure_waiting(servers["board"], results)
                for name, server in servers.items():
                    results.add("memory", name, psutil.Process(server.process.pid).memory_info().rss / 2**20)
        if "memory" in sections:  # the store is free again
            measure_memory(stages, pages, results)
        if "server" in sections:
            measure_starts(browser, stages, places, rounds.start, results)
        return f"{told}\n\n{table(results, lines(results))}"


def lines(results: Results) -> Iterator[Line]:
    """What is reported, in order."""
    names, clicked = list(results.pages), reached_by_click(results.pages)
    for what, label in (("warm", "address, known browser"), ("cold", "address, new browser")):
        for name in names:
            most = PAGE_AIM if what == "warm" else None
            yield Line(label=f"{label}: {name}", what=what, name=name, floor="chart", most=most, saved=saved(name))
    for what, limit in (("first", FIRST_AIM), ("second", SECOND_AIM)):
        for name in names:
            label = f"{what} visit, on the wire: {name}"
            yield Line(label=label, what=what, name=name, floor="chart", unit="kB", limit=limit, saved=saved(name))
    for name in dict.fromkeys(results.names("choice")):
        if not name.startswith("second-"):
            yield Line(label=f"{name}: work", what="choice work", name=name, floor="second", limit=CHOICE_AIM)
            yield Line(label=f"{name}: work of the server", what="choice server", name=name, floor="second")
            yield Line(label=f"{name}: work of the browser", what="choice browser", name=name, floor="second")
            yield Line(label=f"{name}: until redrawn", what="choice", name=name, floor="second")
    for name in clicked:
        yield Line(label=f"click in the sidebar: {name}", what="switch", name=name, floor="second")
    for name in clicked:
        yield Line(label=f"server processor a run: {name}", what="cpu", name=name, floor="second", limit=CPU_AIM)
    yield Line(
        label=f"memory of a session, of {BATCHES * SESSIONS}", what="session", name="board", floor="two", unit="kB"
    )
    for readers, aim in CROWDS.items():
        label = f"{readers} readers on {CORES} cores"
        yield Line(label=f"{label}: p50", what=f"{readers} p50", name="board", floor="two")
        yield Line(label=f"{label}: p95", what=f"{readers} p95", name="board", floor="two", limit=aim)
        for what, who in (("server", "the server"), ("own", "the readers")):
            yield Line(
                label=f"{label}: busy with {who}",
                what=f"{readers} {what}",
                name="board",
                floor="two",
                unit="% of a core",
            )
    yield Line(
        label=f"{TABS} open tabs wait for new figures", what="waiting", name="board", floor="", unit="% of a core"
    )
    yield Line(label="process start to first complete page", what="start", name=names[0], floor="empty")
    yield Line(label="memory of the server after all this", what="memory", name="board", floor="empty", unit="MB")


if __name__ == "__main__":
    main()
