"""External functions of the kind Java, without Java (DMN 1.5, 10.3.2.13.3 and tables 66 and 67).

There is no virtual machine here and nothing is ever looked up by reflection: pure static functions of the JDK that decision
files use are written down in a table, by class, name and types of their parameters. What isn't in it gives null.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from laneway.expressions.java_format import java_format
from laneway.expressions.nodes import TypeReference
from laneway.expressions.results import text_of
from laneway.expressions.run import Run
from laneway.expressions.types import coerced
from laneway.expressions.values import FeelFunction, from_float, type_name

__all__ = ["java_function", "java_problem"]

_LIMITS = {"byte": 8, "short": 16, "int": 32, "long": 64}
_SHORT = {
    "java.lang.Integer": "int", "java.lang.Long": "long", "java.lang.Double": "double", "java.lang.Float": "float",
    "java.lang.Short": "short", "java.lang.Byte": "byte", "java.lang.Boolean": "boolean", "java.lang.Character": "char",
    "java.lang.String": "String", "java.lang.Object": "Object", "java.lang.CharSequence": "String",
    "java.math.BigDecimal": "BigDecimal", "java.math.BigInteger": "BigInteger", "Integer": "int", "Long": "long",
    "Double": "double", "Float": "float", "Short": "short", "Byte": "byte", "Boolean": "boolean", "Character": "char",
    "CharSequence": "String",
}  # fmt: skip
_UNFIT = object()

Table = dict[tuple[str, str, tuple[str, ...]], Callable[..., object]]
_TABLE: Table = {}


def _declare(owner: str, name: str, kinds: str, function: Callable[..., object]) -> None:
    """Declare one overload for each word of ``kinds``; a word holds the parameters' types with commas between them."""
    for word in kinds.split():
        _TABLE[owner, name, tuple(kind for kind in word.split(",") if kind != "-")] = function


def _wrapped(bits: int, function: Callable[..., int]) -> Callable[..., int]:
    """Java's whole numbers begin anew beyond their end."""
    half = 1 << (bits - 1)
    return lambda *values: (function(*values) + half) % (2 * half) - half


def _exact(bits: int, function: Callable[..., int]) -> Callable[..., object]:
    half = 1 << (bits - 1)

    def exact(*values: int) -> object:
        result = function(*values)
        if not -half <= result < half:
            raise OverflowError(f"{result} is no whole number of {bits} bits")
        return result

    return exact


def _rounded(value: float) -> int:
    """``Math.round``: half goes up."""
    return math.floor(Decimal(value) + Decimal("0.5"))


def _single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _cube_root(value: float) -> float:
    root = math.copysign(abs(value) ** (1 / 3), value)
    near = float(round(root))
    return near if near**3 == value else root


def _declare_math() -> None:
    for owner in ("java.lang.Math", "java.lang.StrictMath"):
        for name, function in (
            ("sin", math.sin), ("cos", math.cos), ("tan", math.tan), ("asin", math.asin), ("acos", math.acos),
            ("atan", math.atan), ("sinh", math.sinh), ("cosh", math.cosh), ("tanh", math.tanh), ("exp", math.exp),
            ("expm1", math.expm1), ("log", math.log), ("log10", math.log10), ("log1p", math.log1p), ("sqrt", math.sqrt),
            ("cbrt", _cube_root), ("toRadians", math.radians), ("toDegrees", math.degrees),
        ):  # fmt: skip
            _declare(owner, name, "double", function)
        _declare(owner, "ceil", "double", lambda value: float(math.ceil(value)))
        _declare(owner, "floor", "double", lambda value: float(math.floor(value)))
        _declare(
            owner, "rint", "double", lambda value: float(Decimal(value).to_integral_value(rounding=ROUND_HALF_EVEN))
        )
        _declare(owner, "round", "double float", _rounded)
        _declare(owner, "pow", "double,double", math.pow)
        _declare(owner, "atan2", "double,double", math.atan2)
        _declare(owner, "hypot", "double,double", math.hypot)
        _declare(owner, "IEEEremainder", "double,double", math.remainder)
        _declare(owner, "copySign", "double,double float,float", math.copysign)
        _declare(owner, "signum", "double float", lambda value: float((value > 0) - (value < 0)))
        _declare(owner, "abs", "double float int long", abs)
        pairs = "double,double float,float int,int long,long"
        _declare(owner, "max", pairs, max)
        _declare(owner, "min", pairs, min)
        for kind, bits in (("int", 32), ("long", 64)):
            pair = f"{kind},{kind}"
            _declare(owner, "addExact", pair, _exact(bits, lambda a, b: a + b))
            _declare(owner, "subtractExact", pair, _exact(bits, lambda a, b: a - b))
            _declare(owner, "multiplyExact", pair, _exact(bits, lambda a, b: a * b))
            _declare(owner, "negateExact", kind, _exact(bits, lambda a: -a))
            _declare(owner, "incrementExact", kind, _exact(bits, lambda a: a + 1))
            _declare(owner, "decrementExact", kind, _exact(bits, lambda a: a - 1))
            _declare(owner, "floorDiv", pair, lambda a, b: a // b)
            _declare(owner, "floorMod", pair, lambda a, b: a % b)
        _declare(owner, "toIntExact", "long", _exact(32, lambda a: a))


_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOATING = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?")


def _read_integer(bits: int) -> Callable[..., object]:
    def read(text: str, radix: int = 10) -> object:
        if (radix == 10 and not _INTEGER.fullmatch(text)) or not 2 <= radix <= 36 or len(text) > 70:
            raise ValueError(f'For input string: "{text[:40]}"')
        return _exact(bits, lambda: int(text, radix))()

    return read


def _read_floating(text: str) -> float:
    if not _FLOATING.fullmatch(text.strip()) or len(text) > 1_000:
        raise ValueError(f'For input string: "{text[:40]}"')
    return float(text.strip().rstrip("fFdD"))


def _declare_numbers() -> None:
    for owner, kind, bits in (
        ("java.lang.Integer", "int", 32), ("java.lang.Long", "long", 64), ("java.lang.Short", "short", 16),
        ("java.lang.Byte", "byte", 8),
    ):  # fmt: skip
        name = {"int": "Int"}.get(kind, kind.title())
        _declare(owner, f"parse{name}", "String String,int", _read_integer(bits))
        _declare(owner, "valueOf", "String String,int", _read_integer(bits))
        _declare(owner, "valueOf", kind, lambda value: value)
        _declare(owner, "toString", kind, str)
        _declare(owner, "compare", f"{kind},{kind}", lambda a, b: (a > b) - (a < b))
        if bits < 32:
            continue
        pair = f"{kind},{kind}"
        _declare(owner, "max", pair, max)
        _declare(owner, "min", pair, min)
        _declare(owner, "sum", pair, _wrapped(bits, lambda a, b: a + b))
        _declare(owner, "signum", kind, lambda value: (value > 0) - (value < 0))
        _declare(owner, "bitCount", kind, lambda value, bits=bits: (value % (1 << bits)).bit_count())
        _declare(owner, "toHexString", kind, lambda value, bits=bits: f"{value % (1 << bits):x}")
        _declare(owner, "toOctalString", kind, lambda value, bits=bits: f"{value % (1 << bits):o}")
        _declare(owner, "toBinaryString", kind, lambda value, bits=bits: f"{value % (1 << bits):b}")
    for owner, kind in (("java.lang.Double", "double"), ("java.lang.Float", "float")):
        round_to: Callable[[float], float] = _single if kind == "float" else float
        name = kind.title()
        _declare(owner, f"parse{name}", "String", lambda text, round_to=round_to: round_to(_read_floating(text)))
        _declare(owner, "valueOf", "String", lambda text, round_to=round_to: round_to(_read_floating(text)))
        _declare(owner, "valueOf", kind, lambda value: value)
        _declare(owner, "toString", kind, _floating_text)
        _declare(owner, "compare", f"{kind},{kind}", lambda a, b: (a > b) - (a < b))
        _declare(owner, "isNaN", kind, math.isnan)
        _declare(owner, "isInfinite", kind, math.isinf)
        _declare(owner, "isFinite", kind, math.isfinite)
        pair = f"{kind},{kind}"
        _declare(owner, "max", pair, max)
        _declare(owner, "min", pair, min)
        _declare(owner, "sum", pair, lambda a, b: a + b)
    _declare("java.lang.Boolean", "parseBoolean", "String", lambda text: text is not None and text.lower() == "true")
    _declare("java.lang.Boolean", "valueOf", "String", lambda text: text is not None and text.lower() == "true")
    _declare("java.lang.Boolean", "valueOf", "boolean", lambda value: value)
    _declare("java.lang.Boolean", "toString", "boolean", lambda value: "true" if value else "false")
    _declare("java.lang.Boolean", "logicalAnd", "boolean,boolean", lambda a, b: a and b)
    _declare("java.lang.Boolean", "logicalOr", "boolean,boolean", lambda a, b: a or b)
    _declare("java.lang.Boolean", "logicalXor", "boolean,boolean", lambda a, b: a != b)
    _declare("java.math.BigDecimal", "valueOf", "double long", lambda value: value)
    _declare("java.math.BigInteger", "valueOf", "long", lambda value: value)


def _floating_text(value: float) -> str:
    """Write a double as Java does where that is plain; exponents begin at 10^7 and below 10^-3."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = format(Decimal(repr(value)), "f")
        return text if "." in text else text + ".0"
    digits, _, exponent = format(Decimal(repr(value)), "E").partition("E")
    digits = digits.rstrip("0") if "." in digits else digits
    digits = digits + "0" if digits.endswith(".") else digits if "." in digits else digits + ".0"
    return f"{digits}E{int(exponent)}"


def _declare_strings() -> None:
    owner = "java.lang.String"
    _declare(owner, "valueOf", "int long", str)
    _declare(owner, "valueOf", "double float", _floating_text)
    _declare(owner, "valueOf", "boolean", lambda value: "true" if value else "false")
    _declare(owner, "valueOf", "Object char", lambda value: text_of(value, Run()))
    _declare(owner, "format", "String,Object[]", java_format)
    _declare(owner, "join", "String,String[]", lambda between, parts: between.join(parts))
    _declare("java.lang.Character", "toString", "char", str)
    _declare("java.lang.Character", "isDigit", "char", lambda value: value.isdecimal())
    _declare("java.lang.Character", "isLetter", "char", lambda value: value.isalpha())
    _declare("java.util.Objects", "equals", "Object,Object", lambda a, b: type(a) is type(b) and a == b)
    _declare("java.util.Objects", "isNull", "Object", lambda value: value is None)
    _declare("java.util.Objects", "nonNull", "Object", lambda value: value is not None)


_declare_math()
_declare_numbers()
_declare_strings()

_SIGNATURE = re.compile(r"\s*([A-Za-z_$][\w$]*)\s*\(([^()]*)\)\s*")


def _kind(text: str) -> str:
    """Shorten the name of a Java type; ``[Ljava.lang.Object;`` and ``java.lang.Object[]`` are arrays."""
    text = text.strip()
    suffix = ""
    if text.startswith("[L") and text.endswith(";"):
        text, suffix = text[2:-1], "[]"
    for end in ("[]", "..."):
        if text.endswith(end):
            text, suffix = text[: -len(end)].strip(), "[]"
    return _SHORT.get(text, text) + suffix


def _find(owner: object, signature: object) -> tuple[str, tuple[str, ...], Callable[..., object]] | str:
    """Find a function; a text says why there is none."""
    if not isinstance(owner, str) or not isinstance(signature, str):
        return "`java` needs the texts `class` and `method signature`."
    match = _SIGNATURE.fullmatch(signature) if len(signature) < 1_000 else None
    if match is None:
        return f"«{signature[:80]}» is no method signature like max(int, int)."
    owner = owner.strip()
    if "." not in owner:
        owner = f"java.lang.{owner}"
    kinds = tuple(_kind(part) for part in match[2].split(",")) if match[2].strip() else ()
    function = _TABLE.get((owner, match[1], kinds))
    if function is None:
        return f"There is no Java here, and {owner}.{match[1]}({', '.join(kinds)}) is none of the functions that are known."
    return f"{owner}.{match[1]}", kinds, function


def java_problem(owner: object, signature: object) -> str | None:
    """Say why a function of Java won't be called; None where it will."""
    found = _find(owner, signature)
    return found if isinstance(found, str) else None


def _argument(value: object, kind: str) -> object:
    """Convert a value to Java's as table 66 has it; where that can't be done null is put in its place, for which
    ``_UNFIT`` stands where Java's type has no null.
    """
    if kind.endswith("[]"):
        items = value if isinstance(value, list) else [value]
        converted = [_argument(item, kind[:-2]) for item in items]
        return _UNFIT if any(item is _UNFIT for item in converted) else converted
    if isinstance(value, list) and len(value) == 1 and kind != "Object":
        value = value[0]
    number = isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)
    if kind in _LIMITS:
        if not number or value != int(value):  # type: ignore[call-overload]
            return _UNFIT
        whole, half = int(value), 1 << (_LIMITS[kind] - 1)  # type: ignore[call-overload]
        return whole if -half <= whole < half else _UNFIT
    if kind in ("double", "float", "BigDecimal", "BigInteger"):
        return float(value) if number else _UNFIT  # type: ignore[arg-type]
    if kind == "boolean":
        return value if isinstance(value, bool) else _UNFIT
    if kind == "String":
        return value if isinstance(value, str) else None
    if kind == "char":
        return value if isinstance(value, str) and len(value) == 1 else _UNFIT
    return value if kind == "Object" else _UNFIT


def _result(value: object) -> object:
    return from_float(value) if isinstance(value, float) else value


def java_function(
    definition: object, name: str, parameters: Sequence[tuple[str, TypeReference | None]], run: Run
) -> FeelFunction | None:
    """Make a function of ``{class: "…", method signature: "…"}``; None, with a warning, if that can't be one.

    Parameters
    ----------
    definition
        The context, or one with it under ``java``.
    parameters
        Names and types.
    """
    if isinstance(definition, Mapping) and "java" in definition:
        definition = definition["java"]
    if not isinstance(definition, Mapping):
        run.warn("An external function needs the context {java: {class: …, method signature: …}}.")
        return None
    found = _find(definition.get("class"), definition.get("method signature"))
    if isinstance(found, str):
        run.warn(found)
        return None
    said, kinds, function = found
    variadic = bool(kinds) and kinds[-1].endswith("[]")

    def invoke(run: Any, arguments: list[object]) -> object:
        run.charge(10)
        given = [
            argument if kind is None else coerced(argument, kind, run, run.types)
            for (_, kind), argument in zip(parameters, arguments, strict=True)
        ]
        if any(value is None and argument is not None for value, argument in zip(given, arguments, strict=True)):
            return None
        if variadic and not (len(given) == len(kinds) and isinstance(given[-1], list)):
            given = [*given[: len(kinds) - 1], given[len(kinds) - 1 :]]
        if len(given) != len(kinds):
            run.warn(f"{said} takes {len(kinds)} arguments, not {len(arguments)}.")
            return None
        values = [_argument(value, kind) for value, kind in zip(given, kinds, strict=True)]
        for value, kind, argument in zip(values, kinds, given, strict=True):
            if value is _UNFIT:
                run.warn(f"{said} takes a {kind} and not the {type_name(argument)} it was given.")
                return None
        try:
            return _result(function(*values))
        except (ArithmeticError, AttributeError, ValueError, TypeError, InvalidOperation) as error:
            run.warn(f"{said} failed: {error}")
            return None

    return FeelFunction(name, tuple(parameter for parameter, _ in parameters), invoke)
