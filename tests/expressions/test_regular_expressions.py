"""Regular expressions as XPath functions 2.0, 7.6 and XML Schema part 2, appendix F have them."""

import pytest
from tests.support.effort import effort

from laneway.expressions import ExpressionEvaluationError, feel
from laneway.expressions.regex.matcher import Program
from laneway.expressions.regex.parser import RegexError, parse_regex
from laneway.expressions.regex.pattern import Pattern
from laneway.expressions.run import Run

MATCHES = [
    ("abracadabra", "bra", "", True),
    ("abracadabra", "^a.*a$", "", True),
    ("abracadabra", "^bra", "", False),
    ("", "", "", True),
    ("x", "", "", True),
    ("e", "[a-z-[aeiou]]", "", False),
    ("b", "[a-z-[aeiou]]", "", True),
    ("m", "[a-z-[a-y-[m]]]", "", True),
    ("-", "[a-]", "", True),
    ("-", "[-a]", "", True),
    ("-", "[^-a]", "", False),
    ("^", "[a^]", "", True),
    ("]", r"[\]]", "", True),
    ("ab", r"^\i\c$", "", True),
    ("1", r"\i", "", False),
    ("-", r"\c", "", True),
    ("é:", r"^\i\i$", "", True),
    ("a", r"\I", "", False),
    (" ", r"\C", "", True),
    ("١", r"\d", "", True),
    ("Ⅷ", r"\d", "", False),
    ("x", r"\D", "", True),
    ("_", r"\w", "", False),
    ("€", r"\w", "", True),
    ("_", r"\W", "", True),
    ("\u00a0", r"\s", "", False),
    ("\t", r"\s", "", True),
    ("É", r"\p{Lu}", "", True),
    ("é", r"\p{Lu}", "i", False),
    ("é", r"\P{Lu}", "", True),
    ("a", r"\p{L}", "", True),
    ("a", r"\p{IsBasicLatin}", "", True),
    ("é", r"\p{IsBasicLatin}", "", False),
    ("é", r"\P{IsBasicLatin}", "", True),
    ("α", r"[\p{IsGreek}-[β]]", "", True),
    ("🐎", "^.$", "", True),
    ("aaa", "^a{3}$", "", True),
    ("aaa", "^a{2}$", "", False),
    ("aaa", "^a{2,}$", "", True),
    ("aaa", "^a{0,2}$", "", False),
    ("b", "^a{0}b$", "", True),
    ("a" * 1500, "^a{1500}$", "", True),
    ("a" * 1499, "^a{1500}$", "", False),
    ("ab" * 1200, "^(ab){1100,1200}$", "", True),
    ("a\n", "^a$", "", False),
    ("a\nb", "^b$", "", False),
    ("a\nb", "^b$", "m", True),
    ("a\nb\n", "^$", "m", False),
    ("a\n\nb", "^$", "m", True),
    ("a\n", "a$", "m", True),
    ("a\nb", "a.b", "", False),
    ("a\rb", "a.b", "", True),
    ("a\nb", "a.b", "s", True),
    ("a\nB", "^a.b$", "is", True),
    ("helloworld", "hello world", "x", True),
    ("helloworld", "hello[ ]world", "x", False),
    ("hello world", r"hello\ sworld", "x", True),
    ("a.b", "a.b", "q", True),
    ("axb", "a.b", "q", False),
    ("A.B", "a.b", "qi", True),
    ("(a", "(a", "q", True),
    ("\u212a", "[A-Z]", "", False),
    ("\u212a", "[A-Z]", "i", True),
    ("i", "[A-Z-[IO]]", "i", False),
    ("b", "[A-Z-[IO]]", "i", True),
    ("q", "[^Q]", "i", False),
    ("z", "Z", "i", True),
    ("ſ", "s", "i", True),
    ("abab", r"^(ab)\1$", "", True),
    ("abba", r"^(ab)\1$", "", False),
    ("Mum", r"([md])[aeiou]\1", "i", True),
    ("Mum", r"([mM])[aeiou]\1", "", False),
    ("aa0", r"^(a)\10$", "", True),
    ("abcdefghijj", "^" + "".join(f"({c})" for c in "abcdefghij") + r"\10$", "", True),
    ("x", r"^(a)?\1x$", "", True),
    ("aXbX", "(?:a|b)X$", "", True),
    ("$", r"^\$$", "", True),
    ("^", r"^\^$", "", True),
    ("a-b", r"a\-b", "", True),
    ("\\", r"\\", "", True),
]
UNREADABLE = [
    "[", "]", "(", ")", "{", "}", "a{", "a{,2}", "a{2,1}", "a{x}", "a{1,2,3}", "*a", "+", "?", "a**", "a{2}{3}", "a???",
    r"\e", r"\b", r"\/", r"\_", r"\0", r"\1", r"(a)\2", r"(a\1)", r"[\1]", "\\", "[]", "[^]", "[z-a]", "[a-c-e]", "[a-\\d]",
    "[[a]]", "[a-z-[b]c]", r"\p", r"\pL", r"\p{Lx}", r"\p{IsNowhere}", r"\p{Cs}", r"\p{", "(?=a)", "(?i)a", "(?<n>a)", "a|*",
]  # fmt: skip
REPLACEMENTS = [
    ("abracadabra", "bra", "*", "", "a*cada*"),
    ("abracadabra", "a.*a", "*", "", "*"),
    ("abracadabra", "a.*?a", "*", "", "*c*bra"),
    ("abracadabra", "a", "", "", "brcdbr"),
    ("abracadabra", "a(.)", "a$1$1", "", "abbraccaddabbra"),
    ("abracadabra", ".*?", "$1", "", None),
    ("abc", "^", "x", "", None),
    ("abc", "$", "x", "m", None),
    ("AAAA", "A+", "b", "", "b"),
    ("AAAA", "A+?", "b", "", "bbbb"),
    ("AAAA", "A{2,3}?", "b", "", "bb"),
    ("darted", "^(.*?)d(.*)$", "$1c$2", "", "carted"),
    ("abc", "b", "[$0]", "", "a[b]c"),
    ("abc", "(a)(b)(c)", "$12", "", "a2"),
    ("abc", "(b)", "$2", "", "ac"),
    ("abc", "(b)|(x)", "<$1$2>", "", "a<b>c"),
    ("abcdefghijk", "".join(f"({c})" for c in "abcdefghijk"), "$11$10$1", "", "kja"),
    ("abc", "b", r"\$", "", "a$c"),
    ("abc", "b", r"\\", "", "a\\c"),
    ("abc", "b", "$", "", None),
    ("abc", "b", "$x", "", None),
    ("abc", "b", "\\", "", None),
    ("abc", "b", r"\n", "", None),
    ("abc", "z", "$", "", None),
    ("a.b", ".", "$", "q", "a$b"),
    ("aXbX", "x", "-", "i", "a-b-"),
    ("abab", r"(a)b\1", "$1", "", "ab"),
    ("🐎a🐎", "🐎", "x", "", "xax"),
]


@pytest.mark.parametrize(("text", "pattern", "flags", "expected"), MATCHES)
def test_match(text: str, pattern: str, flags: str, expected: bool) -> None:
    scope = {"t": text, "p": pattern, "f": flags}
    assert feel.evaluate("matches(t, p, f)", scope) is expected


@pytest.mark.parametrize(("text", "pattern", "flags", "expected"), MATCHES)
def test_the_matcher_of_our_own_agrees(text: str, pattern: str, flags: str, expected: bool) -> None:
    found = Program(parse_regex(pattern, flags)).search(text, 0, Run())
    assert (found is not None) is expected


@pytest.mark.parametrize("pattern", UNREADABLE)
def test_what_is_no_regular_expression_is_null(pattern: str) -> None:
    warnings: list[str] = []
    assert feel.evaluate('matches("a", p)', {"p": pattern}, warnings=warnings) is None
    assert "pattern" in warnings[0]
    assert feel.evaluate('replace("a", p, "b")', {"p": pattern}) is None
    assert feel.evaluate('split("a", p)', {"p": pattern}) is None
    assert feel.evaluate('extract("a", p)', {"p": pattern}) is None


@pytest.mark.parametrize("flags", ["z", "I", "sg", " ", "i,m"])
def test_flags_that_there_are_not_are_null(flags: str) -> None:
    assert feel.evaluate('matches("a", "a", f)', {"f": flags}) is None
    assert feel.evaluate('replace("a", "a", "b", f)', {"f": flags}) is None


@pytest.mark.parametrize(("text", "pattern", "replacement", "flags", "expected"), REPLACEMENTS)
def test_replacement(text: str, pattern: str, replacement: str, flags: str, expected: str | None) -> None:
    scope = {"t": text, "p": pattern, "r": replacement, "f": flags}
    assert feel.evaluate("replace(t, p, r, f)", scope) == expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("The cat sat", r"\s+", ["The", "cat", "sat"]),
        ("1, 15, 24, 50", r",\s*", ["1", "15", "24", "50"]),
        (",a,", ",", ["", "a", ""]),
        ("abba", ".?", None),
        ("abc", "", None),
        ("a  b", " *", None),
        ("xaayaaz", r"(a)\1", ["x", "y", "z"]),
        ("abc", "z", ["abc"]),
    ],
)
def test_split(text: str, pattern: str, expected: object) -> None:
    assert feel.evaluate("split(t, p)", {"t": text, "p": pattern}) == expected


def test_extract_gives_every_match() -> None:
    assert feel.evaluate(r'extract("references are 1234, 1256, 1378", "12[0-9]*")') == ["1234", "1256"]
    assert feel.evaluate(r'extract("baac", "a*")') == ["", "aa", "", ""]


def test_half_a_character_is_matched_by_the_matcher_of_our_own() -> None:
    scope = {"t": "a\ud83d"}
    assert feel.evaluate('matches(t, "^a.$")', scope) is True
    assert feel.evaluate('split(t, "a")', scope) == ["", "\ud83d"]


@pytest.mark.parametrize("pattern", ["(a*)b", "(a|ab)(c|bcd)(d*)", "((a)|b)*", "a+?b??", "(?:(a)|(b)){2}", "x*"])
@pytest.mark.parametrize("text", ["", "aab", "abcd", "abab", "bbaa", "cab\n"])
def test_both_matchers_find_the_same_groups(pattern: str, text: str) -> None:
    automatic, own = (Pattern(parse_regex(pattern, "")) for _ in range(2))
    assert automatic._automaton is not None
    own._automaton = None
    assert list(automatic.matches(text, Run())) == list(own.matches(text, Run()))


@pytest.mark.parametrize("pattern", ["(" * 500 + ")" * 500, "[a-[" * 300, "a{" + "9" * 900 + "}"])
def test_no_pattern_is_too_deep_or_too_large(pattern: str) -> None:
    with pytest.raises(RegexError):
        parse_regex(pattern, "")


@pytest.mark.parametrize(
    "pattern", [r"(a*)*\1b", r"(.)*\1{2}b", r"(a|aa|aaa)+\1c", "a{2000}b", "(a{0,900}){900}!", r"((a?){9}){9}\2{99}!"]
)
def test_no_pattern_runs_for_long(pattern: str) -> None:
    def match() -> None:
        with pytest.raises(ExpressionEvaluationError) as caught:
            feel.evaluate("matches(t, p)", {"t": "a" * 30_000, "p": pattern})
        assert caught.value.code == "expression_budget"

    assert effort(match) < 80


def test_words_of_a_long_text_fit_the_budget() -> None:
    scope = {"t": "naïve words " * 2_000}
    assert feel.evaluate(r'matches(t, "^(\\w+\\s)+$")', scope) is True
    assert len(str(feel.evaluate(r'replace(t, "\\w+", "x")', scope))) == 8_000


def test_a_pattern_is_paid_for_once_in_a_run() -> None:
    assert feel.evaluate('count(for i in 1..5000 return matches("a1", "[a-z][0-9]"))') == 5_000
