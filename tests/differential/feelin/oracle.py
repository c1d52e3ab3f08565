"""What feelin answers, and what Laneway answers, in one shape that can be compared."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from laneway.expressions import ExpressionError, feel
from laneway.expressions.results import text_of
from laneway.expressions.run import Run
from laneway.expressions.temporal import TEMPORAL, own, parse_at_literal
from laneway.expressions.values import FeelFunction, Range

NODE = Path(__file__).parent / "node"
CACHE = Path(__file__).parents[3] / ".cache"
Question = tuple[str, Mapping[str, Any]]
FAILED = {"failed": True}
"""It is no expression: both sides say so in their own words."""


def installed() -> Path:
    """A folder with feelin of the lock file in it, made once per lock file; npm's scripts stay off."""
    lock = hashlib.sha256((NODE / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = CACHE / f"feelin-{lock}"
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (CACHE / ".gitignore").write_text("*\n")
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(NODE / name, folder / name)
        subprocess.run(
            ["npm", "install", "--ignore-scripts", "--no-audit"],
            cwd=folder,
            check=True,
            timeout=90,
            capture_output=True,
        )
    for script in NODE.glob("*.mjs"):
        shutil.copy(script, folder / script.name)
    return folder


def feelin(questions: Sequence[Question]) -> list[Any]:
    """Answers of one Node process to all questions."""
    lines = "".join(json.dumps({"text": text, "context": context}) + "\n" for text, context in questions)
    done = subprocess.run(
        ["node", "answer.mjs"], cwd=installed(), input=lines, capture_output=True, text=True, timeout=90, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions), done.stderr
    return [FAILED if "error" in answer else _theirs(answer["value"]) for answer in answers]


def laneway(question: Question) -> Any:
    text, context = question
    try:
        return _ours(feel.compile_expression(text, known_names=context).evaluate(context))
    except ExpressionError:
        return FAILED


def _theirs(value: Any) -> Any:
    if isinstance(value, list):
        return [_theirs(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "number" in value:
        number = Decimal(value["number"])
        return number if number.is_finite() else str(number)
    if "temporal" in value:
        # Both write the same moment in more than one way (PT24H, P1D): what it reads as is compared.
        read = parse_at_literal(value["temporal"])
        return {"temporal": value["temporal"] if read is None else _temporal(read)}
    if "range" in value:
        start, end, start_included, end_included = value["range"]
        return {"range": [_theirs(start), _theirs(end), start_included, end_included]}
    if "context" in value:
        return {"context": {name: _theirs(one) for name, one in value["context"].items()}}
    return value


def _ours(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    if isinstance(value, list):
        return [_ours(item) for item in value]
    if isinstance(own(value), TEMPORAL):
        return {"temporal": _temporal(value)}
    if isinstance(value, Range):
        return {"range": [_ours(value.start), _ours(value.end), value.start_included, value.end_included]}
    if isinstance(value, FeelFunction):
        return {"function": True}
    return {"context": {str(name): _ours(one) for name, one in value.items()}}


def _temporal(value: object) -> str:
    return text_of(own(value), Run())


def agree(ours: Any, theirs: Any) -> bool:
    """Equal, with numbers as near as binary floating point comes to a decimal."""
    if isinstance(ours, Decimal) and isinstance(theirs, Decimal):
        return abs(ours - theirs) <= abs(ours) * Decimal("1e-12") + Decimal("1e-12")
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(agree(one, theirs[name]) for name, one in ours.items())
    return type(ours) is type(theirs) and bool(ours == theirs)
