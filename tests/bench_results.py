"""What was measured, and the table that it makes: each figure of the dashboard beside those of the floors."""

from __future__ import annotations

import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

OURS, PLAIN = "ours", "plain"
HEAD = (
    "measured", "unit", "dashboard", "floor", "as served", "ratio", "streamlit run", "ratio", "saved page", "ratio", "aim",
    "", "runs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How often each thing is measured; `readers` is for how many seconds they read."""

    warm: int
    cold: int
    switch: int
    start: int
    readers: float


@dataclass(slots=True)
class Results:
    """What was measured on these pages: figures by (what, name), in milliseconds, bytes or megabytes."""

    pages: Mapping[str, str] = field(default_factory=dict)
    figures: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, name: str, figure: float) -> None:
        self.figures[what, name].append(figure)

    def median(self, what: str, name: str) -> float | None:
        """None for what was not measured."""
        found = self.figures.get((what, name))
        return statistics.median(found) if found else None

    def names(self, what: str) -> list[str]:
        """Of what there are such figures."""
        return [name for kind, name in self.figures if kind == what]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: a figure of the dashboard beside the same of a floor.

    most   the aim as a multiple of the floor served as ours
    limit  the aim as a figure
    saved  the name of the saved page, "" where there is none
    """

    label: str
    what: str
    name: str
    floor: str
    unit: str = "ms"
    most: float | None = None
    limit: float | None = None
    saved: str = ""


def peak() -> float:
    """The most megabytes that this process had; getrusage would tell its parent's where that is more. On Linux only."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def table(results: Results, lines: Iterator[Line]) -> str:
    """The lines of which there is something to say, as Markdown."""
    known = (line for line in lines if (line.what, line.name) in results.figures)
    return markdown(HEAD, (cells(results, line) for line in known))


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def cells(results: Results, line: Line) -> list[str]:
    """One line as it is printed: median and quartiles, then each floor with the ratio to it."""
    figures = results.figures[line.what, line.name]
    mine = statistics.median(figures)
    beside = [f"{line.floor}-{OURS}", f"{line.floor}-{PLAIN}", line.saved]
    floors = [results.median(line.what, name) for name in beside]
    told = [cell for floor in floors for cell in (printed(floor), f"{mine / floor:.2f}" if floor else "")]
    named = line.floor if any(floor is not None for floor in floors[:2]) else ""
    return [line.label, line.unit, spread(figures), named, *told, *judged(line, mine, floors[0]), str(len(figures))]


def printed(figure: float | None) -> str:
    """To three digits, so that 0.4 MB is not 0."""
    return "" if figure is None else f"{figure:.0f}" if abs(figure) >= 10 else f"{figure:.1f}"


def spread(figures: Sequence[float]) -> str:
    """The median, and the quartiles where there are enough figures for any."""
    median = printed(statistics.median(figures))
    if len(figures) < 4:
        return median
    first, _, third = statistics.quantiles(figures, n=4)
    return f"{median} ({printed(first)}–{printed(third)})"


def judged(line: Line, mine: float, floor: float | None) -> tuple[str, str]:
    """The aim, and whether it was hit; both empty without one."""
    if line.most is not None and floor is not None:
        return f"≤ {line.most} ×", "hit" if mine <= line.most * floor else "MISS"
    if line.limit is not None:
        return f"≤ {line.limit:.0f} {line.unit}", "hit" if mine <= line.limit else "MISS"
    return "", ""


def machine(browser: str) -> str:
    """Cores, memory, load and versions in a sentence."""
    memory = psutil.virtual_memory().total / 2**30
    names = ("streamlit", "plotly", "pandas", "starlette", "duckdb")
    parts = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)]
    browsers = [f"Chromium {browser}"] if browser else []
    load = f"load before {os.getloadavg()[0]:.1f}"
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {load}, {platform.system()}; {', '.join([*parts, *browsers])}."
