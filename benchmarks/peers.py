"""The other engines, with their state saved: SpiffWorkflow as its users run it, and bpmn-engine where there is node.

    python -m benchmarks peers

SpiffWorkflow: its serializer's JSON into a row of SQLite, committed. bpmn-engine: its state as JSON into a file, flushed.
``saved``: after every step, the engine staying in memory. ``resumed``: where a person has to act, and read back for each of these steps.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import diagrams, places
from benchmarks.durable import steady
from benchmarks.measure import Turn, Turns, slices_of, turn
from benchmarks.places import Place
from benchmarks.report import Report, at_least
from benchmarks.site import Script, Site, completed, started

BPMN_ENGINE = "25.0.1"
PROGRAM = Path(__file__).with_name("peers.mjs")
CLIENTS = 32
ROUNDS = slices_of(5)
FASTER = at_least(10)


class SavedSpiff:
    """SpiffWorkflow with its state in a database."""

    def __init__(self, folder: Path) -> None:
        from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        self._database = sqlite3.connect(folder / "spiff.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE workflow (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
        self._next = 0

    def spec(self, xml: bytes) -> Any:
        from lxml import etree
        from SpiffWorkflow.bpmn.parser import BpmnParser

        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(xml)))
        return parser.get_spec("bench")

    def saved(self, spec: Any) -> None:
        """One instance, its state saved after every task."""
        from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

        self._next += 1
        workflow = BpmnWorkflow(spec)
        workflow.task_tree.data["n"] = 0
        workflow.do_engine_steps(did_complete_task=lambda _: self._save(workflow))
        if not workflow.is_completed():
            raise SystemExit("SpiffWorkflow did not complete")

    def resumed(self, spec: Any) -> None:
        """One instance whose user tasks are completed one by one, each by a process that reads the state first."""
        from SpiffWorkflow import TaskState
        from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

        self._next += 1
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        self._save(workflow)
        while not workflow.is_completed():
            workflow = self._load()
            task = workflow.get_next_task(state=TaskState.READY, manual=True)
            task.data["done"] = True
            task.run()
            workflow.do_engine_steps()
            self._save(workflow)

    def _save(self, workflow: Any) -> None:
        state = self._serializer.serialize_json(workflow)
        self._database.execute("INSERT OR REPLACE INTO workflow VALUES (?, ?)", (self._next, state))

    def _load(self) -> Any:
        [state] = self._database.execute("SELECT state FROM workflow WHERE id = ?", (self._next,)).fetchone()
        return self._serializer.deserialize_json(state)


class BpmnEngine:
    """A node process with bpmn-engine in it."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._file = folder / "bpmn-engine.json"

    def prepare(self, name: str, xml: bytes) -> None:
        self._ask({"name": name, "xml": xml.decode()})

    def run(self, name: str, way: str, count: int) -> Turn:
        told = self._ask({"name": name, "way": way, "count": count, "variables": {"n": 0}, "file": str(self._file)})
        return Turn(count, told["wall"], told["cpu"])

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise SystemExit(f"bpmn-engine: {told['error']}")
        return told


@contextmanager
def bpmn_engine(report: Report, folder: Path) -> Iterator[BpmnEngine | None]:
    """None, and a line that says why, where there is no node or no way to its packages."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        report.note("bpmn-engine: left out, there is no node or npm here")
        yield None
        return
    installed = _cache() / f"bpmn-engine-{BPMN_ENGINE}"
    if not (installed / "node_modules" / "bpmn-engine").is_dir():
        installed.mkdir(parents=True, exist_ok=True)
        asked = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"bpmn-engine@{BPMN_ENGINE}"]
        done = subprocess.run(asked, cwd=installed, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            report.note(f"bpmn-engine: left out, npm could not bring it: {done.stderr.strip()[-200:]}")
            yield None
            return
    program = installed / PROGRAM.name  # beside its packages, where node looks for them
    shutil.copyfile(PROGRAM, program)
    with subprocess.Popen(
        [node, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield BpmnEngine(process, folder)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "laneway" / "bench"


def run(report: Report, rounds: int = ROUNDS) -> None:
    with places.tmpfs() as place:
        _beside(report, place, rounds)
    with places.disk() as place:
        _beside(report, place, rounds)


def _beside(report: Report, place: Place, rounds: int) -> None:
    report.part(
        f"beside other engines, {place.name}",
        f"Laneway with {CLIENTS} commands in flight, handed over by one driver; the others save an instance at a time",
    )
    site = Site(place.url())
    spiff = SavedSpiff(place.folder)
    sequence, people = diagrams.scripts(5, feel=False), diagrams.kinds("userTask", 5)
    theirs = {"saved": spiff.spec(sequence), "resumed": spiff.spec(people)}
    try:
        with bpmn_engine(report, place.folder) as node:
            if node is not None:
                node.prepare("saved", _javascript(sequence))
                node.prepare("resumed", people)
            for way, name, mine in (
                ("saved", "SEQ: 5 scripts, saved after each", _sequence),
                ("resumed", "5 user tasks, read and saved at each", lambda: _five(site)),
            ):
                report.progress(place.name, 0 if way == "saved" else 1, 2)
                sides = _sides(site, spiff, theirs[way], node, way, mine)
                _figures(report, name, steady(sides, rounds))
    finally:
        site.close()


def _sides(
    site: Site, spiff: SavedSpiff, spec: Any, node: BpmnEngine | None, way: str, mine: Callable[[], Script]
) -> dict[str, Callable[[], Turn]]:
    step = spiff.saved if way == "saved" else spiff.resumed

    def some() -> int:
        for _ in range(5):
            step(spec)
        return 5

    sides: dict[str, Callable[[], Turn]] = {
        "laneway": lambda: site.handed_over(CLIENTS, [mine() for _ in range(2 * CLIENTS)]),
        "SpiffWorkflow": lambda: turn(some),
    }
    if node is not None:
        node.run(way, way, 10)
        sides["bpmn-engine"] = lambda: node.run(way, way, 5)
    for side in sides.values():
        side()
    return sides


def _sequence() -> Script:
    yield started("seq", {"n": 0})


def _five(site: Site) -> Script:
    instance = yield started("people", {})
    for _ in range(5):
        yield completed(site.task_of(instance.key))


def _figures(report: Report, name: str, found: Turns) -> None:
    for peer in ("SpiffWorkflow", "bpmn-engine"):
        if peer in found.of:
            report.figure(
                f"{name} ÷ {peer}",
                found.faster("laneway", peer),
                "times",
                FASTER,
                found.drift(),
                **{
                    "by CPU": found.faster("laneway", peer, "cpu"),
                    "per s": found.rate("laneway"),
                    "its per s": found.rate(peer),
                    "CPU µs": found.cpu("laneway") * 1e6,
                    "its CPU µs": found.cpu(peer) * 1e6,
                },
            )


def _javascript(xml: bytes) -> bytes:
    """Its scripts are JavaScript, and say when they are done."""
    text = xml.decode().replace("<scriptTask ", '<scriptTask scriptFormat="javascript" ')
    return text.replace("n = n + 1", "environment.variables.n += 1; next()").encode()
