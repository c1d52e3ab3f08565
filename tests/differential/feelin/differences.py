"""Where feelin 8.2.0 answers otherwise, and the section of DMN 1.5 (or XPath) by which Laneway's answer is right."""

_REASONS: dict[str, str] = {
    "a numeric literal may have an exponent (10.3.1.2, rule 37); feelin reads the 1 and leaves the rest": """
1e3
""",
    "< has no meaning for booleans and gives null (10.3.2.7, table 53); feelin gives up": """
true < false
""",
    "values of different kinds have no equality (10.3.2.7, table 53)": """
[1] = 1
""",
    "lists of different lengths are unequal (10.3.2.7, table 53)": """
[1, 2] = [1]
""",
    "a range has its lower end first: nothing lies in one that is written the other way round (10.3.2.7, table 55)": """
2 between 10 and 1
2 in [10..1]
""",
    "some is the disjunction of all, every the conjunction: null stays null (10.3.2.16, table 63)": """
some x in [1] satisfies null
every x in [1] satisfies null
""",
    "null equals null, in a filter too (10.3.2.7, table 53)": """
[1, null][item = xs[9]]
""",
    "e in (null) is e = null (10.3.2.7, table 55)": """
1 in null
""",
    "only true is true: anything else is the else branch (10.3.2.15, table 62)": """
if 1 then 1 else 2
if "a" then 1 else 2
""",
    "a filter keeps what its condition is true for; null is not (10.3.2.5, table 54)": """
[1, 2, 3][null]
""",
    "a value stands for the list of it where a list is needed (10.3.2.9.4)": """
for x in 5 return x
for x in "a" return x
""",
    "the key of get value may be a path (10.3.4.10, table 85)": """
get value({a: {b: 2}}, ["a", "b"])
""",
    "start position and length outside their domain give null (10.3.4.3, table 73)": """
substring("foobar", 0)
substring("foobar", 7)
substring("foobar", 1, 0)
substring("", 1)
""",
    "the flags of XPath, x among them (XPath and XQuery Functions 5.6.2)": r"""
matches("hello world", "hello\\ sworld", "x")
""",
    "in a replacement $ has a number after it, and \\$ is a dollar (XPath and XQuery Functions 5.6.4)": r"""
replace("abc", "b", "$")
replace("abc", "b", "\\$")
""",
    "a delimiter that matches the empty text is an error (XPath and XQuery Functions 5.6.5)": """
split("abc", "")
""",
    "numbers have 34 digits (10.3.2.3.1)": """
string(1 / 3)
""",
    "what is no number is null, and the two separators differ (10.3.4.1, table 71)": """
number("")
number("1,000", ",", ",")
""",
    "Camunda's extension is defined, which feelin has not": """
is defined(null)
is defined(missing)
is defined(person)
is defined(person.missing)
""",
    "min and max take several values of any kind with an order (10.3.4.4, table 75)": """
min("b", "a")
max("b", "a")
""",
    "a position is from 1, or from the end when negative; others give null (10.3.4.4, table 75)": """
sublist([1, 2, 3], 4)
sublist([1, 2, 3], 0)
insert before([1, 3], -1, 2)
insert before([1, 3], 5, 2)
remove([1, 2, 3], -1)
remove([1, 2, 3], 4)
list replace([2, 4, 7, 8], -1, 6)
""",
    "null is no list (10.3.4.4, table 75)": """
concatenate([1], null)
""",
    "union and concatenate take any number of lists, one too (10.3.4.4, table 75)": """
union([1, 2])
""",
    "a filter is a condition or an index: a text in brackets is neither (10.3.2.15, table 68)": """
{a: 1}["a"]
[1, 2, 3]["a"]
person["name"]
""",
    "range reads its text (10.3.4.1, table 72); feelin has no such function": r"""
range("[1..3]")
range("(1..3]")
range("[\"a\"..\"c\"]")
""",
    "a date is written as a date, not as a date and time (10.3.4.1, table 71)": """
date("2020-01-02T03:04:05")
""",
    "a duration is of years and months, or of days and time, never both (10.3.2.3.6 and 10.3.2.3.7)": """
duration("P1Y2M3D")
duration("P1Y") > duration("P1D")
""",
    "years and months duration gives whole months (10.3.4.1, table 71)": """
years and months duration(date("2011-12-22"), date("2013-08-24"))
years and months duration(date("2013-08-24"), date("2011-12-22"))
years and months duration(date("2020-01-31"), date("2020-02-29"))
""",
    "a date with a duration added is a date (10.3.2.8, table 56)": """
date("2020-01-01") + duration("PT25H")
""",
    "durations are multiplied, divided and negated (10.3.2.8, tables 57 and 58; 10.3.2.9)": """
duration("P1D") * 2
2 * duration("P1D")
duration("P1D") / 2
duration("P1D") / duration("PT12H")
duration("P1Y") * 2
duration("P1Y") / 2
-duration("P1D")
""",
    "Camunda's extension last day of month, which feelin has not": """
last day of month(date("2020-02-01"))
""",
    "for goes through ranges of dates (10.3.2.14)": """
for d in @"2020-01-01"..@"2020-01-03" return d
""",
    "is gives false for values of different kinds (10.3.4.5, table 77)": """
is(1, "1")
""",
    "functions of ranges (10.3.4.9, table 84), which feelin knows in part": """
overlaps before([1..5], [3..8])
overlaps before([3..8], [1..5])
overlaps after([3..8], [1..5])
overlaps after([1..5], [3..8])
finishes(10, [1..10])
finishes(10, [1..10))
finishes([5..10], [1..10])
finished by([1..10], 10)
finished by([1..10], [5..10])
during(5, [1..10])
during([4..6], [1..10])
during(10, [1..10))
starts(1, [1..10])
starts((1..5], (1..10])
started by([1..10], 1)
started by([1..10], [1..5])
coincides(5, 5)
coincides(3, 4)
coincides([1..5], [1..5])
coincides((1..5), [1..5])
""",
    "range<…> is a type (10.3.1.2, rule 60; 10.3.2.9.1)": """
[1..3] instance of range<number>
""",
    "there is no unary plus, and = has two sides (10.3.1.2)": """
+ 1
1 = = 2
""",
}

DIFFERENCES: dict[str, str] = {
    line: reason for reason, lines in _REASONS.items() for line in lines.strip("\n").splitlines()
}
