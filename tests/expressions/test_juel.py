"""The subset of JUEL that diagrams use."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from laneway.expressions import ExpressionEvaluationError, ExpressionSyntaxError, compile, compile_template

SCOPE: dict[str, object] = {
    "amount": 1500, "risk": "high", "flag": True, "nothing": None, "blank": "", "price": Decimal("2.50"), "numeric": "12",
    "order": {"items": [{"price": 1}, {"price": 2}], "name": "bob", "empty map": {}}, "xs": [1, 2, 3], "ys": [], "id": 7,
    "date": "2026-01-31",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${amount > 1000}", True),
        ("#{amount gt 1000}", True),
        ("${amount >= 1500 && risk == 'high'}", True),
        ('${amount lt 5 || risk eq "high"}', True),
        ("${amount le 1500 and not flag}", False),
        ("${!(risk == 'high')}", False),
        ("${risk != 'low'}", True),
        ("${risk ne 'low' or flag}", True),
        ("${flag}", True),
        ("${flag == true}", True),
        ("${nothing == null}", True),
        ("${nothing > 5}", False),
        ("${numeric == 12}", True),
        ("${numeric > 5}", True),
        ("${empty nothing && empty blank && empty ys}", True),
        ("${not empty xs}", True),
        ("${order.name}", "bob"),
        ("${order['name']}", "bob"),
        ("${order.items[1].price}", 2),
        ("${order.unknown}", None),
        ("${xs[0]}", 1),
        ("${xs[9]}", None),
        ("${flag ? 'yes' : 'no'}", "yes"),
        ("${flag ? amount > 5 ? 1 : 2 : 3}", 1),
        ("${1 + 2 * 3}", 7),
        ("${(1 + 2) * 3}", 9),
        ("${2 - (3 - 4) - 5}", -2),
        ("${10 / 4}", Decimal("2.5")),
        ("${10 div 5}", 2),
        ("${7 mod 4}", 3),
        ("${-7 % 4}", -3),
        ("${-amount}", -1500),
        ("${price * 2}", 5),
        ("${nothing + 1}", 1),
        ("${1.5E2}", 150),
        ("${10L}", 10),
        ("${'it\\'s'}", "it's"),
        ("${risk.length()}", 4),
        ("${risk.toUpperCase().equals('HIGH')}", True),
        ("${risk.equalsIgnoreCase('HIGH')}", True),
        ("${risk.startsWith('hi') && risk.endsWith('gh') && risk.contains('ig')}", True),
        ("${risk.substring(1, 3)}", "ig"),
        ("${risk.indexOf('g')}", 2),
        ("${risk.replace('h', 'H')}", "HigH"),
        ("${risk.replaceAll('[hg]', '-')}", "-i--"),
        ("${risk.matches('h.*h')}", True),
        ("${risk.matches('h')}", False),
        ("${'a,b'.split(',')}", ["a", "b"]),
        ("${' a '.trim().isEmpty()}", False),
        ("${'a'.concat('b')}", "ab"),
        ("${xs.size()}", 3),
        ("${xs.contains(2)}", True),
        ("${xs.get(0)}", 1),
        ("${ys.isEmpty()}", True),
        ("${order.containsKey('name')}", True),
        ("${order.get('name')}", "bob"),
        ("${order.prop('name').stringValue()}", "bob"),
        ("${price.intValue()}", 2),
        ("${amount.toString()}", "1500"),
        ("${execution.getVariable('amount')}", 1500),
        ("${execution.getVariable('absent')}", None),
        ("${execution.hasVariable('absent')}", False),
        ("${execution.getVariable('amount') > 1000}", True),
        ("${variables:get(absent)}", None),
        ("${variables:getOrDefault(absent, 3)}", 3),
        ("${vars:equals(amount, 1500)}", True),
        ("${var:exists(absent)}", False),
        (" ${id} ", 7),
        ("Order ${id} for ${order.name}", "Order 7 for bob"),
        ("${id}${risk}", "7high"),
        ("${nothing}-${price}", "-2.5"),
        ("\\${id} is ${id}", "${id} is 7"),
        ("a } b ${id} {", "a } b 7 {"),
        ("cost: $5 or #1 ${id}", "cost: $5 or #1 7"),
    ],
)
def test_juel(text: str, expected: object) -> None:
    expression = compile(text)
    assert expression.language == "JUEL"
    assert expression.evaluate(SCOPE) == expected


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("${amuont > 5}", "no variable amuont", "amount"),
        ("${nothing.x}", "of null", "!= null"),
        ("${nothing.length()}", "on null", "!= null"),
        ("${risk + 1}", "'high'", "${a}${b}"),
        ("${amount / 0}", "zero", "divisor"),
        ("${risk.length}", "has no length", ".length()"),
        ("${risk.substring(9)}", "no substring", None),
        ("${xs.get(9)}", "no element 9", None),
        ("${amount && flag}", "true or false", None),
        ("${xs < ys}", "compare", None),
        ("${amount.length()}", "no method length()", "intValue"),
        ("${xs.substring(1)}", "no method substring()", "subList"),
        ("${order.getNote()}", "no method getNote()", "hasProp"),
        ("${order.prop('note')}", "no property note", "hasProp"),
        ("${S('{').size()}", "JSON", None),
        ("${S('[1]').jsonPath('$..x')}", "can't be read", "names and positions"),
        ("${price.divide(0)}", "zero", None),
        ("${price.setScale(1, 'SIDEWAYS')}", "rounding", "HALF_UP"),
        ("${now().plusYears(9000)}", "outside the years", None),
        ("${now().plusDays('x')}", "whole number", None),
        ("${risk.before(now())}", "no method before()", None),
        ("${now().before(risk)}", "date is needed", "2026-01-31"),
        ("${now() + 1}", "number is needed", "plusDays"),
        ("${now() > 5}", "compare", None),
        ("${now().toString('QQ')}", "letter Q", "y M d"),
        ("${risk.matches('[')}", "can't be read", None),
        ("${''.__class__}", "has no __class__", None),
        ("${amount.real}", "has no real", None),
    ],
)
def test_what_must_be_an_incident(text: str, reason: str, hint: str | None) -> None:
    with pytest.raises(ExpressionEvaluationError) as caught:
        compile(text).evaluate(SCOPE, datetime(2026, 3, 14, tzinfo=UTC))
    assert reason in caught.value.reason
    assert caught.value.text == text
    if hint:
        assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("${amount = 5}", 10, "=="),
        ("${amount === 5}", 10, "=="),
        ("${amount <> 5}", 10, "!="),
        ("${amount is 5}", 10, "=="),
        ("${amount in xs}", 10, "contains"),
        ("${f(1)}", 3, "no function f"),
        ("${amount", 9, "needs a }"),
        ("${}", 3, None),
        ("${a b}", 5, None),
        ("${a.}", 5, None),
        ("${'abc}", 3, "Close the quote"),
        ("${${a}}", 3, "around the whole"),
        ("x ${a} ${", 10, None),
        ("${a instanceof b}", 5, "FEEL"),
        ("${a ^ 2}", 5, "FEEL"),
        ("${True}", 7, "true"),
        ("${risk.shout()}", 8, "service task"),
        ("${risk.touppercase()}", 8, "toUpperCase"),
        ("${execution.setVariable('a', 1)}", 13, "getVariable"),
        ("${execution.processBusinessKey}", 13, "variable"),
        ("${execution.getProcessBusinessKey()}", 13, "variable"),
        ("${execution.getVariable()}", 13, "1"),
        ("${risk.__class__()}", 8, "service task"),
        ("${xs.__len__()}", 6, "service task"),
        ("${order.keys()}", 9, "service task"),
        ("${risk.format(1)}", 8, "service task"),
        ("${risk.equals()}", 8, "takes 1"),
        ("${variables:what(x)}", 13, "getOrDefault"),
        ("${variables:getOrDefault(x)}", 3, "takes 2"),
        ("${now(1)}", 3, "takes 0"),
        ("${currentUser()}", 3, "logged in"),
    ],
)
def test_syntax_errors_name_column_and_remedy(text: str, column: int, hint: str | None) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile(text)
    assert caught.value.column == column
    if hint:
        assert hint in (caught.value.hint or "")


def test_names_are_those_it_reads() -> None:
    assert compile("${a > 1 && b.c == execution.getVariable('d')}").names == {"a", "b", "d"}
    assert compile("${1 + 1}").constant
    assert not compile("${now()}").constant


def test_now_is_what_is_handed_in() -> None:
    moment = datetime(2026, 3, 14, tzinfo=UTC)
    assert compile("${now()}").evaluate({}, moment) == moment


def test_a_template_is_always_text() -> None:
    assert compile_template("${id}").evaluate(SCOPE) == "7"
    assert compile_template("plain").evaluate(SCOPE) == "plain"
    assert compile_template("").evaluate(SCOPE) == ""


def test_conditions_must_be_boolean() -> None:
    assert compile("${amount > 5}").evaluate_boolean(SCOPE) is True
    with pytest.raises(ExpressionEvaluationError, match="string high"):
        compile("${risk}").evaluate_boolean(SCOPE)


def test_without_marks_the_attribute_decides() -> None:
    assert compile("amount == 1500", "http://www.java.com/javaTypes/juel").evaluate(SCOPE) is True


def test_long_texts_are_bounded() -> None:
    text = "${" + " + ".join(["a"] * 2_000) + "}"
    assert compile(text).evaluate({"a": 1}) == 2_000
    with pytest.raises(ExpressionEvaluationError):
        compile("${a.replace('a', '" + "b" * 2_000 + "')}").evaluate({"a": "a" * 2_000})


@pytest.mark.parametrize(
    "text",
    [
        "${'ab'.repeat(9999999999999999)}",
        "${'ab'.repeat(9000).replaceAll('a', 'b'.repeat(9000))}",
        "${'a'.repeat(30000).matches('(a?){900}a{900}')}",
        "${'a'.repeat(30000).matches('(a+)+b(a|a?){500}')}",
        "${S('['.concat('[],'.repeat(300000)).concat('1]')).size()}",
        "${big.containsAll(big)}",
        "${big.toString().concat(big.toString())}",
    ],
)
def test_a_bomb_ends_on_its_budget(text: str) -> None:
    with pytest.raises(ExpressionEvaluationError) as caught:
        compile(text).evaluate({"big": list(range(90_000))})
    assert caught.value.code == "expression_budget"
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "${now().plusYears(1e6000)}",
        "${now().plusDays(9e33)}",
        "${1e6000.intValue()}",
        "${'a'.charAt(1e6000)}",
        "${1e6000.setScale(30)}",
        "${1e6000.setScale(1e6000)}",
        "${now().withYear(1e6000)}",
        "${'ab'.repeat(1e6000)}",
        "${'ab'.substring(1e6000)}",
        "${S('['.repeat(100000)).size()}",
    ],
)
def test_numbers_beyond_reason_are_incidents(text: str) -> None:
    with pytest.raises(ExpressionEvaluationError) as caught:
        compile(text).evaluate({}, datetime(2026, 3, 14, tzinfo=UTC))
    assert len(caught.value.message) < 500
