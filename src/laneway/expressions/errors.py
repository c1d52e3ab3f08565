"""What can go wrong with an expression.

ExpressionError
├── ExpressionSyntaxError      the text can't be read: a deployment error, with the column and a hint
└── ExpressionEvaluationError  it was read, but gave no usable answer for these variables: an incident
"""

from __future__ import annotations

__all__ = ["ExpressionError", "ExpressionEvaluationError", "ExpressionSyntaxError"]


def _shown(text: str) -> str:
    """Shorten a text for a message, and leave out halves of characters, which can't be written anywhere."""
    short = text if len(text) <= 120 else text[:117] + "…"
    return short.encode("utf-8", "replace").decode("utf-8")


class ExpressionError(Exception):
    """An expression can't be used.

    Parameters
    ----------
    message
        What is wrong, in one sentence.
    code
        Stable, for programs: ``language_unsupported``, ``expression_syntax``, ``expression_failed``,
        ``expression_budget`` or ``extra_missing``.
    text
        The expression as it was written.
    column
        1-based position in ``text``, where there is one.
    hint
        What to write instead.
    """

    def __init__(
        self, message: str, *, code: str, text: str = "", column: int | None = None, hint: str | None = None
    ) -> None:
        message = message.encode("utf-8", "replace").decode("utf-8")
        self.message = message
        self.code = code
        self.text = text
        self.column = column
        self.hint = hint
        super().__init__(f"{message} Hint: {hint}" if hint else message)


class ExpressionSyntaxError(ExpressionError):
    """The text doesn't parse.

    ``found`` is the piece of text that stopped the parser, ``expected`` what could have stood there.
    """

    def __init__(
        self,
        message: str,
        text: str,
        column: int,
        found: str = "",
        expected: str = "",
        hint: str | None = None,
    ) -> None:
        self.reason = message
        self.found = found
        self.expected = expected
        super().__init__(
            f"{message} at column {column} of: {_shown(text)}",
            code="expression_syntax",
            text=text,
            column=column,
            hint=hint,
        )


class ExpressionEvaluationError(ExpressionError):
    """The expression was understood but gave no usable answer; ``reason`` says why."""

    def __init__(
        self, reason: str, *, text: str = "", hint: str | None = None, code: str = "expression_failed"
    ) -> None:
        self.reason = reason
        super().__init__(f"{reason} In: {_shown(text)}" if text else reason, code=code, text=text, hint=hint)

    def about(self, text: str) -> ExpressionEvaluationError:
        """Give the same error for the expression it happened in."""
        return ExpressionEvaluationError(self.reason, text=text, hint=self.hint, code=self.code)
