"""Code in languages of other platforms: what it is called as a job, and which conditions are plain enough to be read.

A script in Groovy, JavaScript, Java … is work for a worker that has such an interpreter: a job of the type
``script:<language>``. A condition decides within the step, so no worker can be asked: those that only compare variables
with each other and with constants mean the same in JUEL and are read so; others are refused.
"""

from __future__ import annotations

import html
import re

from laneway.expressions import ExpressionError, language_of

SCRIPT_JOB = "script:"

_KNOWN = (
    ("javascript", ("javascript", "ecmascript", "nashorn", "graal.js", "node.js")),
    ("groovy", ("groovy",)),
    ("drools", ("jboss.org/drools/rule", "drools")),
    ("mvel", ("mvel",)),
    ("ruby", ("ruby",)),
    ("kotlin", ("kotlin",)),
    ("beanshell", ("beanshell", "bsh")),
    ("java", ("java",)),
    ("xpath", ("xpath",)),
)
"""Name → what its many spellings have in common; the first that fits."""

_COMPARING = frozenset({"groovy", "javascript", "java", "mvel", "beanshell", "kotlin"})
"""Where ``==``, ``&&``, ``!`` and ``a.b`` are written as in JUEL."""

_PLAIN = re.compile(
    r"""(?:\s+
    | "[^"\\$\n]*" | '[^'\\$\n]*'
    | [0-9]+(?:\.[0-9]+)?
    | [^\W\d]\w*(?:\.[^\W\d]\w*)*(?!\s*[\w("'\[.])
    | [=!]==? | [<>]=? | && | \|\| | ! | [()]
    )*""",
    re.VERBOSE,
)
_KIE = re.compile(r"KieFunctions\.(\w+)\(([^()]*)\)")
_KIE_JUEL = {
    "isTrue": "{0} == true",
    "isFalse": "{0} == false",
    "isNull": "{0} == null",
    "equalsTo": "{0} == {1}",
    "greaterThan": "{0} > {1}",
    "greaterOrEqualThan": "{0} >= {1}",
    "lessThan": "{0} < {1}",
    "lessOrEqualThan": "{0} <= {1}",
}
_NUMBER = re.compile(r'"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*"')
_VARIABLE = re.compile(r"""(?:kcontext|execution)\.getVariable\(\s*["']([^\W\d]\w*)["']\s*\)""")
_GETTER = re.compile(r"\.get([A-Z])(\w*)\(\)")
_EQUALS = re.compile(r"""([^\W\d]\w*(?:\.\w+)*|"[^"\\]*")\.equals\(\s*("[^"\\]*"|'[^'\\]*'|[\w.]+)\s*\)""")
_CAST = re.compile(r"\(\s*(?:java\.lang\.)?(?:String|Integer|Long|Boolean|Double|Float|Number)\s*\)\s*")


def foreign_language(language: str | None) -> str | None:
    """A short name for a language that does not run here; None for FEEL, JUEL, Python and for nothing said."""
    if not language or not language.strip():
        return None
    try:
        language_of("x", language)
        return None
    except ExpressionError:
        pass
    said = language.strip().lower().rstrip("/")
    if said in ("js", "text/js"):
        return "javascript"
    for name, spellings in _KNOWN:
        if any(spelling in said for spelling in spellings):
            return name
    return re.sub(r"[^a-z0-9]+", "-", said.rpartition("/")[2]).strip("-")[:60] or "unknown"


def condition_as_juel(text: str, language: str) -> str | None:
    """A condition as the inside of ``${…}``, if it only compares; None if it does more or is in another kind of language.

    Equality of texts is meant where Java would compare identities: nobody draws a condition for that.
    """
    if foreign_language(language) not in _COMPARING:
        return None
    body = text.strip()
    body = re.sub(r"^return\b\s*", "", body).rstrip("; \n\t")
    body = _KIE.sub(_kie, body)
    body = _VARIABLE.sub(r"\1", _CAST.sub("", body))
    body = _GETTER.sub(lambda found: f".{found[1].lower()}{found[2]}", body)
    body = _EQUALS.sub(r"(\1 == \2)", body)
    if not body or not _PLAIN.fullmatch(body):
        return None
    return body.replace("!==", "!=").replace("===", "==")


_DATA_FUNCTION = re.compile(
    r"""(?:\w+:)?getData(?:Object|Input|Output)\(\s*["']([^\W\d]\w*)["']\s*\)((?:/[^\W\d]\w*)*)"""
)
_LITERAL = re.compile(
    r"\s*<(?:\w+:)?literalExpression\b[^<>]*>\s*<(?:\w+:)?text(?:\s[^<>]*)?>([^<]*)</(?:\w+:)?text>\s*"
    r"</(?:\w+:)?literalExpression>\s*"
)


def as_feel(text: str, language: str | None) -> str:
    """What stands for FEEL although it is written otherwise: XPath that calls data by BPMN's own functions (BPMN 2.0,
    10.4.3), and a literal expression of DMN as XML, which Trisotech writes into transformations."""
    literal = _LITERAL.fullmatch(text) if "literalExpression" in text else None
    if literal is not None:
        return html.unescape(literal[1]).strip()
    if "getData" in text and (language is None or language.rstrip("/").lower().endswith("xpath")):
        found = _DATA_FUNCTION.sub(lambda call: call[1] + call[2].replace("/", "."), text)
        found = re.sub(r"'([^'\"\\]*)'", r'"\1"', found)
        return re.sub(r"\b(true|false)\(\)", r"\1", found)
    return text


def _kie(call: re.Match[str]) -> str:
    """What jBPM's condition editor writes; it quotes numbers."""
    form = _KIE_JUEL.get(call[1])
    arguments = [each.strip() for each in call[2].split(",")]
    if form is None or len(arguments) != form.count("{"):
        return call[0]
    if ">" in form or "<" in form:
        arguments = [_NUMBER.sub(r"\1", each) for each in arguments]
    return f"({form.format(*arguments)})"
