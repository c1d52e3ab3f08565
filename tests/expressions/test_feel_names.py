"""Names with spaces and operators, scopes, free variables."""

import pytest

from laneway.expressions import ExpressionEvaluationError, ExpressionSyntaxError, compile, feel


@pytest.mark.parametrize(
    ("text", "scope", "expected"),
    [
        ("12 * Monthly Salary", {"Monthly Salary": 10}, 120),
        ("Monthly   Salary", {"Monthly Salary": 10}, 10),
        ("a-b", {"a-b": 3}, 3),
        ("a-b", {"a": 5, "b": 3}, 2),
        ("a - b + 1", {"a-b": 3}, 4),
        ("`a-b` + 1", {"a-b": 3}, 4),
        ("date of birth", {"date of birth": 7}, 7),
        ("Profit and Loss + 1", {"Profit and Loss": 1}, 2),
        ("Line 1 + 1", {"Line 1": 1}, 2),
        ("person.first name", {"person": {"first name": "Ann"}}, "Ann"),
        ("order.if", {"order": {"if": 1}}, 1),
        ("order.`x-y`", {"order": {"x-y": 1}}, 1),
        ("Applicant is eligible", {"Applicant is eligible": True}, True),
        ("{first name: 1, b: first name + 1}.b", {}, 2),
        ("{a+b: 1, c: a+b + 1}.c", {}, 2),
        ('{"a b": 1, c: a b + 1}.c', {}, 2),
        ("{a: 1, b: {c: a + 1}}.b.c", {}, 2),
        ("for my item in [1, 2] return my item * 2", {}, [2, 4]),
        ("(function(first value, b) first value + b)(1, 2)", {}, 3),
        ("šomeÚnicode + 1", {"šomeÚnicode": 1}, 2),
        ("🐎 + 1", {"🐎": 1}, 2),
        ("count", {"count": 5}, 5),
        ("count([1, 2])", {"count": 5}, None),
        ("string length(string)", {"string": "abc"}, 3),
    ],
)
def test_names(text: str, scope: dict[str, object], expected: object) -> None:
    assert feel.evaluate(text, scope) == expected


def test_inner_names_hide_outer_ones() -> None:
    assert feel.evaluate("for x in [1] return x", {"x": 9}) == [1]
    assert feel.evaluate("[{x: 1}, {x: 2}][x > 1]", {"x": 0}) == [{"x": 2}]
    assert feel.evaluate("[{y: 1}][y = x]", {"x": 1}) == [{"y": 1}]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("=a + b.c", {"a", "b"}),
        ("=for i in xs return i + y", {"xs", "y"}),
        ("={k: a, m: k}", {"a"}),
        ("=some i in xs satisfies i = z", {"xs", "z"}),
        ("=(function(p) p + q)(1)", {"q"}),
        ("=items[price > limit]", {"items", "price", "limit"}),
        ("=count(xs)", {"xs"}),
        ("=now()", set()),
        ("=Monthly Salary * 2", {"Monthly Salary"}),
    ],
)
def test_free_variables(text: str, names: set[str]) -> None:
    assert compile(text).names == names


@pytest.mark.parametrize(
    ("text", "constant"),
    [("=1 + 1", True), ("=a", False), ("=now()", False), ("=today()", False), ("=[1][item > 0]", True)],
)
def test_constant_means_neither_variables_nor_clock(text: str, constant: bool) -> None:
    assert compile(text).constant is constant


def test_a_condition_names_its_missing_variables_but_not_those_of_list_elements() -> None:
    condition = compile("=amount > 10 and count(items[price > 1]) > limit")
    with pytest.raises(ExpressionEvaluationError) as caught:
        condition.evaluate_boolean({"items": [{"price": 2}], "other": 1})
    assert "gave null" in caught.value.reason
    assert "Missing: amount, limit." in caught.value.reason
    assert "items, other" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "scope", "says"),
    [
        ("=amount", {"amount": 5}, "number 5"),
        ("=name", {"name": "x"}, "string x"),
        ("=a > b", {"a": 1, "b": "x"}, "Can't compare number and string"),
        ("=[a]", {"a": 1}, "list"),
    ],
)
def test_a_condition_that_is_no_boolean_says_what_it_is(text: str, scope: dict[str, object], says: str) -> None:
    with pytest.raises(ExpressionEvaluationError, match=says):
        compile(text).evaluate_boolean(scope)


def test_a_name_of_a_loop_ends_with_the_loop() -> None:
    with pytest.raises(ExpressionSyntaxError):
        feel.compile_expression("[for a-b in [1] return a-b, (a-b)(1) 2]")
    assert compile("=[for a-b in [1] return a-b, a-b]").names == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "scope", "hint"),
    [
        ("=amuont > 5", {"amount": 1}, "Did you mean amount?"),
        ("=order-id > 5", {"order-id": 1}, "`order-id`"),
        ("=x > 5", {}, "no variables"),
    ],
)
def test_a_missing_variable_comes_with_a_remedy(text: str, scope: dict[str, object], hint: str) -> None:
    with pytest.raises(ExpressionEvaluationError) as caught:
        compile(text).evaluate_boolean(scope)
    assert hint in (caught.value.hint or "")
