"""What people write by habit of other languages, and what FEEL wants instead."""

from __future__ import annotations

__all__ = ["FIRST_WORD_HINTS", "FUNCTION_HINTS", "LATER_WORD_HINTS", "SIGN_HINTS", "UNIT_HINTS", "WORD_HINTS"]

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
    "^": "Write ** for powers.",
    "?": "Write `if … then … else …` for a choice; ? alone stands for the input of a unary test.",
    ":=": "FEEL doesn't assign; it only gives a value.",
    "=>": "Write `function(x) …` for a function.",
    "->": "Write `function(x) …` for a function.",
    ";": "Write one expression; several values go in a list [a, b] or a context {a: 1}.",
    "~": "Write not(…) around what is negated.",
    "=": "Write a value on both sides of =.",
    "’": 'Write straight quotes: "…".',
    "..": "A range has brackets: [1..5], (1..5), ]1..5[; only `for x in 1..5` does without.",
    "%": "Write modulo(a, b) for the remainder, and 0.1 for 10 %.",
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

LATER_WORD_HINTS: dict[str, str] = {
    "AND": WORD_HINTS["AND"],
    "OR": WORD_HINTS["OR"],
    "THEN": "Write if … then … else …, in small letters.",
    "ELSE": "Write if … then … else …, in small letters.",
    "BETWEEN": "Write a between b and c, in small letters.",
    "IN": "Write a in [b, c], in small letters.",
    "elif": "Write else if.",
    "elseif": "Write else if.",
    "elsif": "Write else if.",
    "where": "Write list[condition] to filter; `some x in list satisfies condition` to ask.",
    "WHERE": "Write list[condition] to filter; `some x in list satisfies condition` to ask.",
    "WHEN": "Write if … then … else if … then … else ….",
    "when": "Write if … then … else if … then … else ….",
    "unless": "Write if … then … else ….",
    "LIKE": "Write matches(text, pattern), or contains(text, part).",
    "like": "Write matches(text, pattern), or contains(text, part).",
    "contains": "Write contains(text, part), or list contains(list, element).",
    "equals": "Write = to compare.",
    "eq": "Write = to compare.",
    "ne": "Write != to compare.",
    "gt": "Write > to compare.",
    "ge": "Write >= to compare.",
    "lt": "Write < to compare.",
    "le": "Write <= to compare.",
    "mod": "Write modulo(a, b).",
    "div": "Write a / b; floor(a / b) for a whole number.",
    "xor": "Write a != b.",
    "instanceof": "Write instance of.",
}
"""Words between others that make an operator in other languages; only where the whole isn't a name in scope."""

FIRST_WORD_HINTS: dict[str, str] = {
    "not": "Write not(…) with parentheses.",
    "NOT": "Write not(…) with parentheses, in small letters.",
    "IF": "Write if … then … else …, in small letters.",
    "empty": "Write is empty(list), or value = null.",
    "new": 'FEEL makes no objects; write a context {a: 1}, or a value such as date("2026-01-31").',
    "typeof": "Write value instance of string.",
    "var": "FEEL doesn't assign; bind names in a context: {a: 1, b: a + 1}.b.",
    "let": "FEEL doesn't assign; bind names in a context: {a: 1, b: a + 1}.b.",
    "const": "FEEL doesn't assign; bind names in a context: {a: 1, b: a + 1}.b.",
    "lambda": "Write `function(x) …` for a function.",
}
"""The same for words that stand before others."""

UNIT_HINTS: dict[str, str] = {
    unit: f'Write durations as @"{text}".'
    for unit, text in (
        ("year", "P1Y"), ("month", "P1M"), ("week", "P7D"), ("day", "P1D"), ("hour", "PT1H"), ("minute", "PT1M"), ("second", "PT1S"),
    )
}  # fmt: skip
"""``5 days``, in the singular."""

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
    "if": "Write if a then b else c.",
    "iif": "Write if a then b else c.",
    "ifs": "Write if a then b else if c then d else e.",
    "ifnull": "Write get or else(value, default).",
    "nvl": "Write get or else(value, default).",
    "isnull": "Write value = null.",
    "isblank": 'Write text = "" or text = null.',
    "concat": "Write a + b for texts, concatenate(a, b) for lists.",
    "left": "Write substring(text, 1, length).",
    "right": "Write substring(text, -length).",
    "mid": "Write substring(text, start, length).",
    "substr": "Write substring(text, start, length).",
    "trunc": "Write round down(number, 0).",
    "pow": "Write a ** b.",
    "range": 'Write [1..5], or range("[1..5]").',
    "vlookup": "Filter a list instead: list[key = a].value.",
    "indexof": "Write index of(list, element).",
    "parseint": "Write number(text).",
    "tostring": "Write string(value).",
    "coalesce": "Write get or else(value, default).",
    "exec": "FEEL only computes a value; use a script task in a sandbox.",
    "eval": "FEEL only computes a value; use a script task in a sandbox.",
}
"""Functions of other languages, in small letters."""
