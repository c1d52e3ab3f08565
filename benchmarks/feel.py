"""FEEL and DMN: what an evaluation costs, beside feelin in Node where that is, and that it costs the same per item however many there are."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.decisions.drawing import decision, dmn, input_data, table

from benchmarks.measure import Slices, cpu_seconds, slices_of
from benchmarks.report import Report
from laneway.decisions import load_decisions
from laneway.expressions import feel
from laneway.expressions.expression import Expression
from laneway.expressions.limits import MAX_STEPS
from laneway.expressions.run import Run

ROUNDS = slices_of(15)
UNBOUNDED = 10**12
"""Steps: what is measured is the cost of many items, not the limit on them."""
CONDITION = 'amount > 1000 and risk = "high"'
LONG = (
    'if amount > 1000 and (risk = "high" or risk = "medium") then sum(for line in lines return line.price * line.quantity) '
    'else count(lines[price > 10 and starts with(sku, "A")]) + max(lines.price)'
)
SCOPE: dict[str, Any] = {
    "amount": 1500,
    "risk": "high",
    "name": "Ada Lovelace",
    "order": {"customer": {"address": {"city": "London"}}},
    "lines": [{"sku": f"A{i}", "price": i, "quantity": 2} for i in range(10)],
    "items": [{"price": i, "name": f"item {i}"} for i in range(1_000)],
}
PARSED = {"comparison": CONDITION, "if and sum": LONG}
EVALUATED = {
    "comparison": CONDITION,
    "context path": 'order.customer.address.city = "London"',
    "string functions": 'upper case(substring(name, 1, 3)) + "-" + string(amount)',
    "if and sum over 10 items": LONG,
    "filter of 1,000 items": "items[price > 500]",
    "loop over 1,000 items": "for item in items return item.price * 2",
}


def rules(count: int) -> list[tuple[str, str, str]]:
    """Rules about a number and a text; the last one is the first that holds for (count, "high")."""
    return [(f"[{i}..{i + 1})" if i < count else f">= {i}", '"low", "high"', f'"{i}"') for i in range(1, count + 1)]


def table_of(count: int) -> Callable[[], object]:
    logic = table(["amount", "risk"], ["out"], rules(count), "FIRST")
    made = decision("d", logic, "input:amount", "input:risk")
    model = load_decisions(dmn(input_data("amount"), input_data("risk"), made), "bench.dmn")
    values = {"amount": count, "risk": "high"}
    return lambda: model.evaluate("d", values)


class Feelin:
    """A Node process with feelin in it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def _ask(self, question: Mapping[str, Any]) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def prepare(self, name: str, work: str, given: Mapping[str, Any]) -> None:
        """Ready, and warm: what Node compiles after some hundred calls is compiled."""
        self._ask({"name": name, "work": work, "given": given})
        once = self.seconds(name, 1)
        self.seconds(name, max(5, min(2_000, int(0.5 / max(once, 1e-6)))))

    def seconds(self, name: str, repeat: int) -> float:
        return self._ask({"name": name, "repeat": repeat})


@contextmanager
def feelin() -> Iterator[Feelin | None]:
    """feelin of the tests' lock file, installed by npm into a throw-away folder; None where there is no node."""
    sources = Path(__file__).parents[1] / "tests" / "differential" / "feelin" / "node"
    if not (shutil.which("node") and shutil.which("npm")):
        yield None
        return
    lock = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"laneway-bench-feelin-{lock}"
    if not (folder / "node_modules" / "feelin").exists():
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(sources / name, folder / name)
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"]
        if subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120).returncode:
            print("feelin could not be installed by npm: measured without it\n")
            yield None
            return
    command = ["node", str(Path(__file__).with_name("feelin.mjs"))]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Feelin(process)
    finally:
        process.stdin and process.stdin.close()
        process.wait(timeout=10)


def run(report: Report) -> None:
    with feelin() as other:
        beside = "beside feelin 8.2.0 in Node, which parses at every call and goes through rules one by one"
        report.part("FEEL and DMN", beside if other else "without feelin: there is no node")
        rows: list[tuple[str, Callable[[], object], str, Mapping[str, Any]]] = [
            *((f"parse: {name}", _parsed(text), "parse", _given(text)) for name, text in PARSED.items()),
            *(
                (f"parse and evaluate: {name}", _at_once(text), "evaluate", _given(text))
                for name, text in EVALUATED.items()
            ),
            *(
                (f"evaluate compiled: {name}", _compiled(text), "evaluate", _given(text))
                for name, text in EVALUATED.items()
            ),
            *((f"decision table of {count} rules", table_of(count), "table", _ruled(count)) for count in (20, 200)),
        ]
        for name, work, kind, given in report.over(rows, "FEEL", len(rows)):
            _row(report, name, work, other, kind, given)
    report.part("FEEL: what one item costs", "1.00 is flat")
    for unit, make, few, many in report.over(FLAT, "FEEL", len(FLAT)):
        _flat(report, unit, make, few, many)
    report.part("FEEL: what a step costs")
    for name, text, variables in STEPS:
        _step(report, name, text, variables(5_000))


def _ruled(count: int) -> Mapping[str, Any]:
    return {"rules": [(row[:2], row[2]) for row in rules(count)], "values": [count, "high"]}


def _step(report: Report, name: str, text: str, scope: Mapping[str, Any]) -> None:
    """The limit on steps is one on time as far as a step of every kind costs about the same."""
    expression = feel.compile_expression(text, known_names=scope)
    run = Run()
    run.steps = UNBOUNDED
    expression.within(scope, run)
    steps = UNBOUNDED - run.steps
    work = _unbounded(expression, scope)
    cost = Slices({name: [cpu_seconds(work, 1) for _ in range(7)]}).cost(name) / steps
    told: dict[str, Any] = {"a full budget, ms": cost * MAX_STEPS * 1e3}
    report.figure(name, cost * 1e6, "µs", **told)


def _needed(text: str) -> dict[str, Any]:
    """The variables that an expression reads, and no others: feelin goes through all it is given, at every call."""
    names = feel.compile_expression(text, known_names=SCOPE).names
    return {name: value for name, value in SCOPE.items() if name in names}


def _given(text: str) -> dict[str, Any]:
    return {"text": text, "context": _needed(text)}


def _parsed(text: str) -> Callable[[], object]:
    scope = _needed(text)
    return lambda: feel.compile_expression(text, known_names=scope)


def _at_once(text: str) -> Callable[[], object]:
    scope = _needed(text)
    return lambda: feel.evaluate(text, scope)


def _compiled(text: str) -> Callable[[], object]:
    scope = _needed(text)
    expression = feel.compile_expression(text, known_names=scope)
    return lambda: expression.evaluate(scope)


def _row(
    report: Report, name: str, work: Callable[[], object], other: Feelin | None, kind: str, given: Mapping[str, Any]
) -> None:
    work()
    repeat = max(1, int(0.01 / max(cpu_seconds(work, 5), 1e-7)))
    slices: dict[str, list[float]] = {"laneway": [], "feelin": []}
    theirs = 0
    if other is not None:
        other.prepare(name, kind, given)
        theirs = max(1, int(0.02 / max(other.seconds(name, 5), 1e-6)))
    for _ in range(ROUNDS):
        slices["laneway"].append(cpu_seconds(work, repeat))
        if other is not None:
            slices["feelin"].append(other.seconds(name, theirs))
    found = Slices(slices)
    cost = found.cost("laneway")
    told: dict[str, Any] = {"µs": cost * 1e6}
    if other is None:
        report.figure(name, cost * 1e6, "µs")
        return
    told["of feelin"] = found.cost("feelin") * 1e6
    report.figure(name, found.ratio("feelin", "laneway"), "times", **told)


def _flat(report: Report, unit: str, make: Callable[[int], Callable[[], object]], few: int, many: int) -> None:
    """Both sizes in turn, as many items of each in a slice."""
    rounds = max(1, 20_000 // many)
    sides = {"many": (make(many), rounds), "few": (make(few), rounds * many // few)}
    slices: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(7):
        for name, (work, repeat) in sides.items():
            slices[name].append(cpu_seconds(work, repeat))
    found = Slices(slices)
    ratio = found.ratio("many", "few") * few / many
    cheap, dear = found.cost("few") / few * 1e6, found.cost("many") / many * 1e6
    told: dict[str, Any] = {"µs among few": cheap, "among many": dear}
    report.figure(f"{unit}: {few:,} … {many:,}", ratio, "many ÷ few", **told)


def _over(text: str, variables: Callable[[int], Mapping[str, Any]]) -> Callable[[int], Callable[[], object]]:
    def make(count: int) -> Callable[[], object]:
        scope = variables(count)
        return _unbounded(feel.compile_expression(text, known_names=scope), scope)

    return make


def _unbounded(expression: Expression, scope: Mapping[str, Any]) -> Callable[[], object]:
    def work() -> object:
        run = Run()
        run.steps = UNBOUNDED
        return expression.within(scope, run)

    return work


def _rows(count: int) -> Mapping[str, Any]:
    return {"xs": [{"n": i, "text": f"item {i}"} for i in range(count)]}


def _numbers(count: int) -> Mapping[str, Any]:
    return {"xs": [i * 7919 % count for i in range(count)]}


def _text(count: int) -> Mapping[str, Any]:
    return {"text": "lorem ips " * (count // 10)}


FLAT: tuple[tuple[str, Callable[[int], Callable[[], object]], int, int], ...] = (
    ("item of a filter", _over("xs[n > 50]", _rows), 100, 100_000),
    ("item of a path", _over("xs.n", _rows), 100, 100_000),
    ("item of a loop", _over("for x in xs return x + 1", _numbers), 100, 100_000),
    ("item of some … satisfies", _over("some x in xs satisfies x < 0", _numbers), 100, 100_000),
    ("item of sum", _over("sum(xs)", _numbers), 100, 100_000),
    ("item of distinct values (of 20)", _over("distinct values(for x in xs return modulo(x, 20))", _numbers), 100, 100_000),
    ("item of sort (n log n)", _over("sort(xs, function(a, b) a < b)", _numbers), 100, 10_000),
    ("rule of a table", table_of, 10, 10_000),
    ("character of contains", _over('contains(text, "xyz")', _text), 100, 100_000),
    ("character of replace", _over('replace(text, "[aeiou]", "-")', _text), 100, 10_000),
    ("character of split", _over('split(text, " ")', _text), 100, 100_000),
    ("character of upper case", _over("upper case(text)", _text), 100, 100_000),
)  # fmt: skip
"""What is counted, the few and the many. Few have the cost of an evaluation's start to themselves."""

STEPS: tuple[tuple[str, str, Callable[[int], Mapping[str, Any]]], ...] = (
    ("loop with a sum", "for x in xs return x * 2 + 1", _numbers),
    ("loop with a division", "for x in xs return x / 7", _numbers),
    ("filter", "xs[n > 50]", _rows),
    ("sort with a function", "sort(xs, function(a, b) a < b)", _numbers),
    ("contexts made", "for x in xs return {a: x, b: x + 1}.b", _numbers),
    ("own function called", "for x in xs return (function(a) a + 1)(x)", _numbers),
    ("texts joined", 'for x in xs return "a" + string(x)', _numbers),
    ("texts searched", 'for x in xs return contains(x.text, "99")', _rows),
    ("pattern matched", 'for x in xs return matches(x.text, "[0-9]+5$")', _rows),
    ("pattern replaced", 'for x in xs return replace(x.text, "[0-9]", "-")', _rows),
    ("dates moved", 'for x in xs return @"2020-01-31" + @"P1M"', _numbers),
    ("dates read", 'for x in xs return date("2020-01-31")', _numbers),
    ("distinct values", "distinct values(xs)", _numbers),
    ("lists looked through", "list contains(xs, -1)", _numbers),
)
"""Kinds of work that a step is made of; the docs have their figures (reference/feel.md, limits)."""
