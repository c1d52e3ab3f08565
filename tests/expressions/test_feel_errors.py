"""A text that doesn't parse says where, what was found, what was expected and what to write."""

import pytest

from laneway.expressions import ExpressionSyntaxError, compile


@pytest.mark.parametrize(
    ("text", "column", "found", "hint"),
    [
        ("=a == 5", 4, "==", "single ="),
        ("=a === 5", 4, "===", "single ="),
        ("=a && b", 4, "&&", "`and`"),
        ("=a || b", 4, "||", "`or`"),
        ("=!a", 2, "!", "not(…)"),
        ("=a <> b", 4, "<>", "!="),
        ("=a % 2", 4, "%", "modulo"),
        ("=2 ^ 3", 4, "^", "**"),
        ("=a = 'x'", 6, "'", '"…"'),
        ("=True", 2, "True", "true"),
        ("=a = None", 6, "None", "null"),
        ("=a = False", 6, "False", "false"),
        ("=a AND b", 2, "a", None),
        ("=a is b", 2, "a", "a = b"),
        ("=a is not b", 2, "a", "a != b"),
        ("=a not in b", 2, "a", "not(a in b)"),
        ("=a ? 1 : 2", 4, "?", "if … then"),
        ("=if a then b", 13, "", "else"),
        ("=len(x)", 2, "len", "count(list) or string length"),
        ("=cout(x)", 2, "cout", "count(…)"),
        ("=isEmpty(x)", 2, "isEmpty", "is empty"),
        ('=a "x"', 4, '"x"', "joined with +"),
        ('="abc', 2, '"', "partner"),
        ("=“a”", 2, "“", "straight quotes"),
        ("=$a", 2, "$", "without $"),
        ('=@"tomorrow"', 2, '@"tomorrow"', "2026-01-31"),
        ("=1 < x < 5", 8, "<", "a < b and b < c"),
        ("=(1 + 2", 8, "", None),
        ("=[1, 2", 7, "", None),
        ("=1 + 2)", 7, ")", "too many"),
        ("={a: 1, a: 2}", 9, "a", "two entries"),
        ("=x.", 4, "", None),
        ("=/* open", 2, "/*", "*/"),
        ("=9e9999", 2, "9e9999", None),
        ("=for x in y", 12, "", None),
        ("=some x in y", 13, "", None),
        ("=x between 1", 13, "", None),
        ("=x instance of thing", 16, "thing", "Types"),
        ("=f(a: 1, 2)", None, None, None),
        ("=", 2, "", None),
        ("", 1, "", None),
        ("\x00", 1, "U+0000", None),
    ],
)
def test_syntax_error(text: str, column: int | None, found: str | None, hint: str | None) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile(text)
    error = caught.value
    assert error.code == "expression_syntax"
    assert error.text == text
    if column is not None:
        assert (error.column, error.found) == (column, found)
        assert f"at column {column}" in str(error)
    if hint is not None:
        assert hint in (error.hint or "")
        assert hint in str(error)


def test_the_column_counts_from_the_start_of_the_whole_text() -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile("  =  a == 5")
    assert caught.value.column == 8


def test_an_expected_piece_is_named() -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile("=if a b else c")
    assert "`then`" in caught.value.expected


def test_half_a_character_never_reaches_a_message() -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile("=\ud800")
    str(caught.value).encode("utf-8")
