"""The program as a whole: it starts quickly, serves, stops, and every word of it is documented."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import typer

from laneway.cli.app import app
from tests.cli.conftest import LEAVE, ROOT, Run

LANEWAY = Path(sys.executable).parent / "laneway"
HEAVY = (
    "sqlalchemy",
    "fastapi",
    "lxml",
    "SpiffWorkflow",
    "onnxruntime",
    "pydantic",
    "alembic",
    "httpx",
    "jsonschema_rs",
)


def commands(group: Any = None, path: str = "laneway") -> list[tuple[str, Any]]:
    group = group or typer.main.get_command(app)
    if not hasattr(group, "commands"):
        return [(path, group)]
    return [found for name, one in group.commands.items() for found in commands(one, f"{path} {name}")]


def test_every_command_and_every_option_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))

    assert list(sections) == [path for path, _ in commands()]
    missing = [
        f"{path} {option}"
        for path, command in commands()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("-") and f"`{option}`" not in sections[path]
    ]
    assert missing == []


@pytest.mark.parametrize("process", sorted(path.name for path in (ROOT / "bpmn").iterdir()))
def test_every_case_that_ships_is_shown_in_the_documentation(process: str) -> None:
    page = (ROOT / "docs" / "reference" / f"{process}-cases.md").read_text()

    names = {path.stem for path in (ROOT / "bpmn" / process / "cases").glob("*.yaml")}
    assert set(re.findall(r"^## (.+)$", page, re.MULTILINE)) == names
    assert page.count("✓ as expected") == len(names)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['laneway', '--help']\n"
        "from laneway.cli import main\n"
        "try: main()\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert out.rstrip().endswith("[]")
    assert "Serve the API" in out


def test_version_and_an_unknown_command(laneway: Run) -> None:
    assert laneway("version").out.startswith("laneway 0.")
    assert json.loads(laneway("version", "--json").out)["python"].startswith("3.")
    assert laneway("fly").code == 2


def test_serve_deploys_says_what_to_try_works_and_stops(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/laneway.db"
    arguments = ["serve", "--host", "127.0.0.1", "--port", "0", "--database", database, "--deploy", str(LEAVE)]
    process = subprocess.Popen(
        [LANEWAY, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        welcome = _read_until(process, "Ctrl+C")
        url = re.search(r"http://127\.0\.0\.1:\d+", welcome)
        assert url is not None
        assert "Deployed: leave-request version 1" in welcome
        assert welcome.count("curl -s") == 3

        body = json.dumps({"processDefinitionId": "leave-request", "variables": {"days": 5}}).encode()
        request = urllib.request.Request(f"{url[0]}/v2/process-instances", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["processDefinitionId"] == "leave-request"

        port = url[0].rpartition(":")[2]
        second = subprocess.run([LANEWAY, "serve", "--port", port], capture_output=True, text=True, cwd=tmp_path)
        assert second.returncode == 4
        assert "cannot be listened on" in second.stderr
    finally:
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 0, error


def _read_until(process: "subprocess.Popen[str]", text: str) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        if not line:
            break
        lines.append(line)
        if text in line:
            break
    return "".join(lines)
