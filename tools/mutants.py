"""Break the assessment in every small way, and say which breakage no test notices: tools/mutants.py [MODULE ...].

Every mutant is one change of one line: a sign, a boundary, a number, an argument, a condition, or a statement left out. mutmut
makes and runs those inside functions; some that it lacks, and those of constants, are made here (docs/adr/0012). A mutant that
cannot change a result is listed with its reason in tests/equivalent_mutants.toml. Exit code 1: a mutant survives that is not
listed, or one is listed that does not survive any more. MODULE is a part of a path; without one, all of MODULES.
"""

import contextlib
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from mutmut.mutation import diff_apply, mutators
from mutmut.mutation.file_mutation import create_mutations

MODULES = ["metrics/board/assess.py", "metrics/spc.py", "metrics/board/comparison.py", "metrics/board/derive.py",
           "metrics/board/significance.py"]  # fmt: skip
THIS, INSIDE = Path(__file__).resolve(), "--inside"
EQUIVALENT = Path("tests/equivalent_mutants.toml")
NEEDED = ["metrics", "tests", "data", "config.yaml", "pyproject.toml"]
NOTICED = {1, 3, 24, 36, 152, 255, -24}  # a failed test, an error, or no end
OPPOSITE = {cst.LessThan: cst.GreaterThanEqual, cst.LessThanEqual: cst.GreaterThan,
            cst.GreaterThan: cst.LessThanEqual, cst.GreaterThanEqual: cst.LessThan}  # fmt: skip
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any", "takewhile": "dropwhile", "dropwhile": "takewhile"}
CODE = re.compile(r'"[a-z][a-z_-]*"')
STATEMENTS = cst.Return | cst.Assign | cst.AnnAssign | cst.AugAssign | cst.Expr


@dataclass(frozen=True)
class Mutant:
    """One change, known by its lines and not by a number, so that it stays the same when others come and go."""

    module: str
    place: str
    was: str
    becomes: str

    @property
    def changes_something(self) -> bool:
        """Not where only zip(strict=True) is gone: it is an assertion, as assert is."""
        return without_strict(self.was) != without_strict(self.becomes)

    def __str__(self) -> str:
        return f"{self.module} {self.place}\n    was     {self.was}\n    becomes {self.becomes}"


def main() -> None:
    """Try every mutant of the modules asked for; leave with 1 unless exactly the listed ones survive."""
    if sys.argv[1:] == [INSIDE]:
        run_mutmut()
        return
    modules = [module for module in MODULES if not sys.argv[1:] or any(part in module for part in sys.argv[1:])]
    print(f"Breaking {', '.join(modules)}. All of them take about ten minutes.", flush=True)
    listed = [one for one in equivalents() if one.module in modules]
    with tempfile.TemporaryDirectory() as folder:
        copy_tree(Path(folder))
        with contextlib.chdir(folder):
            settle(modules)
            tried = [one for one in (*inside(modules), *outside(modules)) if one[0].changes_something]
    print_table(modules, tried, listed)
    surviving = [mutant for mutant, noticed in tried if not noticed]
    problems = [f"No test notices: {one}" for one in surviving if one not in listed]
    problems += [f"Listed in {EQUIVALENT}, but does not survive: {one}" for one in listed if one not in surviving]
    sys.exit("\n".join(problems) or 0)


def print_table(modules: list[str], tried: list[tuple[Mutant, bool]], listed: list[Mutant]) -> None:
    print(f"{'module':32}{'mutants':>8}{'killed':>8}{'survived':>10}{'of these listed':>17}")
    for module in modules:
        own = [(mutant, noticed) for mutant, noticed in tried if mutant.module == module]
        surviving = [mutant for mutant, noticed in own if not noticed]
        explained = sum(mutant in listed for mutant in surviving)
        print(f"{module:32}{len(own):8}{len(own) - len(surviving):8}{len(surviving):10}{explained:17}")


def equivalents() -> list[Mutant]:
    """The mutants that cannot change a result."""
    listed = tomllib.loads(EQUIVALENT.read_text("utf-8"))["mutant"]
    return [Mutant(one["module"], one["place"], one["was"], one["becomes"]) for one in listed if one["reason"]]


def settle(modules: list[str]) -> None:
    """Tell mutmut what to do; it reads that from the folder where it runs."""
    with Path("pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[tool.mutmut]\nsource_paths = ['metrics']\nonly_mutate = {modules}\n")
        settings.write(f"also_copy = ['data', 'config.yaml']\npytest_add_cli_args_test_selection = {tests()}\n")


def inside(modules: list[str]) -> Iterator[tuple[Mutant, bool]]:
    """The mutants inside functions, and whether a test notices: run by mutmut."""
    run = subprocess.run([sys.executable, THIS, INSIDE], capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stdout[-4000:] + run.stderr[-4000:])
    for module in modules:
        codes = json.loads(Path("mutants", f"{module}.meta").read_text("utf-8"))["exit_code_by_key"]
        for name, code in codes.items():
            place = re.sub(r"__mutmut_\d+$", "", name.rpartition(".")[2]).removeprefix("x_")
            diff = diff_apply.get_diff_for_mutant(name, path=module).splitlines()
            yield described(module, place, diff), code in NOTICED


def run_mutmut() -> None:
    """Run mutmut where we are, with the further mutants."""
    from mutmut.__main__ import cli  # noqa: PLC0415  it reads its settings from the folder

    mutators.mutation_operators += FURTHER
    cli(["run"], standalone_mode=False)


def outside(modules: list[str]) -> list[tuple[Mutant, bool]]:
    """The mutants of constants and defaults, and whether a test notices: mutmut has none of these."""
    mutators.mutation_operators += FURTHER
    if fails(modules[0], Path(modules[0]).read_text("utf-8")):
        sys.exit("The tests fail before anything is broken.")
    changed = [(module, *one) for module in modules for one in constants(module)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        noticed = list(pool.map(lambda one: fails(one[0], one[2]), changed))
    return [(mutant, failed) for (_, mutant, _), failed in zip(changed, noticed, strict=True)]


def constants(module: str) -> Iterator[tuple[Mutant, str]]:
    """Mutants outside functions, each with the source of the whole module."""
    source = Path(module).read_text("utf-8")
    tree, mutations, _, _ = create_mutations(module, source)
    for one in mutations:
        if isinstance(one.contained_by_top_level_function, cst.FunctionDef):
            continue
        if isinstance(one.original_node, cst.SimpleStatementLine | STATEMENTS):
            continue  # without the name, nothing can be imported
        if isinstance(one.original_node, cst.SimpleString) and CODE.fullmatch(one.original_node.value):
            continue  # a code that only the program reads
        changed = tree.deep_replace(one.original_node, one.mutated_node).code
        diff = list(difflib.unified_diff(source.splitlines(), changed.splitlines(), n=0, lineterm=""))
        yield described(module, "(module)", diff), changed


def fails(module: str, source: str) -> bool:
    """Whether a test fails on a copy of the tree with this source of the module."""
    with tempfile.TemporaryDirectory() as folder:
        copy_tree(Path(folder))
        Path(folder, module).write_text(source, "utf-8")
        command = [sys.executable, "-m", "pytest", "-xq", "-p", "no:cacheprovider", *tests()]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode != 0


def copy_tree(folder: Path) -> None:
    """What the tests need, into that folder."""
    for name in NEEDED:
        if Path(name).is_dir():
            shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("*.duckdb*", "run", "golden", "files"))
        else:
            shutil.copy(name, folder / name)


def tests() -> list[str]:
    return [f"tests/test_{Path(module).stem}.py" for module in MODULES]


def described(module: str, place: str, diff: list[str]) -> Mutant:
    was = [line[1:].strip() for line in diff if line.startswith("-") and not line.startswith("---")]
    becomes = [line[1:].strip() for line in diff if line.startswith("+") and not line.startswith("+++")]
    return Mutant(module, place, " ".join(was), " ".join(becomes))


def without_strict(line: str) -> str:
    return re.sub(r",( strict=\w+| (?=\)))", "", line)


def left_out(node: cst.SimpleStatementLine) -> Iterator[cst.SimpleStatementLine]:
    """No statement; a docstring is none."""
    if isinstance(node.body[0], STATEMENTS) and not isinstance(getattr(node.body[0], "value", None), cst.SimpleString):
        yield node.with_changes(body=[cst.Pass()])


def decided(node: cst.If) -> Iterator[cst.If]:
    """A condition that always or never holds."""
    for word in ("True", "False"):
        yield node.with_changes(test=cst.Name(word))


def one_side(node: cst.BooleanOperation) -> Iterator[cst.BaseExpression]:
    """Only one of two conditions."""
    for side in (node.left, node.right):
        yield side if side.lpar else side.with_changes(lpar=node.lpar, rpar=node.rpar)


def other_way(node: cst.ComparisonTarget) -> Iterator[cst.ComparisonTarget]:
    """Below instead of above."""
    if type(node.operator) in OPPOSITE:
        yield node.with_changes(operator=OPPOSITE[type(node.operator)]())


def unfiltered(node: cst.CompFor) -> Iterator[cst.CompFor]:
    """All instead of some."""
    for at in range(len(node.ifs)):
        yield node.with_changes(ifs=[*node.ifs[:at], *node.ifs[at + 1 :]])


def swapped(node: cst.Name) -> Iterator[cst.Name]:
    """The least for the greatest, any for all."""
    if node.value in SWAPPED:
        yield node.with_changes(value=SWAPPED[node.value])


def one_less(node: cst.Set | cst.Dict) -> Iterator[cst.Set | cst.Dict]:
    """A member left out."""
    for at in range(len(node.elements) if len(node.elements) > 1 else 0):
        yield node.with_changes(elements=[*node.elements[:at], *node.elements[at + 1 :]])


def next_number(node: cst.SimpleString) -> Iterator[cst.SimpleString]:
    """Another last digit of a decimal."""
    number = re.fullmatch(r'"([0-9.]*)([0-8])"', node.value)
    if number:
        yield node.with_changes(value=f'"{number[1]}{int(number[2]) + 1}"')


FURTHER = [(cst.SimpleStatementLine, left_out), (cst.If, decided), (cst.BooleanOperation, one_side), (cst.ComparisonTarget, other_way),
           (cst.CompFor, unfiltered), (cst.Name, swapped), (cst.Set, one_less), (cst.Dict, one_less), (cst.SimpleString, next_number)]  # fmt: skip


if __name__ == "__main__":
    main()
