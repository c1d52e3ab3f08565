"""Hand-picked expressions over all areas of FEEL; each line is one. Their variables are ``CONTEXT``."""

from typing import Any

CONTEXT: dict[str, Any] = {
    "amount": 1500,
    "risk": "high",
    "flag": True,
    "nothing": None,
    "xs": [3, 1, 2],
    "ys": [],
    "first name": "Ada",
    "person": {"name": "Ada", "age": 36, "address": {"city": "London"}},
    "people": [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 20}, {"name": "Cid", "age": 50}],
    "rows": [{"item": 1, "value": 10}, {"item": 2, "value": 20}],
}

LITERALS = r"""
1
-1
0
007
1.5
.5
-.5
1.0
"text"
""
"a\"b"
"a\nb"
"a\\b"
"\u0041"
"\U01F600"
"ü"
true
false
null
[]
[1]
[1, "a", true, null]
[[1], [2, [3]]]
{}
{a: 1}
{a: 1, b: a + 1}
{"a b": 1}
{a b: 1}
{a: {b: 1}}
{a: {b: 1}}.a.b
{a: 1}["a"]
(1)
((1))
"""

ARITHMETIC = r"""
1 + 2
1 - 2
2 * 3
7 / 2
1 / 3
2 ** 3
2 ** -1
2 ** 0.5
-2 ** 2
2 ** 3 ** 2
1 + 2 * 3
(1 + 2) * 3
10 - 2 - 3
100 / 10 / 2
-amount
--1
- (1 + 2)
1 / 0
0 / 0
1 + null
null + 1
null * null
1 + "a"
"a" + "b"
"a" + 1
"a" - "b"
"a" * 2
true + 1
[1] + [2]
[1] + 1
amount + 1
amount - 500 * 2
amount / 4 + 1
1.1 + 2.2
0.1 * 3
1e3
5 - -5
"""

COMPARISON = r"""
1 < 2
1 <= 1
2 > 3
3 >= 3
1 = 1
1 = 1.0
1 != 2
"a" = "a"
"a" < "b"
"a" = 1
1 = "1"
"a" != 1
true = true
true = false
true < false
null = null
null != null
null = 1
1 != null
1 < null
null > 1
null < null
[1, 2] = [1, 2]
[1, 2] = [2, 1]
[1] = 1
[] = []
[] = null
{a: 1} = {a: 1}
{a: 1} = {a: 2}
{a: 1, b: 2} = {b: 2, a: 1}
{} = {}
[1..3] = [1..3]
[1..3] = [1..3)
1 between 0 and 2
1 between 1 and 1
3 between 0 and 2
null between 0 and 2
1 between null and 2
"b" between "a" and "c"
1 in [0..2]
1 in (1..2]
2 in [1..2)
1 in (1, 2)
1 in [1, 2]
3 in [1, 2]
1 in < 2
1 in (< 2, > 5)
1 in (> 2, > 5)
3 in > 2
"a" in ["a", "b"]
null in [1, 2]
1 in null
[1, 2] = [1]
2 between 10 and 1
2 in [10..1]
1 in [[0..2], [5..6]]
5 in [[0..2], [5..6]]
amount > 1000 and risk = "high"
amount in [1000..2000]
risk in ("low", "high")
"""

LOGIC = r"""
true and true
true and false
true or false
false or false
true and null
false and null
null and false
null and null
true or null
false or null
null or true
null or null
not(true)
not(false)
not(null)
true and 1
false and 1
true or 1
false or 1
1 and true
"a" and true
"a" or true
not("a")
not(1)
false and (1 / 0)
flag and amount > 1
not(flag) or risk = "high"
if true then 1 else 2
if false then 1 else 2
if null then 1 else 2
if 1 then 1 else 2
if "a" then 1 else 2
if 1 > 0 then "yes" else "no"
if false then 1 else if true then 2 else 3
if amount > 1000 then if risk = "high" then "a" else "b" else "c"
"""

LISTS = r"""
[1, 2, 3][1]
[1, 2, 3][3]
[1, 2, 3][0]
[1, 2, 3][4]
[1, 2, 3][-1]
[1, 2, 3][-3]
[1, 2, 3][-4]
[1, 2, 3][item > 1]
[1, 2, 3][item > 5]
[1, 2, 3][true]
[1, 2, 3][false]
[1, 2, 3][null]
[1, 2, 3]["a"]
[1, 2, 3][1 + 1]
[][1]
[][item > 1]
1[1]
1[2]
"a"[1]
null[1]
1[item > 0]
1[item > 1]
xs[1]
xs[item >= 2]
people[age > 30]
people[age > 30].name
people[1].name
people[-1].age
people.name
people[name = "Bob"].age
people[name = "Bob"][1].age
people[item.age < 30].name
rows[item = 1]
rows[item.value > 10]
rows[value > 10].value
[{a: 1}, {b: 2}].a
[{a: [1, 2]}, {a: [3]}].a
for x in [1, 2, 3] return x * 2
for x in xs return x + amount
for x in [] return x
for x in 1..3 return x
for x in 3..1 return x
for x in [1..3] return x
for x in 1..3, y in 1..2 return x * y
for x in [1, 2], y in [x, x + 1] return [x, y]
for i in 1..5 return if i < 3 then 1 else partial[-1] + partial[-2]
for x in null return x
for x in 5 return x
for x in "a" return x
for p in people return p.name
some x in [1, 2, 3] satisfies x > 2
some x in [1, 2, 3] satisfies x > 5
some x in [] satisfies true
every x in [1, 2, 3] satisfies x > 0
every x in [1, 2, 3] satisfies x > 1
every x in [] satisfies false
some x in [1, null, 3] satisfies x > 2
every x in [1, 2], y in [2, 3] satisfies x < y
some x in [1, 2], y in [2, 3] satisfies x = y
some x in null satisfies true
some x in [1] satisfies null
every x in [1] satisfies null
[1, null][item = xs[9]]
every x in null satisfies true
[1, 2, 3].a
[{a: 1}][a = 1]
[{a: 1}, {a: null}][a = null]
[1, 2, 3, 4][item > 1 and item < 4]
flatten([[1, 2], [3]])[item > 1]
"""

CONTEXTS = r"""
person.name
person.address.city
person.missing
person.missing.deeper
person["name"]
nothing.name
missing
missing.name
first name
first name + "!"
{a: 1, b: {c: a}}.b.c
{a: 1}.b
{x: 1, y: x * 2, z: y * 2}.z
{a: function(x) x + 1, b: a(2)}.b
(function(x) x * 2)(3)
(function(x, y) x - y)(y: 1, x: 3)
{f: function(n) if n < 2 then 1 else n * 2}.f(5)
get value({a: 1}, "a")
get value({a: 1}, "b")
get value({a: {b: 2}}, ["a", "b"])
get entries({a: 1, b: 2})
get entries({})
get entries(null)
context([{key: "a", value: 1}])
context([{key: "a", value: 1}, {key: "b", value: 2}])
context([])
context([{key: "a"}])
context([{key: "a", value: 1}, {key: "a", value: 2}])
context put({a: 1}, "b", 2)
context put({a: 1}, "a", 2)
context put({a: {b: 1}}, ["a", "c"], 2)
context put({}, "a", 1)
context merge([{a: 1}, {b: 2}])
context merge([{a: 1}, {a: 2}])
context merge([])
"""

STRINGS = r"""
substring("foobar", 3)
substring("foobar", 3, 2)
substring("foobar", -2)
substring("foobar", -3, 2)
substring("foobar", 0)
substring("foobar", 7)
substring("foobar", 1, 0)
substring("foobar", 1, 100)
substring("", 1)
substring(null, 1)
substring("foobar", null)
substring("😀x", 2)
string length("abc")
string length("")
string length("😀")
string length(null)
string length(1)
upper case("abc")
lower case("ABC")
upper case("straße")
upper case(null)
substring before("foobar", "bar")
substring before("foobar", "xyz")
substring before("foobar", "")
substring before("", "a")
substring after("foobar", "foo")
substring after("foobar", "xyz")
substring after("foobar", "")
substring after("", "a")
contains("foobar", "oba")
contains("foobar", "x")
contains("foobar", "")
contains(null, "a")
contains("a", null)
starts with("foobar", "foo")
starts with("foobar", "bar")
starts with("foobar", "")
ends with("foobar", "bar")
ends with("foobar", "foo")
matches("foobar", "^fo*b")
matches("foobar", "x")
matches("FOOBAR", "foobar", "i")
matches("a\nb", "a.b")
matches("a\nb", "a.b", "s")
matches("abc", "[a-c]+")
matches("abc", "")
matches("abc", "(")
matches("hello world", "hello\\ sworld", "x")
replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")
replace("abracadabra", "bra", "*")
replace("abracadabra", "a.*a", "*")
replace("abracadabra", "a.*?a", "*")
replace("abracadabra", "a", "")
replace("abracadabra", "a(.)", "a$1$1")
replace("AAAA", "a+", "b", "i")
replace("abc", "b", "$")
replace("abc", "b", "\\$")
replace("abc", "x", "y")
replace(null, "a", "b")
split("John Doe", "\\s")
split("a;b;c;;", ";")
split("abc", "")
split("", ",")
split("a.b", "\\.")
string join(["a", "b", "c"], ",")
string join(["a", "b", "c"])
string join(["a", null, "c"], ",")
string join([], ",")
string join(["a"], "X")
string join(["a", "b"], null)
string join([1, 2], ",")
string join("a", ",")
"""

CONVERSION = r"""
string(1)
string(1.0)
string(1.10)
string(-0.5)
string(true)
string(null)
string("a")
string([1, "a"])
string({a: 1})
string({a: "b"})
string(date("2020-01-01"))
string(duration("P1D"))
string(1 / 3)
number("1")
number("1.5")
number("-1")
number("a")
number("")
number(null)
number("1,000.5", ",", ".")
number("1.000,5", ".", ",")
number("1 000", " ", null)
number("1,000", ",", ",")
number("1 000.50", " ", ".")
number("1e3")
is defined(null)
is defined(missing)
is defined(person)
is defined(person.missing)
"""

NUMBERS = r"""
decimal(1/3, 2)
decimal(1.5, 0)
decimal(2.5, 0)
decimal(0.125, 2)
decimal(1, -1)
decimal(null, 1)
decimal(15, -1)
floor(1.5)
floor(-1.5)
floor(-1.56, 1)
floor(null)
ceiling(1.5)
ceiling(-1.5)
ceiling(-1.56, 1)
round up(5.5, 0)
round up(-5.5, 0)
round up(1.121, 2)
round down(5.5, 0)
round down(-5.5, 0)
round down(1.126, 2)
round half up(5.5, 0)
round half up(-5.5, 0)
round half up(1.125, 2)
round half down(5.5, 0)
round half down(-5.5, 0)
round half down(1.125, 2)
abs(10)
abs(-10)
abs(null)
abs("a")
abs(@"-PT5H")
modulo(12, 5)
modulo(-12, 5)
modulo(12, -5)
modulo(-12, -5)
modulo(10.1, 4.5)
modulo(1, 0)
sqrt(16)
sqrt(2)
sqrt(-1)
log(10)
log(0)
log(-1)
exp(1)
exp(0)
odd(5)
odd(2)
odd(0)
odd(-1)
even(5)
even(2)
even(1.5)
"""

LIST_FUNCTIONS = r"""
list contains([1, 2, 3], 2)
list contains([1, 2, 3], 5)
list contains([1, null], null)
list contains([], 1)
list contains(null, 1)
count([1, 2, 3])
count([])
count(null)
count([null])
count(1)
min([1, 2, 3])
min(1, 2, 3)
min([])
min("b", "a")
min([1, null])
max([1, 2, 3])
max(1, 2, 3)
max([])
max("b", "a")
sum([1, 2, 3])
sum(1, 2, 3)
sum([])
sum([1, null])
sum(["a"])
mean([1, 2, 3])
mean(1, 2, 3)
mean([])
all([true, true])
all([true, false])
all([])
all([true, null])
all([false, null])
all(true, false)
all([1])
any([true, false])
any([false, false])
any([])
any([false, null])
any([true, null])
any(false, true)
sublist([1, 2, 3], 2)
sublist([1, 2, 3], 1, 2)
sublist([1, 2, 3], -1)
sublist([1, 2, 3], -2, 1)
sublist([1, 2, 3], 4)
sublist([1, 2, 3], 0)
append([1], 2)
append([1], 2, 3)
append([], null)
append(1, 2)
concatenate([1, 2], [3])
concatenate([1], [2], [3])
concatenate([1], null)
insert before([1, 3], 1, 2)
insert before([1, 3], 2, 2)
insert before([1, 3], -1, 2)
insert before([1, 3], 5, 2)
remove([1, 2, 3], 2)
remove([1, 2, 3], -1)
remove([1, 2, 3], 4)
reverse([1, 2, 3])
reverse([])
index of([1, 2, 3, 2], 2)
index of([1, 2], 5)
index of([1, null], null)
union([1, 2], [2, 3])
union([1, 2])
distinct values([1, 2, 1])
distinct values([1, null, null])
distinct values([])
flatten([[1, 2], [[3]], 4])
flatten([])
product([2, 3, 4])
product(2, 3, 4)
product([])
median([8, 2, 5, 3, 4])
median([6, 1, 2, 3])
median([])
stddev([2, 4, 7, 5])
stddev([47])
stddev([])
mode([6, 3, 9, 6, 6])
mode([6, 1, 9, 6, 1])
mode([])
list replace([2, 4, 7, 8], 3, 6)
list replace([2, 4, 7, 8], -1, 6)
list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)
sort([3, 1, 2], function(x, y) x < y)
sort([3, 1, 2], function(x, y) x > y)
sort(["b", "a"], function(x, y) x < y)
sort(people, function(a, b) a.age < b.age)[1].name
sort([])
"""

TEMPORAL = r"""
date("2020-02-29")
date("2021-02-29")
date("2020-13-01")
date("2020-1-1")
date("a")
date(null)
date(2020, 2, 29)
date(2021, 2, 29)
date(2020, 13, 1)
date(date and time("2020-01-02T03:04:05"))
date("2020-01-02T03:04:05")
@"2020-01-01"
@"12:00:00"
@"2020-01-01T12:00:00"
@"P1Y2M"
@"P1DT2H"
time("12:34:56")
time("12:34:56Z")
time("12:34:56+01:00")
time("24:00:00")
time("12:60:00")
time("12:34:56.789")
time(12, 34, 56)
time(12, 34, 56, duration("PT1H"))
time(25, 0, 0)
time(date and time("2020-01-02T03:04:05Z"))
date and time("2020-01-02T03:04:05")
date and time("2020-01-02T03:04:05Z")
date and time("2020-01-02T03:04:05+02:00")
date and time("2020-01-02T03:04:05@Europe/Paris")
date and time("2020-01-02")
date and time("a")
date and time(date("2020-01-02"), time("03:04:05"))
date and time(null)
duration("P1D")
duration("PT24H")
duration("-P1D")
duration("P1Y6M")
duration("P18M")
duration("PT0S")
duration("P1Y2M3D")
duration("a")
duration(null)
duration("PT1.5S")
years and months duration(date("2011-12-22"), date("2013-08-24"))
years and months duration(date("2013-08-24"), date("2011-12-22"))
years and months duration(date("2020-01-31"), date("2020-02-29"))
date("2020-01-31") + duration("P1M")
date("2020-01-31") + duration("P1D")
date("2020-01-31") - duration("P1M")
date("2020-03-01") - date("2020-02-01")
date("2020-01-01") + duration("PT25H")
date and time("2020-01-01T00:00:00") + duration("PT1H")
date and time("2020-01-01T00:00:00Z") - date and time("2019-12-31T00:00:00Z")
time("12:00:00") + duration("PT13H")
time("12:00:00") - time("11:00:00")
duration("P1D") + duration("PT1H")
duration("P1D") * 2
2 * duration("P1D")
duration("P1D") / 2
duration("P1D") / duration("PT12H")
duration("P1Y") * 2
duration("P1Y") / 2
duration("P1Y") + duration("P1M")
duration("P1Y") + duration("P1D")
-duration("P1D")
date("2020-01-01") < date("2020-01-02")
date("2020-01-01") = date("2020-01-01")
date("2020-01-01") = "2020-01-01"
date("2020-01-01") + 1
time("12:00:00Z") = time("13:00:00+01:00")
date and time("2020-01-01T00:00:00Z") = date and time("2020-01-01T01:00:00+01:00")
duration("P1D") = duration("PT24H")
duration("P1Y") = duration("P12M")
duration("P1D") < duration("PT25H")
duration("P1Y") > duration("P1D")
date("2020-02-29").year
date("2020-02-29").month
date("2020-02-29").day
date("2020-02-29").weekday
date("2020-03-01").weekday
time("12:34:56").hour
time("12:34:56").minute
time("12:34:56").second
time("12:34:56+01:00").time offset
time("12:34:56").time offset
date and time("2020-01-02T03:04:05@Europe/Paris").timezone
date and time("2020-01-02T03:04:05").year
date and time("2020-01-02T03:04:05").hour
duration("P1Y6M").years
duration("P1Y6M").months
duration("P1DT2H3M4S").days
duration("P1DT2H3M4S").hours
duration("P1DT2H3M4S").minutes
duration("P1DT2H3M4S").seconds
duration("P1Y6M").days
day of year(date(2019, 9, 17))
day of week(date(2019, 9, 17))
month of year(date(2019, 9, 17))
week of year(date(2019, 9, 17))
week of year(date(2003, 12, 29))
week of year(date(2005, 1, 1))
last day of month(date("2020-02-01"))
date("2020-01-01") in [date("2019-01-01")..date("2021-01-01")]
date("2020-01-05") between date("2020-01-01") and date("2020-01-10")
for d in @"2020-01-01"..@"2020-01-03" return d
is(date("2020-01-01"), date("2020-01-01"))
is(time("12:00:00Z"), time("12:00:00+00:00"))
is(1, 1)
is(1, "1")
"""

RANGES = r"""
[1..3]
(1..3)
]1..3[
[1..3].start
[1..3].end
[1..3].start included
(1..3].start included
before(1, 10)
before(10, 1)
before(1, [1..10])
before(1, (1..10])
before([1..5], 10)
before([1..10], [10..20])
before([1..10), [10..20])
after(10, 1)
after(12, [1..10])
after([11..20], [1..10])
meets([1..5], [5..10])
meets([1..5), [5..10])
met by([5..10], [1..5])
overlaps([1..5], [3..8])
overlaps([1..5], [6..8])
overlaps([1..5], [5..8])
overlaps([1..5), [5..8])
overlaps before([1..5], [3..8])
overlaps before([3..8], [1..5])
overlaps after([3..8], [1..5])
overlaps after([1..5], [3..8])
finishes(10, [1..10])
finishes(10, [1..10))
finishes([5..10], [1..10])
finished by([1..10], 10)
finished by([1..10], [5..10])
includes([1..10], 5)
includes([1..10], 12)
includes([1..10], [4..6])
includes([1..10), 10)
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
range("[1..3]")
range("(1..3]")
range("a")
range("[\"a\"..\"c\"]")
"""

TYPES = r"""
1 instance of number
"a" instance of number
"a" instance of string
true instance of boolean
null instance of number
null instance of Null
null instance of Any
1 instance of Any
date("2020-01-01") instance of date
date and time("2020-01-01T00:00:00") instance of date and time
time("12:00:00") instance of time
duration("P1D") instance of days and time duration
duration("P1Y") instance of years and months duration
duration("P1Y") instance of days and time duration
[1, 2] instance of list<number>
[1, "a"] instance of list<number>
[] instance of list<number>
[1] instance of list<string>
{a: 1} instance of context<a: number>
{a: "x"} instance of context<a: number>
{a: 1, b: 2} instance of context<a: number>
[1..3] instance of range<number>
(function(x) x) instance of function<Any>->Any
1 instance of list<number>
"""

CALLS = r"""
substring(string: "foobar", start position: 3)
substring(string: "foobar", start position: 3, length: 2)
substring(start position: 3, string: "foobar")
substring(string: "foobar", begin: 3)
contains(string: "a", match: "a")
decimal(n: 1.256, scale: 2)
number(from: "1.5")
abs(n: -1)
substring("a")
substring("a", 1, 2, 3)
abs()
abs(1, 2)
unknown function(1)
count(list: [1, 2])
date(year: 2020, month: 1, day: 2)
date(from: "2020-01-02")
modulo(dividend: 12, divisor: 5)
sort(precedes: function(x, y) x > y, list: [1, 2])
"""

BROKEN = r"""
1 +
+ 1
(1
1)
[1, 2
{a: 1
{a 1}
if true then 1
if true 1 else 2
for x return 1
for x in [1] x
some x satisfies true
1 2
"abc
1 = = 2
a ..
[1..]
1 between 2
function x
"""

AREAS: dict[str, str] = {
    "literals": LITERALS, "arithmetic": ARITHMETIC, "comparison": COMPARISON, "logic": LOGIC, "lists": LISTS,
    "contexts": CONTEXTS, "strings": STRINGS, "conversion": CONVERSION, "numbers": NUMBERS, "list functions": LIST_FUNCTIONS,
    "temporal": TEMPORAL, "ranges": RANGES, "types": TYPES, "calls": CALLS, "broken": BROKEN,
}  # fmt: skip

EXPRESSIONS = tuple(line for area in AREAS.values() for line in area.strip().splitlines())
