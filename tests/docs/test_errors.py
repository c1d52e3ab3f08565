"""docs/reference/errors.md lists the codes that the source can give, and no others.

The codes are found where failures are made: calls of the error classes and of ``problem``, ``code = "…"`` in their classes,
``code="…"`` among their arguments. A code that is put together (``f"job_not_{verb}"``) asks for a documented one that fits.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from laneway.governance.contracts import ViolationKind
from laneway_api import failing
from laneway_api.app import create_app
from tests.support.world import World

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "errors.md"
ROOTS = {"LanewayError", "ExpressionError", "EgressError"}
NO_STATUS = "–"


@cache
def trees() -> tuple[tuple[Path, ast.Module], ...]:
    files = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "api").rglob("*.py")])
    return tuple((file, ast.parse(file.read_text(encoding="utf-8"))) for file in files)


@cache
def error_classes() -> dict[str, str]:
    """Class → the status that it or its nearest base names."""
    found = dict.fromkeys(ROOTS, NO_STATUS)
    classes = [node for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while True:
        before = len(found)
        for node in classes:
            base = next((base.id for base in node.bases if isinstance(base, ast.Name) and base.id in found), None)
            if base is not None:
                found[node.name] = str(_constant_in_class(node, "status") or found[base])
            elif node.name == "LanewayError":
                found[node.name] = str(_constant_in_class(node, "status"))
        if len(found) == before:
            return found


def _constant_in_class(node: ast.ClassDef, name: str) -> object:
    for one in node.body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id == name:
            assert isinstance(one.value, ast.Constant)
            return one.value.value
    return None


def _texts(expression: ast.expr, function: ast.AST) -> Iterator[str]:
    """Regular expressions of what ``expression`` may be; a name is looked up in the function it stands in."""
    match expression:
        case ast.Constant(value=str() as text):
            yield re.escape(text)
        case ast.JoinedStr(values=parts):
            yield "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+" for part in parts)
        case ast.IfExp(
            test=ast.Call(func=ast.Attribute(attr="startswith"), args=[ast.Constant(value=prefix)]), orelse=other
        ):
            yield re.escape(str(prefix)) + "[a-z_]+"
            yield from _texts(other, function)
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one, function)
            yield from _texts(other, function)
        case ast.BinOp(left=ast.Constant(value=str() as text)):
            yield re.escape(text) + "[a-z-]+"
        case ast.BinOp(left=ast.BinOp() as left):
            yield from _texts(left, function)
        case ast.Name(id=name):
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                    yield from _texts(node.value, function)


def _calls(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Every call, with the function or class at the top of the module that it stands in."""
    for outer in tree.body:
        for node in ast.walk(outer):
            if isinstance(node, ast.Call):
                yield outer, node


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


@cache
def raised() -> tuple[tuple[str, str, str], ...]:
    """Pattern of a code, its status, the place."""
    return tuple(_raised())


def _raised() -> Iterator[tuple[str, str, str]]:
    for file, tree in trees():
        place = str(file.relative_to(ROOT))
        for outer, call in _calls(tree):
            made = _made(call, in_api=file.is_relative_to(ROOT / "api"))
            if made is not None:
                for pattern in _texts(made[0], outer):
                    yield pattern, made[1], f"{place}:{call.lineno}"
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name in error_classes():
                for code in _in_class(node):
                    yield code, NO_STATUS, f"{place}:{node.lineno}"
    for number, word in failing._CODES.items():
        yield word, str(number), "api/laneway_api/failing.py"


def _made(call: ast.Call, *, in_api: bool) -> tuple[ast.expr, str] | None:
    """The code and the status of a failure that ``call`` makes."""
    name = _called(call)
    status = error_classes().get(name)
    if status == NO_STATUS:
        return next(((keyword.value, NO_STATUS) for keyword in call.keywords if keyword.arg == "code"), None)
    if status is not None:
        return (call.args[0], status) if call.args else None
    if in_api and name == "problem" and isinstance(call.args[0], ast.Constant):
        return call.args[1], str(call.args[0].value)
    return None


def _in_class(node: ast.ClassDef) -> Iterator[str]:
    """Codes that stand in an error class itself: as attribute, as default, as argument of its base."""
    attribute = _constant_in_class(node, "code")
    if attribute is not None:
        yield str(attribute)
    for inner in ast.walk(node):
        if isinstance(inner, ast.arguments):
            for argument, default in zip(inner.kwonlyargs, inner.kw_defaults, strict=True):
                if argument.arg == "code" and isinstance(default, ast.Constant):
                    yield str(default.value)
        elif isinstance(inner, ast.keyword) and inner.arg == "code" and isinstance(inner.value, ast.Constant):
            yield str(inner.value.value)


@cache
def documented() -> dict[str, str]:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d{3}|–) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a code has two rows"
    return dict(rows)


def section(title: str, first_cell: str) -> list[str]:
    """First cells of the table under a heading."""
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(f"# {title}\n")
    end = text.find("\n#", start)
    return re.findall(rf"^\| ({first_cell}) \|", text[start : end if end >= 0 else None], re.MULTILINE)


def test_every_code_is_documented_with_its_status() -> None:
    # Given each place that makes a failure; when the page is read; then a row has its code and its status.
    missing = {
        f"{pattern} {status} ({place})"
        for pattern, status, place in raised()
        if not any(re.fullmatch(pattern, code) and said == status for code, said in documented().items())
    }
    assert not missing, f"docs/reference/errors.md lacks {sorted(missing)}"


def test_every_documented_code_is_there() -> None:
    # Given each row of the page; when the source is searched; then some place can give its code with its status.
    found = {(pattern, status) for pattern, status, _ in raised()}
    gone = [
        code
        for code, status in documented().items()
        if not any(re.fullmatch(pattern, code) and status == said for pattern, said in found)
    ]
    assert not gone, f"docs/reference/errors.md documents what is gone: {gone}"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("stale_lease", "409"),
        ("diagram_invalid", "422"),
        ("completion_timeout", "504"),
        ("route_not_found", "404"),
        ("cross_site_request", "403"),
        ("egress_denied", NO_STATUS),
        ("expression_failed", NO_STATUS),
        ("expression_syntax", NO_STATUS),
    ],
)
def test_codes_are_found_however_they_are_written(code: str, status: str) -> None:
    # Given the ways in which failures are made; when the source is searched; then a code of each way is found.
    assert (code, status) in {(pattern, said) for pattern, said, _ in raised()}


def test_what_contracts_do_not_accept_is_documented() -> None:
    kinds = [cell.strip("`") for cell in section("What a contract does not accept", "`[a-z_]+`")]

    assert sorted(kinds) == sorted(get_args(ViolationKind))


def test_incidents_that_are_raised_are_documented() -> None:
    # Given the types of incidents that the source raises; when the page is read; then it explains exactly these.
    raises = {
        node.attr
        for file, tree in trees()
        if file.name != "types.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "IncidentType"
    }
    assert {cell.strip("`") for cell in section("Incidents", "`[A-Z_]+`")} == raises


def _rules() -> Iterator[str]:
    """Patterns of the rules that decisions, forms and deployments are read by."""
    for file, tree in trees():
        if file.parent.name not in ("decisions", "commands"):
            continue
        for outer, call in _calls(tree):
            if _called(call) in ("problem", "Problem", "fault"):
                # The rule stands first, or behind the severity. What is handed on has been seen where it was made.
                first = call.args[0]
                severe = isinstance(first, ast.Attribute) or (isinstance(first, ast.Name) and first.id == "severity")
                rule = call.args[1] if severe else first
                yield from _texts(rule, outer) if not isinstance(rule, ast.Name | ast.Attribute) else ()


def test_findings_in_decisions_and_forms_are_documented() -> None:
    # Given the rules in the source; when the page is read; then it lists them all, and no others.
    listed = {rule for cell in section("Findings in other files", "`[^|]+`") for rule in re.findall(r"`(.+?)`", cell)}
    patterns = set(_rules())

    assert {pattern for pattern in patterns if not any(re.fullmatch(pattern, rule) for rule in listed)} == set()
    assert {rule for rule in listed if not any(re.fullmatch(pattern, rule) for pattern in patterns)} == set()


def test_the_routes_that_the_page_names_exist(world: World) -> None:
    # Given the searches that the page sends its reader to; when the API is asked; then it has them.
    named = set(re.findall(r"`(/v2/[a-z-]+/search)`", PAGE.read_text(encoding="utf-8")))

    assert named - set(create_app(world.laneway).openapi()["paths"]) == set()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()
