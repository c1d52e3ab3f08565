"""Functions of the kind Java, which a table stands in for (DMN 1.5, 10.3.2.13.3)."""

from decimal import Decimal

import pytest
from tests.decisions.drawing import context, decision, dmn, function, literal

from laneway.decisions import load_decisions
from laneway.decisions.model import DecisionResult
from laneway.domain.problem import Severity


def call(owner: str, signature: str, *arguments: str) -> DecisionResult:
    """Call it as a boxed function."""
    body = context(("class", literal(f'"{owner}"')), ("method signature", literal(f'"{signature}"')))
    names = [f"p{index}" for index in range(len(arguments))]
    logic = context(
        ("f", function(dict.fromkeys(names), body, kind="Java")), (None, literal(f"f({', '.join(arguments)})"))
    )
    return load_decisions(dmn(decision("d", logic))).evaluate("d", {})


MATH, STRING, INTEGER, DOUBLE = "java.lang.Math", "java.lang.String", "java.lang.Integer", "java.lang.Double"


@pytest.mark.parametrize(
    ("owner", "signature", "arguments", "expected"),
    [
        (MATH, "max(int, int)", ["3", "5"], 5),
        (MATH, "max(double,double)", ["3", "5.5"], Decimal("5.5")),
        (MATH, "min(long,long)", ["3", "-5"], -5),
        (MATH, "abs(int)", ["-3"], 3),
        (MATH, "cos(double)", ["0"], 1),
        (MATH, "pow(double, double)", ["2", "10"], 1024),
        (MATH, "sqrt(double)", ["2"], Decimal("1.4142135623730951")),
        (MATH, "round(double)", ["2.5"], 3),
        (MATH, "round(double)", ["-2.5"], -2),
        (MATH, "rint(double)", ["2.5"], 2),
        (MATH, "floorMod(int,int)", ["-7", "3"], 2),
        (MATH, "addExact(int,int)", ["1", "2"], 3),
        (STRING, "valueOf(double)", ["5"], "5.0"),
        (STRING, "valueOf(int)", ["5"], "5"),
        (STRING, "valueOf(java.lang.Object)", ['"a"'], "a"),
        (STRING, "format(java.lang.String, [Ljava.lang.Object;)", ['"%s is %d"', '"a"', "5"], "a is 5"),
        (STRING, "format(java.lang.String, [Ljava.lang.Object;)", ['"%s-%s"', '["a", "b"]'], "a-b"),
        (STRING, "format(String, Object...)", ['"%,.2f|%5s|%-3s|%03d|%%"', "1234.567", '"x"', '"y"', "7"], "1,234.57|    x|y  |007|%"),
        (STRING, "join(String, String[])", ['", "', '["a", "b"]'], "a, b"),
        (INTEGER, "parseInt(java.lang.String)", ['"-12"'], -12),
        (INTEGER, "parseInt(String, int)", ['"ff"', "16"], 255),
        (INTEGER, "valueOf(String)", ['"7"'], 7),
        (INTEGER, "sum(int, int)", ["2147483647", "1"], -2147483648),
        ("Integer", "toHexString(int)", ["255"], "ff"),
        (DOUBLE, "valueOf(java.lang.String)", ['"1.5"'], Decimal("1.5")),
        (DOUBLE, "parseDouble(java.lang.String)", ['"1e3"'], 1000),
        ("java.lang.Boolean", "parseBoolean(java.lang.String)", ['"TRUE"'], True),
        (MATH, "max(int, int)", ["[3]", "5"], 5),
    ],
)  # fmt: skip
def test_known_functions_are_called(owner: str, signature: str, arguments: list[str], expected: object) -> None:
    result = call(owner, signature, *arguments)
    assert result.output == expected
    assert type(result.output) is type(expected)


@pytest.mark.parametrize(
    ("owner", "signature", "arguments", "says"),
    [
        (MATH, "max(int, int)", ["3"], "takes 2 arguments"),
        (MATH, "max(int, int)", ['"a"', "1"], "takes a int"),
        (MATH, "max(int, int)", ["1.5", "1"], "takes a int"),
        (MATH, "max(int, int)", ["2147483648", "1"], "takes a int"),
        (MATH, "max(int, int)", ["null", "1"], "takes a int"),
        (MATH, "addExact(int,int)", ["2147483647", "2147483647"], "failed"),
        (MATH, "sqrt(double)", ["-1"], "failed"),
        (MATH, "floorDiv(int,int)", ["1", "0"], "failed"),
        (MATH, "foo(int)", ["1"], "none of the functions"),
        (MATH, "max", ["1", "2"], "no method signature"),
        ("java.lang.Runtime", "getRuntime()", [], "none of the functions"),
        ("java.lang.System", "exit(int)", ["1"], "none of the functions"),
        (INTEGER, "parseInt(java.lang.String)", ['"x"'], "failed"),
        (STRING, "format(String, Object...)", ['"%d"', '"a"'], "failed"),
        (STRING, "format(String, Object...)", ['"%s %s"', '"a"'], "failed"),
    ],
)
def test_what_java_would_refuse_is_null(owner: str, signature: str, arguments: list[str], says: str) -> None:
    result = call(owner, signature, *arguments)
    assert result.output is None
    assert any(says in warning for warning in result.warnings), result.warnings


def test_what_is_not_known_is_said_at_deployment() -> None:
    body = context(("class", literal('"com.acme.Risk"')), ("method signature", literal('"rate(double)"')))
    model = load_decisions(dmn(decision("d", function({"a": None}, body, kind="Java"))))
    assert [(one.severity, one.rule) for one in model.problems] == [(Severity.WARNING, "function-kind-unsupported")]
    assert "com.acme.Risk.rate" in model.problems[0].message


def test_a_function_in_pmml_gives_null() -> None:
    body = context(("document", literal('"model"')), ("model", literal('"Score"')))
    logic = context(("f", function({"a": None}, body, kind="PMML")), (None, literal("f(1)")))
    model = load_decisions(dmn(decision("d", logic)))
    assert "PMML" in model.problems[0].message
    result = model.evaluate("d", {})
    assert result.output is None
    assert "PMML" in result.warnings[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{f: function(a, b) external {java: {class: "java.lang.Math", method signature: "max(int,int)"}}, r: f(1, 2)}.r', 2),
        ('{f: function(a: number, b: number) external {java: {class: "java.lang.Math", method signature: "max(int,int)"}}, r: f(b: 1, a: 7)}.r', 7),
        ('{f: function(a: string) external {java: {class: "java.lang.Math", method signature: "abs(int)"}}, r: f(1)}.r', None),
        ('{f: function(a) external {java: {class: "x"}}, r: f(1)}.r', None),
        ('{f: function(a) external {pmml: {document: "x", model: "y"}}, r: f(1)}.r', None),
        ("{f: function(a) external 5, r: f(1)}.r", None),
    ],
)  # fmt: skip
def test_external_functions_in_text(text: str, expected: object) -> None:
    result = load_decisions(dmn(decision("d", literal(text)))).evaluate("d", {})
    assert result.output == expected
    assert expected is not None or result.warnings
