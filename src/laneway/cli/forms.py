"""A form as questions at the keyboard: form-js components, or a JSON Schema of an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from laneway.cli.options import put, value_of
from laneway.cli.output import KEPT, visible

Ask = Callable[[str], str]
"""Shows a question and gives the line that was entered."""

SHOWN_ONLY = frozenset(
    {"html", "image", "button", "separator", "spacer", "table", "iframe", "documentPreview", "expression"}
)


def ask_form(schema: Mapping[str, Any], values: Mapping[str, Any], ask: Ask = input) -> dict[str, Any]:
    """Ask for every field that a person may change; gives the variables.

    An empty answer keeps what stands there already. Without a form, `name=value` lines are asked for.
    """
    components = schema.get("components")
    if isinstance(components, list):
        answers: dict[str, Any] = {}
        _ask_components(components, values, answers, ask)
        return answers
    if isinstance(schema.get("properties"), Mapping):
        return _ask_properties(schema, values, ask)
    return _ask_lines(ask)


def ask_number(highest: int, ask: Ask = input) -> int:
    """One of 1 to ``highest``."""
    while True:
        line = ask(f"? 1 to {highest}: ").strip()
        if line.isdigit() and 1 <= int(line) <= highest:
            return int(line)
        typer.echo("  please enter one of the numbers")


def _ask_components(components: Sequence[Any], values: Mapping[str, Any], answers: dict[str, Any], ask: Ask) -> None:
    from laneway.cases.matchers import ABSENT, lookup

    for component in components:
        if not isinstance(component, Mapping) or _hidden(component, {**values, **answers}):
            continue
        kind = component.get("type")
        if kind == "text":
            typer.echo(_plain(str(component.get("text", ""))))
        elif isinstance(component.get("components"), list):
            _ask_components(component["components"], values, answers, ask)
        elif kind not in SHOWN_ONLY and component.get("key"):
            key = str(component["key"])
            found = lookup(values, key)
            current = component.get("defaultValue") if found is ABSENT else found
            if component.get("readonly") is True or component.get("disabled") is True:
                typer.echo(f"  {component.get('label') or key}: {visible(_text(current), KEPT)}")
                continue
            answer = _ask_component(component, str(kind), current, ask)
            if answer is not None:
                put(answers, key, answer)


def _ask_component(component: Mapping[str, Any], kind: str, current: Any, ask: Ask) -> Any:
    label = str(component.get("label") or component["key"])
    if component.get("description"):
        label += f" ({component['description']})"
    if kind == "checkbox":
        return _ask_yes(label, current, ask)
    if kind in ("radio", "select") and isinstance(component.get("values"), list):
        return _ask_option(label, _options(component), current, ask)
    if kind in ("checklist", "taglist") and isinstance(component.get("values"), list):
        return _ask_options(label, _options(component), current, ask)
    if kind == "number":
        return _ask_number(label, current, ask)
    rules = component.get("validate")
    required = isinstance(rules, Mapping) and rules.get("required") is True
    while True:
        line = ask(f"? {label}{_shown(current)}: ").strip()
        if line:
            return line
        if current not in (None, "") or not required:
            return current
        typer.echo("  please fill this in")


def _ask_yes(label: str, current: Any, ask: Ask) -> bool:
    while True:
        line = ask(f"? {label} [{'Y/n' if current else 'y/N'}]: ").strip().lower()
        if not line:
            return bool(current)
        if line in ("y", "yes", "true", "n", "no", "false"):
            return line in ("y", "yes", "true")
        typer.echo("  please answer y or n")


def _ask_number(label: str, current: Any, ask: Ask) -> Any:
    from decimal import Decimal

    while True:
        line = ask(f"? {label}{_shown(current)}: ").strip()
        if not line:
            return current
        value = value_of(line)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return value
        typer.echo("  please enter a number")


def _ask_option(label: str, options: Sequence[tuple[Any, str]], current: Any, ask: Ask) -> Any:
    _show_options(label, options)
    while True:
        line = ask(f"? 1 to {len(options)}{_shown(current)}: ").strip()
        if not line and current is not None:
            return current
        chosen = _chosen(line, options)
        if chosen is not None:
            return chosen[0]
        typer.echo("  please enter one of the numbers")


def _ask_options(label: str, options: Sequence[tuple[Any, str]], current: Any, ask: Ask) -> Any:
    _show_options(label, options)
    while True:
        line = ask(f"? numbers with commas between them{_shown(current)}: ").strip()
        if not line:
            return current
        chosen = [_chosen(part.strip(), options) for part in line.split(",")]
        if all(chosen):
            return [option[0] for option in chosen if option]
        typer.echo("  please enter some of the numbers")


def _show_options(label: str, options: Sequence[tuple[Any, str]]) -> None:
    typer.echo(f"? {label}")
    for number, (_, text) in enumerate(options, 1):
        typer.echo(f"    {number}  {text}")


def _chosen(line: str, options: Sequence[tuple[Any, str]]) -> tuple[Any, str] | None:
    if line.isdigit() and 1 <= int(line) <= len(options):
        return options[int(line) - 1]
    return next((option for option in options if line and line in (str(option[0]), option[1])), None)


def _options(component: Mapping[str, Any]) -> list[tuple[Any, str]]:
    return [
        (option.get("value"), str(option.get("label", option.get("value"))))
        if isinstance(option, Mapping)
        else (option, str(option))
        for option in component["values"]
    ]


def _ask_properties(schema: Mapping[str, Any], values: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        rules = field if isinstance(field, Mapping) else {}
        label = str(rules.get("title") or name)
        current = values.get(name, rules.get("default"))
        if isinstance(rules.get("enum"), list):
            answer = _ask_option(label, [(option, str(option)) for option in rules["enum"]], current, ask)
        elif rules.get("type") == "boolean":
            answer = _ask_yes(label, current, ask)
        elif rules.get("type") in ("number", "integer"):
            answer = _ask_number(label, current, ask)
        else:
            component = {"key": name, "label": label, "validate": {"required": name in required}}
            answer = _ask_component(component, "textfield", current, ask)
        if answer is not None:
            answers[name] = answer
    return answers


def _ask_lines(ask: Ask) -> dict[str, Any]:
    typer.echo("Enter variables as name=value, an empty line ends.")
    answers: dict[str, Any] = {}
    while line := ask("? ").strip():
        name, equals, value = line.partition("=")
        if equals and name.strip():
            put(answers, name.strip(), value_of(value.strip()))
        else:
            typer.echo("  please write name=value")
    return answers


def _hidden(component: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    from laneway.domain.errors import LanewayError
    from laneway.expressions import compile

    conditional = component.get("conditional")
    condition = conditional.get("hide") if isinstance(conditional, Mapping) else None
    if not isinstance(condition, str):
        return condition is True
    try:
        return compile(condition).evaluate(values) is True
    except LanewayError:
        return False


def _plain(markdown: str) -> str:
    return "\n".join(line.lstrip("# ").rstrip() for line in markdown.splitlines())


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value) or "–"
    return str(value)


def _shown(current: Any) -> str:
    if current in (None, ""):
        return ""
    text = visible(_text(current))
    return f" [{text if len(text) <= 60 else text[:57] + '…'}]"
