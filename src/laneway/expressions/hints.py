"""What people write by habit of other languages, and what FEEL wants instead."""

from __future__ import annotations

__all__ = ["FUNCTION_HINTS", "SIGN_HINTS", "WORD_HINTS"]

SIGN_HINTS: dict[str, str] = {
    "'": 'Write "…" around text; single quotes mean nothing in FEEL.',
    "==": "Write a single = to compare.",
    "===": "Write a single = to compare.",
    "<>": "Write != for unequal.",
    "&&": "Write `and`.",
    "||": "Write `or`.",
    "&": "Write `and`; texts are joined with +.",
    "|": "Write `or`.",
    "!": "Write not(…) around what is negated; != for unequal.",
    "%": "Write modulo(a, b) for the remainder.",
    "^": "Write ** for powers.",
    "?": "Write `if … then … else …` for a choice; ? alone stands for the input of a unary test.",
    ":=": "FEEL doesn't assign; it only gives a value.",
    "=>": "Write `function(x) …` for a function.",
    "->": "Write `function(x) …` for a function.",
    ";": "Write one expression; several values go in a list [a, b] or a context {a: 1}.",
    "~": "Write not(…) around what is negated.",
    "=": "Write a value on both sides of =.",
}

WORD_HINTS: dict[str, str] = {
    "True": "Write true, in small letters.",
    "False": "Write false, in small letters.",
    "None": "Write null.",
    "TRUE": "Write true, in small letters.",
    "FALSE": "Write false, in small letters.",
    "NULL": "Write null, in small letters.",
    "AND": "Write and, in small letters.",
    "OR": "Write or, in small letters.",
    "lambda": "Write `function(x) …` for a function.",
}

FUNCTION_HINTS: dict[str, str] = {
    "len": "Write count(list) or string length(text).",
    "length": "Write string length(text) or count(list).",
    "size": "Write count(list) or string length(text).",
    "lower": "Write lower case(text).",
    "tolowercase": "Write lower case(text).",
    "upper": "Write upper case(text).",
    "touppercase": "Write upper case(text).",
    "startswith": "Write starts with(text, start).",
    "endswith": "Write ends with(text, end).",
    "str": "Write string(value).",
    "int": "Write number(text), or floor(number).",
    "float": "Write number(text).",
    "datetime": "Write date and time(text).",
    "avg": "Write mean(list).",
    "average": "Write mean(list).",
    "empty": 'Write count(list) = 0, or text = "".',
    "isempty": "Write is empty(list).",
    "exists": "Write is defined(value), or value != null.",
    "isdefined": "Write is defined(value).",
    "coalesce": "Write get or else(value, default).",
    "exec": "FEEL only computes a value; use a script task in a sandbox.",
    "eval": "FEEL only computes a value; use a script task in a sandbox.",
}
"""Functions of other languages, in small letters."""
