"""`decide`: what a decision of a DMN file gives for some input, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from laneway.cli.decide_output import Shown, print_decisions, print_evaluation
from laneway.cli.failures import FOUND_WRONG, USAGE, expected_failures, fail
from laneway.cli.options import Database, opened, put, value_of
from laneway.cli.output import print_json

if TYPE_CHECKING:
    from laneway.decisions import Decision, DecisionModel
    from laneway.decisions.program import Service


class Format(StrEnum):
    text = "text"
    json = "json"


_BESIDE = 200
"""Files beside one that is named which are looked at for what it imports."""


def decide(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE…",
            help="A DMN file. What it imports is looked for beside it, and among further files.",
            show_default=False,
        ),
    ] = None,
    decision: Annotated[
        str | None,
        typer.Option("--decision", metavar="ID", help="Id or name of a decision. Default: list those that there are."),
    ] = None,
    input: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="NAME=VALUE",
            help="An input; VALUE is JSON, or else a text. @FILE takes all from a JSON object. May be repeated.",
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Make every decision of the file.")] = False,
    format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    database: Database = None,
) -> None:
    """Make a decision of a DMN file and show its tables, with the rules that matched.

    Neither server nor database is needed. Without FILE the latest deployed version is asked, and the answer is on record.
    Exit code 1 if a decision fails.
    """
    with expected_failures():
        given = _inputs(input)
        if not files:
            if decision is None or every:
                raise fail("name a FILE, or with --decision a decision that is deployed", USAGE)
            _ask(database, decision, given, format)
            return
        models = _load(files)
        if every:
            evaluations = [_evaluate(model, one, given) for model in models for one in model.decisions]
        elif decision is not None:
            model, one = _find(models, decision)
            _require_inputs(model, one, given)
            evaluations = [_evaluate(model, one, given)]
        else:
            print_decisions(models, as_json=format is Format.json)
            return
        if format is Format.json:
            told = [{"decisionId": one.decision_id, "name": one.name, "output": one.output, "failure": one.failure,
                     "details": one.details} for one in evaluations]  # fmt: skip
            print_json(told if every else told[0])
        else:
            for shown in evaluations:
                print_evaluation(shown)
        if any(each.failure is not None for each in evaluations):
            raise typer.Exit(FOUND_WRONG)


def _inputs(texts: Sequence[str] | None) -> dict[str, Any]:
    """``amount=3`` and ``@file.json``, the later ones over the earlier ones."""
    inputs: dict[str, Any] = {}
    for text in texts or ():
        if text.startswith("@"):
            inputs.update(_object(Path(text[1:])))
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise fail(f"--input {text!r}: write NAME=VALUE, for example --input amount=1200, or @FILE", USAGE)
        if "." in name and name.strip() not in inputs:
            put(inputs, name.strip(), value_of(value))
        else:
            inputs[name.strip()] = value_of(value)
    return inputs


def _object(path: Path) -> dict[str, Any]:
    from laneway import json_gate
    from laneway.domain.errors import LanewayError

    try:
        found = json_gate.loads(path.read_bytes())
    except OSError as error:
        raise fail(f"--input @{path}: {error.strerror}", USAGE) from None
    except LanewayError as error:
        raise fail(f"--input @{path}: {error.message}", USAGE) from None
    if not isinstance(found, dict):
        raise fail(f"--input @{path}: the file must hold one JSON object: names and their values", USAGE)
    return found


def _load(paths: Sequence[Path]) -> list[DecisionModel]:
    from laneway.decisions import load_decisions
    from laneway.diagrams.xml_gate import parse_xml

    contents = {str(path): path.read_bytes() for path in paths}
    known = dict(contents)
    for path in paths:
        for other in sorted(path.parent.glob("*.dmn"))[:_BESIDE]:
            if str(other) not in known and other.is_file():
                known[str(other)] = other.read_bytes()
    return [
        load_decisions(
            parse_xml(content, name=name), name, {other: each for other, each in known.items() if other != name}
        )
        for name, content in contents.items()
    ]


def _find(models: Sequence[DecisionModel], wanted: str) -> tuple[DecisionModel, Decision | Service]:
    known: list[str] = []
    for model in models:
        callable_ones: tuple[Decision | Service, ...] = (*model.decisions, *model.services)
        for one in callable_ones:
            if wanted in (one.id, one.name):
                return model, one
            known += [one.id, *([one.name] if one.name != one.id else [])]
    close = get_close_matches(wanted, known, 3, 0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(known[:20]) or 'none'}"
    raise fail(f"there is no decision «{wanted}»; {hint}")


def _require_inputs(model: DecisionModel, one: Decision | Service, given: Mapping[str, Any]) -> None:
    """An input that was forgotten would be null, and the answer a wrong one that looks right."""
    missing = [each for each in model.inputs_of(one) if not (set(each.names) & given.keys())]
    if missing:
        named = ", ".join(f"{each.name} ({each.type})" if each.type != "Any" else each.name for each in missing)
        example = f"--input {missing[0].name!r}=…" if " " in missing[0].name else f"--input {missing[0].name}=…"
        raise fail(f"the decision «{one.name}» needs {named}; give it with {example}, null if there is none", USAGE)


def _evaluate(model: DecisionModel, one: Decision | Service, given: Mapping[str, Any]) -> Shown:
    from datetime import UTC, datetime

    from laneway.decisions import DecisionFailed

    now = datetime.now(UTC)
    try:
        result = model.evaluate(one.id, given, now, strict=True)
    except DecisionFailed as error:
        details = error.evaluation or {"decisionId": one.id, "decisionName": one.name, "failure": error.message}
        return Shown(one.id, one.name, None, details, error.message, model.drawn)
    return Shown(one.id, one.name, result.output, result.details, None, model.drawn)


def _ask(database: str | None, decision: str, given: Mapping[str, Any], format: Format) -> None:
    """Ask the latest deployed version."""
    with opened(database) as engine:
        found = engine.evaluate_decision(decision_id=decision, variables=given, raises=False)
        failure = found.fault.message if found.fault is not None else None
        if format is Format.json:
            told = {"decisionId": found.decision_id, "name": found.name, "version": found.version}
            print_json({**told, "output": found.output, "failure": failure, "details": dict(found.details)})
        else:
            from laneway.decisions import load_decisions

            row = engine.get("decision-definitions", found.key)
            resource = engine.resource(int(row["resourceKey"]))
            drawn = load_decisions(resource.content, resource.name).drawn
            print_evaluation(Shown(found.decision_id, found.name, found.output, found.details, failure, drawn))
        if failure is not None:
            raise typer.Exit(FOUND_WRONG)
