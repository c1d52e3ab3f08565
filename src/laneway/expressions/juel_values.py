"""How JUEL turns values into one another: the coercions of Jakarta EL 2.1, 1.23, and equality and order (1.9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from laneway.expressions.errors import ExpressionEvaluationError
from laneway.expressions.juel_dates import moment_of, moment_text, order_of_moments
from laneway.expressions.operators import ORDERINGS, as_number, equal as feel_equal
from laneway.expressions.results import text_of
from laneway.expressions.run import Run
from laneway.expressions.values import NUMBERS, type_name

__all__ = ["boolean_of", "equals", "is_empty", "number_of", "ordered", "same", "text_in_juel"]


def boolean_of(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value is None or value == "":
        return False
    if isinstance(value, str):
        return value.lower() == "true"
    raise ExpressionEvaluationError(
        f"A {type_name(value)} stands where true or false is needed.", hint="Compare it, as in x > 0."
    )


def number_of(value: object) -> int | Decimal:
    if value is None or value == "":
        return 0
    number = as_number(value)
    if number is None and isinstance(value, str) and len(value) <= 100:
        text = value.strip()
        digits = text.lower().replace("e+", "e").replace("e-", "e").replace("e", "", 1).replace(".", "", 1).lstrip("+-")
        read = NUMBERS.create_decimal(text) if digits.isdecimal() and digits.isascii() else None
        number = read if read is not None and read.is_finite() else None
    if number is None:
        shown = f"the text {value[:40]!r}" if isinstance(value, str) else f"a {type_name(value)}"
        hint = "Texts are joined outside, as in ${a}${b}, or by a.concat(b)." if isinstance(value, str) else None
        if isinstance(value, date):
            hint = "Dates are moved by plusDays(1) and its like."
        raise ExpressionEvaluationError(f"A number is needed, not {shown}.", hint=hint)
    return number


def text_in_juel(value: object, run: Run) -> str:
    """A value within text: null is nothing, lists and maps are JSON (as the JSON variables of Camunda Spin), dates ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, date):
        return moment_text(value)
    if isinstance(value, (list, Mapping)):
        return _json(value, run)
    return text_of(value, run)


def _json(value: object, run: Run) -> str:
    if isinstance(value, str):
        run.charge_text(len(value))
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        run.charge(8 + 5 * len(value))
        text = "[" + ",".join([_json(item, run) for item in value]) + "]"
    elif isinstance(value, Mapping):
        run.charge(8 + 12 * len(value))
        pairs = [f"{json.dumps(str(key), ensure_ascii=False)}:{_json(item, run)}" for key, item in value.items()]
        text = "{" + ",".join(pairs) + "}"
    elif isinstance(value, date):
        return f'"{moment_text(value)}"'
    elif value is None or isinstance(value, (bool, int, float, Decimal)):
        return text_of(value, run)
    else:
        return json.dumps(text_of(value, run), ensure_ascii=False)
    run.charge_text(len(text))
    return text


def is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, Mapping)) and len(value) == 0)


def same(a: object, b: object, run: Run) -> bool:
    """Java's ``equals``, with numbers by their value and moments by theirs."""
    if isinstance(a, date) or isinstance(b, date):
        return moment_of(a) is not None and moment_of(b) is not None and order_of_moments(a, b) == 0
    return feel_equal(a, b, run, warn=False) is True


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


def equals(a: object, b: object, run: Run) -> bool:
    if a is None or b is None:
        return a is b
    if _is_number(a) or _is_number(b):
        if isinstance(a, (bool, list, Mapping, date)) or isinstance(b, (bool, list, Mapping, date)):
            return False
        return number_of(a) == number_of(b)
    if isinstance(a, bool) or isinstance(b, bool):
        return boolean_of(a) == boolean_of(b)
    if isinstance(a, date) or isinstance(b, date):
        return same(a, b, run)
    if isinstance(a, str) or isinstance(b, str):
        return text_in_juel(a, run) == text_in_juel(b, run)
    return same(a, b, run)


def ordered(operator: str, a: object, b: object, run: Run) -> bool:
    compare = ORDERINGS[operator]
    if a is None or b is None:
        return a is b and operator in ("<=", ">=")
    if (isinstance(a, date) or isinstance(b, date)) and moment_of(a) is not None and moment_of(b) is not None:
        return compare(order_of_moments(a, b), 0)
    if isinstance(a, (date, list, Mapping)) or isinstance(b, (date, list, Mapping)):
        raise ExpressionEvaluationError(f"Can't compare {type_name(a)} and {type_name(b)} with {operator}.")
    if _is_number(a) or _is_number(b):
        return compare(number_of(a), number_of(b))
    if isinstance(a, str) or isinstance(b, str):
        return compare(text_in_juel(a, run), text_in_juel(b, run))
    raise ExpressionEvaluationError(f"Can't compare {type_name(a)} and {type_name(b)} with {operator}.")
