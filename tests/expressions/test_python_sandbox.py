"""Python scripts run in a sandbox, with limits, or not at all."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from laneway.expressions import ExpressionError, ExpressionEvaluationError, ExpressionSyntaxError, compile
from laneway.expressions.python_sandbox import ScriptLimits, run_script


def test_a_script_gives_back_what_it_sets() -> None:
    assert run_script("total = price * 2\nname = 'x'", {"price": Decimal("1.5")}) == {"total": 3, "name": "x"}


def test_only_the_declared_names_come_back() -> None:
    assert run_script("a = 1\nb = 2", {}, ["a"]) == {"a": 1}


def test_a_declared_name_that_is_not_set_is_an_incident() -> None:
    with pytest.raises(ExpressionEvaluationError, match="NameError"):
        run_script("a = 1", {}, ["b"])


def test_unchanged_variables_and_functions_stay_away() -> None:
    assert run_script("def f(): return 1\nb = f()", {"a": [1]}) == {"b": 1}


def test_values_become_json() -> None:
    script = "import datetime\na = (1, 2.5)\nb = {'k': {1, 2}}\nc = datetime.date(2026, 1, 31)"
    assert run_script(script, {}) == {"a": [1, Decimal("2.5")], "b": {"k": [1, 2]}, "c": "2026-01-31"}


def test_variables_with_other_names_are_left_out() -> None:
    assert run_script("b = a", {"a": 1, "my var": 2}, ["b"]) == {"b": 1}


def test_sessions_share_nothing() -> None:
    run_script("leak = 1", {})
    with pytest.raises(ExpressionEvaluationError, match="NameError"):
        run_script("b = leak", {}, ["b"])


def test_the_clock_may_be_handed_in() -> None:
    moment = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
    script = "import datetime\nd = datetime.datetime.now(datetime.timezone.utc).isoformat()"
    assert str(run_script(script, {}, now=moment)["d"]).startswith("2026-03-14T15:09")


@pytest.mark.parametrize(
    "script",
    [
        "open('/etc/passwd').read()",
        "import os\nos.system('ls')",
        "import subprocess",
        "import socket",
        "import ctypes",
        "__import__('os').system('ls')",
        "().__class__.__bases__[0].__subclasses__()",
        "'{0.__class__}'.format(1)",
        "(lambda: 0).__globals__",
        "(lambda: 0).__code__",
        "eval('__import__(\"os\")')",
        "exec('import socket')",
        "import builtins\nbuiltins.open('/etc/passwd')",
        "import sys\nsys.modules['os'].environ['HOME']",
        "import os\nos.environ['PATH']",
        "import pathlib\npathlib.Path('/etc/passwd').read_text()",
        "import urllib.request",
        "import importlib\nimportlib.import_module('socket')",
        "try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame.f_globals",
        "raise SystemExit(3)",
        "x = float('nan')",
        "x = 10 ** 3000",
        "x = {1: 2}",
    ],
)
def test_an_escape_or_a_crash_is_an_incident(script: str) -> None:
    with pytest.raises(ExpressionEvaluationError):
        run_script(script, {})
    assert run_script("ok = 1", {}) == {"ok": 1}


@pytest.mark.parametrize(
    "script",
    [
        "9**9**9",
        "'a' * 10**10",
        "[0] * 10**10",
        "def f(): f()\nf()",
        "print('x' * 10**6)",
        "x = []\nwhile True: x.append(x * 2)",
    ],
)
def test_a_bomb_ends_as_an_incident(script: str) -> None:
    with pytest.raises(ExpressionEvaluationError) as caught:
        run_script(script, {})
    assert caught.value.code == "expression_budget"


def test_an_endless_script_is_stopped() -> None:
    with pytest.raises(ExpressionEvaluationError) as caught:
        run_script("while True: pass", {}, limits=ScriptLimits(seconds=0.2))
    assert caught.value.code == "expression_budget"


def test_sleeping_takes_no_time() -> None:
    started = time.perf_counter()
    run_script("import time\ntime.sleep(1000)", {})
    assert time.perf_counter() - started < 500


def test_python_expressions() -> None:
    expression = compile("amount * 2 + len(names)", "python")
    assert expression.language == "PYTHON"
    assert {"amount", "names"} <= expression.names
    assert expression.evaluate({"amount": 2, "names": ["a"], "other": object()}) == 5


def test_a_script_that_does_not_parse_names_the_line() -> None:
    with pytest.raises(ExpressionSyntaxError, match="Line 2"):
        compile("a = 1\nb = (", "python")
    with pytest.raises(ExpressionSyntaxError, match="Line 1"):
        run_script("def f(:", {})


def test_compiling_runs_nothing() -> None:
    compile("while True: pass", "python")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pydantic_monty", None)
    with pytest.raises(ExpressionError) as caught:
        compile("unseen + 1", "python")
    assert caught.value.code == "extra_missing"
    assert "scripts" in str(caught.value)
