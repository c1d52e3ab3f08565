"""Which language a text is in."""

import pytest

from laneway.expressions import ExpressionError, compile, is_expression, language_of


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("=a > 1", None, "FEEL"),
        ("  = a", None, "FEEL"),
        ("=a", "juel", "FEEL"),
        ("=a", "xpath", "FEEL"),
        ("${a}", None, "JUEL"),
        ("#{a}", "feel", "JUEL"),
        ("Hello ${name}", None, "JUEL"),
        ('"costs ${x}"', "feel", "FEEL"),
        ("a > 1", None, "FEEL"),
        ("a > 1", "", "FEEL"),
        ("a > 1", "feel", "FEEL"),
        ("a > 1", "FEEL", "FEEL"),
        ("a > 1", "http://www.omg.org/spec/FEEL/20140401", "FEEL"),
        ("a > 1", "http://www.omg.org/spec/DMN/20180521/FEEL/", "FEEL"),
        ("a > 1", "https://www.omg.org/spec/DMN/20191111/FEEL/", "FEEL"),
        ("a > 1", "https://www.omg.org/spec/DMN/20230324/FEEL/", "FEEL"),
        ("a > 1", "juel", "JUEL"),
        ("a > 1", "JUEL", "JUEL"),
        ("a > 1", "http://java.sun.com/products/jsp/", "JUEL"),
        ("a > 1", "python", "PYTHON"),
        ("a > 1", "http://www.python.org/", "PYTHON"),
        ("costs $5", None, "FEEL"),
    ],
)
def test_language(text: str, language: str | None, expected: str) -> None:
    assert language_of(text, language) == expected


@pytest.mark.parametrize(
    "language",
    [
        "http://www.w3.org/1999/XPath",
        "javascript",
        "groovy",
        "http://www.java.com/java",
        "mvel",
        "text/x-groovy",
        "SpEL",
    ],
)
def test_other_languages_are_refused_by_name(language: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile("a > 1", language)
    assert caught.value.code == "language_unsupported"
    assert language in str(caught.value)
    assert "FEEL" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1", True),
        ("${a}", True),
        ("x #{a} y", True),
        ("plain", False),
        ("${open", False),
        ("", False),
        ("a = 1", False),
    ],
)
def test_is_expression(text: str, expected: bool) -> None:
    assert is_expression(text) is expected
