"""What a person can put right: a problem, its place and the next step, shown word for word."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file that people edit.

    line   line of the file, counted from 1; 0 when the file as a whole is meant
    what   what is wrong and what to do, in one sentence
    """

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}" if self.line else self.what


class Refused(Exception):
    """Work that stops because of something a person can put right; `str()` is the whole message."""


def refused_file(file: str, problems: list[Problem], *, before: str) -> Refused:
    """All problems of one file at once, in line order, as one `Refused`."""
    ordered = sorted(problems, key=lambda problem: problem.line)
    head = f"{file}: {len(ordered)} to correct before {before}. （{file} 有 {len(ordered)} 处需要改正）"
    return Refused("\n".join([head, *(f"  {problem}" for problem in ordered)]))


def speak_chinese() -> None:
    """Let the terminal's own encoding drop what it cannot show, rather than end the program over a message."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
