"""Texts of a diagram, compiled at load, so that one which doesn't parse is found before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from laneway.diagrams.findings import Findings, Where
from laneway.diagrams.foreign import as_feel, condition_as_juel, foreign_language
from laneway.diagrams.record import Source, Text, TextList, TextMap
from laneway.domain.model import Evaluable, Value
from laneway.expressions import ExpressionError, compile, is_expression, language_of


@dataclass(frozen=True, slots=True)
class Structure:
    """A list or context written as XML, with expressions in it. ``parts``: values, or pairs of key and value."""

    text: str
    language: str
    names: frozenset[str]
    parts: tuple[Any, ...]
    is_list: bool

    def evaluate(
        self,
        scope: Mapping[str, Any],
        now: datetime | None = None,
        warnings: list[str] | None = None,
        *,
        seed: Any = None,
    ) -> Any:
        def give(part: Any) -> Any:
            return part if isinstance(part, str) else part.evaluate(scope, now, warnings, seed=seed)

        if self.is_list:
            return [give(part) for part in self.parts]
        return {_key(give(key)): give(part) for key, part in self.parts}

    def evaluate_boolean(self, scope: Mapping[str, Any], now: datetime | None = None, *, seed: Any = None) -> bool:
        return bool(self.parts)


def _key(value: Any) -> str:
    if not isinstance(value, str):
        raise ExpressionError("The key of a map must be a text.", code="expression_failed")
    return value


def _is_one_expression(text: str) -> bool:
    """``${…}`` or ``=…`` as a whole says what it is, whatever language its attribute names."""
    stripped = text.strip()
    return stripped.startswith("=") or (stripped.startswith(("${", "#{")) and stripped.endswith("}"))


class Texts:
    """Compiles texts of one file.

    Parameters
    ----------
    default_language
        ``expressionLanguage`` of the definitions; it counts only where it names a language that runs here, because most
        modellers write XPath there and FEEL or JUEL below.
    """

    def __init__(self, findings: Findings, default_language: str | None) -> None:
        self.findings = findings
        self.default_language: str | None = None
        if default_language:
            try:
                language_of("x", default_language)
                self.default_language = default_language
            except ExpressionError:
                if foreign_language(default_language) in ("mvel", "java"):  # jBPM says so, and means it
                    self.default_language = default_language

    def expression(self, text: Text, where: Where, what: str, *, lenient: bool = False) -> Evaluable | None:
        """Compile; a failure is an error (a warning where ``lenient``: a person takes its place) and None."""
        language = text.language or self.default_language
        written = as_feel(text.text, language)
        if written != text.text:
            language = "feel"
        if language is not None and language.rstrip("/").lower().endswith("/xpath"):
            # XPath is the default of the schema and stands on texts of every kind; no modeller means it.
            language = None
        if foreign_language(language) is not None and not _is_one_expression(written):
            assert language is not None
            juel = condition_as_juel(written, language)
            if juel is None:
                written = "x"  # marks within foreign code, such as a GString's, are not ours
            else:
                written, language = "${" + juel + "}", None
        try:
            return compile(written, language)
        except ExpressionError as error:
            at = Where(where.id, where.name, text.line or where.line)
            message = f"the {what} cannot be read: {error.message}"
            if error.code == "language_unsupported":
                message = f"the {what} is in {text.language or language}, which does not run: «{text.text[:80]}»"
            fix = error.hint or "Write it in FEEL, as in x > 10, or in JUEL, as in ${x > 10}."
            rule = error.code if error.code in ("language_unsupported", "extra_missing") else "expression_syntax"
            report = self.findings.warning if lenient else self.findings.error
            report(rule, message, fix, at, column=error.column)
            return None

    def value(self, text: Text | None, where: Where, what: str) -> Value | None:
        """An expression if the text is marked as one (or stands where only expressions stand), else the text itself."""
        if text is None:
            return None
        if text.language == "literal" or not (text.always or is_expression(text.text)):
            return text.text
        return self.expression(text, where, what)

    def source(self, source: Source, where: Where, what: str) -> Value | None:
        """The source of an input or output mapping."""
        if isinstance(source, Text):
            return self.value(source, where, what)
        parts: list[Any] = []
        names: frozenset[str] = frozenset()
        entries = source.items if isinstance(source, TextList) else tuple(value for _, value in source.entries)
        for entry in entries:
            value = self.source(entry, where, what)
            if value is None:
                return None
            if not isinstance(value, str):
                names |= value.names
            parts.append(value)
        if isinstance(source, TextMap):
            keyed = []
            for (text, _), part in zip(source.entries, parts, strict=True):
                key = self.value(Text(text), where, f"key of the {what}")
                if key is None:
                    return None
                if not isinstance(key, str):
                    names |= key.names
                keyed.append((key, part))
            return Structure("map", "JUEL", names, tuple(keyed), False)
        return Structure("list", "JUEL", names, tuple(parts), True)
