"""What a person entered, held against the form: form-js forms, and forms that are JSON Schemas.

Source: form-js 1.x, "Form JSON schema" (components with ``type``, ``key``, ``validate``); JSON Schema 2020-12. Components that
a condition hides are not asked for; expressions in forms are evaluated as FEEL over what was entered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from laneway.domain.definition import FormDefinition
from laneway.domain.errors import InvalidInput, LanewayError
from laneway.domain.work import UserTask
from laneway.ports import UnitOfWork

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./\-]{2,30}")
_SHOWN_ONLY = frozenset(
    {"text", "html", "image", "button", "separator", "spacer", "table", "iframe", "documentPreview", "expression"}
)
_GROUPS = frozenset({"group", "dynamiclist"})
LONGEST_MATCHED = 10_000
"""Characters of a value that a pattern is tried on."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """``field``: the key of the component (or JSON pointer); ``label`` what the person reads beside it."""

    field: str
    message: str
    label: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"field": self.field, "label": self.label, "message": self.message}


def form_of(uow: UnitOfWork, task: UserTask) -> FormDefinition | None:
    """The form that a user task was opened with."""
    if task.form_key is not None:
        return uow.form(task.form_key)
    if task.form_id is None:
        return None
    definition = uow.process_definition(task.process_definition_key)
    if definition is not None:
        found = uow.form_in_deployment(task.form_id, definition.deployment_key)
        if found is not None:
            return found
    return uow.latest_form(task.form_id, task.tenant_id)


def require_valid(form: FormDefinition, variables: Mapping[str, Any]) -> None:
    """
    Raises
    ------
    InvalidInput
        ``form_invalid`` with every field at fault in ``details["fields"]``.
    """
    faults = check(form.schema, variables)
    if faults:
        said = "; ".join(f"«{fault.label or fault.field}» {fault.message}" for fault in faults[:5])
        more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
        raise InvalidInput(
            "form_invalid",
            f"The form «{form.form_id}» does not take this: {said}{more}",
            {"formId": form.form_id, "fields": [fault.as_dict() for fault in faults]},
        )


def check(schema: Mapping[str, Any], variables: Mapping[str, Any]) -> list[FieldFault]:
    """All faults, in the order of the form."""
    components = schema.get("components")
    if isinstance(components, list):
        return list(_check_components(components, variables, variables, ""))
    return _check_json_schema(schema, variables)


def _check_json_schema(schema: Mapping[str, Any], variables: Mapping[str, Any]) -> list[FieldFault]:
    from laneway.governance.schemas import compiled

    faults = []
    for finding in compiled(schema).findings(dict(variables)):
        name = finding.pointer or "/"
        if finding.kind == "Required":
            name = f"{finding.pointer}/{finding.facts.get('property', '')}"
        faults.append(FieldFault(name, finding.expected))
    return faults


def _check_components(
    components: list[Any], values: Mapping[str, Any], scope: Mapping[str, Any], prefix: str
) -> Iterator[FieldFault]:
    for component in components:
        if not isinstance(component, Mapping) or _hidden(component, scope):
            continue
        kind = component.get("type")
        children = component.get("components")
        if kind in _GROUPS and isinstance(children, list):
            yield from _check_group(component, children, values, scope, prefix)
        elif kind not in _SHOWN_ONLY and isinstance(component.get("key"), str) and component["key"]:
            yield from _check_field(component, values, scope, prefix)


def _check_group(
    component: Mapping[str, Any],
    children: list[Any],
    values: Mapping[str, Any],
    scope: Mapping[str, Any],
    prefix: str,
) -> Iterator[FieldFault]:
    path = component.get("path")
    if not isinstance(path, str) or not path:
        yield from _check_components(children, values, scope, prefix)
        return
    inner = _at(values, path)
    name = f"{prefix}{path}"
    if component.get("type") == "dynamiclist":
        if inner is None:
            return
        if not isinstance(inner, list):
            yield FieldFault(name, "must be a list", component.get("label"))
            return
        for index, item in enumerate(inner):
            item_values = item if isinstance(item, Mapping) else {}
            yield from _check_components(children, item_values, {**scope, **item_values}, f"{name}[{index}].")
        return
    group = inner if isinstance(inner, Mapping) else {}
    yield from _check_components(children, group, {**scope, **group}, f"{name}.")


def _check_field(
    component: Mapping[str, Any], values: Mapping[str, Any], scope: Mapping[str, Any], prefix: str
) -> Iterator[FieldFault]:
    key = component["key"]
    label = component.get("label") if isinstance(component.get("label"), str) else None
    field = f"{prefix}{key}"
    value = _at(values, key)
    rules = component.get("validate")
    rules = rules if isinstance(rules, Mapping) else {}
    kind = component.get("type")
    empty = value is None or value == "" or value == [] or (kind == "checkbox" and value is False)
    if empty:
        if _setting(rules.get("required"), scope):
            yield FieldFault(field, "must be filled in", label)
        return
    if component.get("disabled") is True or component.get("readonly") is True:
        return
    for message in _faults_of(kind, component, rules, value, scope):
        yield FieldFault(field, message, label)


def _faults_of(
    kind: Any, component: Mapping[str, Any], rules: Mapping[str, Any], value: Any, scope: Mapping[str, Any]
) -> Iterator[str]:
    if kind == "number":
        yield from _number_faults(component, rules, value, scope)
    elif kind in ("textfield", "textarea"):
        if isinstance(value, str):
            yield from _text_faults(rules, value, scope)
        else:
            yield "must be a text"
    elif kind == "checkbox":
        if not isinstance(value, bool):
            yield "must be true or false"
    elif kind in ("select", "radio"):
        yield from _option_faults(component, [value])
    elif kind in ("checklist", "taglist"):
        if isinstance(value, list):
            yield from _option_faults(component, value)
        else:
            yield "must be a list of options"
    elif kind == "datetime":
        yield from _date_faults(component, value)


def _number_faults(
    component: Mapping[str, Any], rules: Mapping[str, Any], value: Any, scope: Mapping[str, Any]
) -> Iterator[str]:
    number = _as_number(value) if not isinstance(value, str) or component.get("serializeToString") else None
    if number is None:
        yield "must be a number"
        return
    low = _as_number(_setting(rules.get("min"), scope))
    high = _as_number(_setting(rules.get("max"), scope))
    if low is not None and number < low:
        yield f"must be at least {low}"
    if high is not None and number > high:
        yield f"must be at most {high}"
    digits = component.get("decimalDigits")
    exponent = number.normalize().as_tuple().exponent
    if isinstance(digits, int) and isinstance(exponent, int) and -exponent > digits:
        yield f"must have at most {digits} decimal places"


def _text_faults(rules: Mapping[str, Any], value: str, scope: Mapping[str, Any]) -> Iterator[str]:
    shortest = _as_number(_setting(rules.get("minLength"), scope))
    longest = _as_number(_setting(rules.get("maxLength"), scope))
    if shortest is not None and len(value) < shortest:
        yield f"must have at least {shortest} characters"
    if longest is not None and len(value) > longest:
        yield f"must have at most {longest} characters"
    pattern = rules.get("pattern")
    if isinstance(pattern, str) and pattern and not _matches(pattern, value):
        yield f"must match {pattern}"
    kind = rules.get("validationType")
    if kind == "email" and not _EMAIL.fullmatch(value):
        yield "must be an e-mail address"
    elif kind == "phone" and not _PHONE.fullmatch(value):
        yield "must be a phone number"


def _matches(pattern: str, value: str) -> bool:
    """By the linear-time engine of JSON Schema, so that no pattern can hold a transaction up."""
    from laneway.governance.schemas import SchemaFault, compiled

    try:
        return not compiled({"type": "string", "pattern": pattern}).findings(value[:LONGEST_MATCHED])
    except SchemaFault:
        return True


def _option_faults(component: Mapping[str, Any], chosen: list[Any]) -> Iterator[str]:
    options = component.get("values")
    if not isinstance(options, list):
        return  # options come from a variable or an expression: what was offered is not known here
    allowed = [option.get("value") if isinstance(option, Mapping) else option for option in options]
    for value in chosen:
        if value not in allowed:
            yield f"must be one of {', '.join(str(option) for option in allowed)}"
            return


def _date_faults(component: Mapping[str, Any], value: Any) -> Iterator[str]:
    subtype = component.get("subtype", "datetime")
    text = value if isinstance(value, str) else ""
    try:
        if subtype == "date":
            date.fromisoformat(text)
        elif subtype == "time":
            time.fromisoformat(text)
        else:
            datetime.fromisoformat(text)
    except ValueError:
        example = {"date": "2026-12-24", "time": "18:00"}.get(str(subtype), "2026-12-24T18:00:00Z")
        yield f"must be a {subtype}, as {example}"


def _hidden(component: Mapping[str, Any], scope: Mapping[str, Any]) -> bool:
    conditional = component.get("conditional")
    if not isinstance(conditional, Mapping) or "hide" not in conditional:
        return False
    return _setting(conditional["hide"], scope) is True


def _setting(value: Any, scope: Mapping[str, Any]) -> Any:
    """A setting of a component: a value, or an expression ``= …`` over what was entered."""
    if not isinstance(value, str) or not value.startswith("="):
        return value
    from laneway.expressions import compile

    try:
        return compile(value, "feel").evaluate(scope)
    except (LanewayError, ValueError, ArithmeticError):
        return None


def _as_number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str | float):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _at(values: Mapping[str, Any], path: str) -> Any:
    """A component's key may be a path (``customer.name``)."""
    if path in values:
        return values[path]
    current: Any = values
    for part in path.split("."):
        if not isinstance(current, Mapping) or part not in current:
            return None
        current = current[part]
    return current
