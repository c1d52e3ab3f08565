"""What to write instead of what isn't JUEL here."""

from __future__ import annotations

__all__ = ["EXECUTION", "FUNCTION_HINTS", "HINTS"]

HINTS = {
    "=": "Write == to compare.",
    "===": "Write == to compare.",
    "!==": "Write != for unequal.",
    "<>": "Write != for unequal.",
    "&": "Write && or and.",
    "|": "Write || or or.",
    "^": "There are no powers in JUEL; write the condition in FEEL, with a = before it.",
    ";": "Write one expression.",
    "is": "Write == to compare.",
    "in": "Write list.contains(value).",
    "instanceof": "JUEL has no instanceof; write the condition in FEEL, with a = before it.",
    "+=": "Texts are joined outside, as in ${a}${b}, or by a.concat(b).",
    "->": "There are no lambdas in JUEL here; write the expression in FEEL, with a = before it.",
    "[": "There are no literal lists here; write the expression in FEEL, with a = before it.",
    "{": "There are no literal maps here; write the expression in FEEL, with a = before it.",
    "then": "Write a ? b : c for a choice.",
}
EXECUTION = (
    "id", "processInstanceId", "processDefinitionId", "currentActivityId", "currentActivityName", "activityInstanceId",
)  # fmt: skip
"""Properties of ``execution`` that the runtime gives where an expression reads them."""
FUNCTION_HINTS = {
    "currentUser": "Nobody is logged in where a process runs; let the start or a user task bring the name as a variable.",
    "currentUserGroups": "Nobody is logged in where a process runs; let the start or a user task bring the groups as a variable.",
    "XML": "XML is not read here; let a service task turn it into JSON.",
    "concat": "Texts are joined outside, as in ${a}${b}, or by a.concat(b).",
}
