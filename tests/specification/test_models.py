"""What chapters 6, 7, 8 and 10.2 to 10.4 say of models, read apart from the code: each case is a small model and its answers."""

from decimal import Decimal

import pytest

from laneway.decisions import load_decisions
from tests.decisions.drawing import decision, dmn, input_data, knowledge, literal, table


def item(name: str, base: str = "", values: str = "", many: bool = False, parts: str = "") -> str:
    inner = (f"<typeRef>{base}</typeRef>" if base else "") + parts
    allowed = f"<allowedValues><text>{values}</text></allowedValues>" if values else ""
    return f'<itemDefinition name="{name}"{" isCollection=" + chr(34) + "true" + chr(34) if many else ""}>{inner}{allowed}</itemDefinition>'


def part(name: str, base: str, many: bool = False) -> str:
    return f'<itemComponent name="{name}"{" isCollection=" + chr(34) + "true" + chr(34) if many else ""}><typeRef>{base}</typeRef></itemComponent>'


def typed(logic: str, kind: str, *requirements: str) -> str:
    """The decision ``d`` whose variable is of a type."""
    made = decision("d", logic, *requirements)
    return made.replace('name="d">', f'name="d"><variable name="d" typeRef="{kind}"/>', 1)


def answer(*elements: str, given: dict[str, object] | None = None, asked: str = "d") -> object:
    return load_decisions(dmn(*elements)).evaluate(asked, given or {}).output


PERSON = item("tPerson", parts=part("name", "string") + part("age", "number"))
COLOUR = item("tColour", "string", '"red", "green"')
NUMBERS = item("tNumbers", "number", many=True)
GRADE = item("tGrade", "number", "[1..6]")


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        # 10.3.2.9.4: a value that conforms stays, a list of one is its item, a value is a list of one, a date is its midnight
        ("number", "1", 1),
        ("number", '"1"', None),
        ("string", '"a"', "a"),
        ("string", "1", None),
        ("boolean", "true", True),
        ("boolean", '"true"', None),
        ("number", "[1]", 1),
        ("number", "[1, 2]", None),
        ("number", "null", None),
        ("date", '@"2024-01-01"', "2024-01-01"),
        ("date", '"2024-01-01"', None),
        ("date", '@"2024-01-01T10:00:00"', None),
        ("dateTime", '@"2024-01-01T10:00:00"', "2024-01-01T10:00:00"),
        ("date and time", '@"2024-01-01"', "2024-01-01T00:00:00Z"),
        ("time", '@"10:00:00"', "10:00:00"),
        ("dayTimeDuration", '@"P1D"', "P1D"),
        ("days and time duration", '@"P1Y"', None),
        ("yearMonthDuration", '@"P1Y"', "P1Y"),
        ("years and months duration", '@"P1D"', None),
        ("Any", '{a: [1, "b"]}', {"a": [1, "b"]}),
        # 7.3.2: item definitions
        ("tColour", '"red"', "red"),
        ("tColour", '"blue"', None),
        ("tColour", "1", None),
        ("tGrade", "6", 6),
        ("tGrade", "7", None),
        ("tNumbers", "[1, 2]", [1, 2]),
        ("tNumbers", "[]", []),
        ("tNumbers", "1", [1]),
        ("tNumbers", '[1, "a"]', None),
        ("tNumbers", '"a"', None),
        ("tPerson", '{name: "Ada", age: 36}', {"name": "Ada", "age": 36}),
        ("tPerson", '{name: "Ada", age: 36, more: 1}', {"name": "Ada", "age": 36, "more": 1}),
        ("tPerson", '{name: "Ada", age: "36"}', None),
        ("tPerson", '{name: "Ada", age: null}', {"name": "Ada", "age": None}),
        ("tPerson", '"Ada"', None),
    ],
)
def test_the_type_of_a_decision_admits_what_conforms(kind: str, text: str, expected: object) -> None:
    assert answer(PERSON, COLOUR, NUMBERS, GRADE, typed(literal(text), kind)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p.age + 1", 37),
        ("p.name", "Ada"),
        ("p instance of tPerson", True),
        ("1 instance of tPerson", False),
        ('{name: "a", age: 1} instance of tPerson', True),
        ('{name: "a"} instance of tPerson', False),
        ("[1, 2] instance of tNumbers", True),
        ("[1] instance of list<tPerson>", False),
        ("(function(x: tPerson) x.age)(p)", 36),
        ("(function(x: tPerson) x.age)(1)", None),
    ],
)
def test_item_definitions_are_types_of_the_language(text: str, expected: object) -> None:
    found = answer(
        PERSON, NUMBERS, input_data("p", kind="tPerson"), decision("d", literal(text), "input:p"),
        given={"p": {"name": "Ada", "age": 36}},
    )  # fmt: skip

    assert found == expected


ADD = knowledge("add", ("a", "b"), literal("a + b"))
TYPED_BKM = ADD.replace('name="a"/>', 'name="a" typeRef="number"/>').replace(
    'name="b"/>', 'name="b" typeRef="number"/>'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("add(1, 2)", 3),
        ("add(b: 1, a: 2)", 3),
        ("add([1], [2])", 3),
        ("add(1)", None),
        ("add(1, 2, 3)", None),
        ("add(a: 1, c: 2)", None),
        ('add("a", "b")', None),
        ("add(null, 1)", None),
        ("for i in [1, 2] return add(i, i)", [2, 4]),
        ("(function(f, x) f(x, x))(add, 4)", 8),
    ],
)
def test_a_knowledge_model_is_called_as_a_function(text: str, expected: object) -> None:
    # 6.3.9 and 10.3.2.13.2
    assert answer(TYPED_BKM, decision("d", literal(text), "knowledge:add")) == expected


def invocation(function: str, **bindings: str) -> str:
    bound = "".join(f'<binding><parameter name="{name}"/>{literal(text)}</binding>' for name, text in bindings.items())
    return f"<invocation>{literal(function)}{bound}</invocation>"


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (invocation("add", a="1", b="2"), 3),
        (invocation("add", a="1"), None),
        (invocation("add", a="1", c="2"), None),
        (invocation("abs", n="-1"), 1),
        (invocation("nothing", a="1"), None),
        ("<list>" + literal("1") + literal('"a"') + "</list>", [1, "a"]),
        ("<list/>", []),
        (
            '<relation><column name="a"/><column name="b"/>'
            f"<row>{literal('1')}{literal('2')}</row><row>{literal('3')}{literal('4')}</row></relation>",
            [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
        ),
        (
            f'<context><contextEntry><variable name="a"/>{literal("1")}</contextEntry>'
            f'<contextEntry><variable name="b"/>{literal("a + 1")}</contextEntry></context>',
            {"a": 1, "b": 2},
        ),
        (
            f'<context><contextEntry><variable name="a"/>{literal("1")}</contextEntry>'
            f"<contextEntry>{literal('a + 1')}</contextEntry></context>",
            2,
        ),
        (
            f'<context><contextEntry><variable name="a" typeRef="number"/>{literal(chr(34) + "x" + chr(34))}</contextEntry>'
            "</context>",
            {"a": None},
        ),
        (
            f"<conditional><if>{literal('1 &gt; 0'.replace('&gt;', '>'))}</if><then>{literal('1')}</then>"
            f"<else>{literal('2')}</else></conditional>",
            1,
        ),
        (
            f"<conditional><if>{literal('null')}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>",
            2,
        ),
        (f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal('item > 1')}</match></filter>", [2, 3]),
        (f"<filter><in>{literal('5')}</in><match>{literal('item > 1')}</match></filter>", [5]),
        (
            f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{literal("i * 2")}</return></for>',
            [2, 4],
        ),
        (
            f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{literal("count(partial)")}</return></for>',
            [0, 1],
        ),
        (
            f'<some iteratorVariable="i"><in>{literal("[1, 2]")}</in><satisfies>{literal("i > 1")}</satisfies></some>',
            True,
        ),
        (
            f'<every iteratorVariable="i"><in>{literal("[1, 2]")}</in><satisfies>{literal("i > 1")}</satisfies></every>',
            False,
        ),
        (
            f'<every iteratorVariable="i"><in>{literal("[]")}</in><satisfies>{literal("false")}</satisfies></every>',
            True,
        ),
    ],
)
def test_a_boxed_expression_gives_what_its_text_would(logic: str, expected: object) -> None:
    # 10.2.1.3 to 10.2.1.10
    assert answer(TYPED_BKM, decision("d", logic, "knowledge:add")) == expected


def ruled(
    policy: str, *rules: tuple[str, str], values: str = "", default: str = "", aggregation: str | None = None
) -> str:
    return table(
        ["x"], ["y"], rules, policy, aggregation=aggregation,
        values={"y": values} if values else None, defaults={"y": default} if default else None,
    )  # fmt: skip


WIDE = (("> 0", "1"), ("> 5", "3"), ("> 8", "2"))


@pytest.mark.parametrize(
    ("logic", "x", "expected"),
    [
        (ruled("UNIQUE", ("< 5", '"a"'), (">= 5", '"b"')), 5, "b"),
        (ruled("UNIQUE", ("< 5", '"a"')), 6, None),
        (ruled("UNIQUE", ("< 5", '"a"'), default='"z"'), 6, "z"),
        (ruled("UNIQUE", *WIDE), 6, None),
        (ruled("ANY", ("> 0", "1"), ("> 5", "1")), 6, 1),
        (ruled("ANY", ("> 0", "1"), ("> 5", "2")), 6, None),
        (ruled("FIRST", *WIDE), 9, 1),
        (ruled("PRIORITY", *WIDE, values="3, 2, 1"), 9, 3),
        (ruled("PRIORITY", *WIDE, values="1, 2, 3"), 9, 1),
        (ruled("OUTPUT ORDER", *WIDE, values="3, 2, 1"), 9, [3, 2, 1]),
        (ruled("RULE ORDER", *WIDE), 9, [1, 3, 2]),
        (ruled("COLLECT", *WIDE), 6, [1, 3]),
        (ruled("COLLECT", *WIDE, aggregation="SUM"), 9, 6),
        (ruled("COLLECT", *WIDE, aggregation="COUNT"), 9, 3),
        (ruled("COLLECT", *WIDE, aggregation="MIN"), 9, 1),
        (ruled("COLLECT", *WIDE, aggregation="MAX"), 9, 3),
        (ruled("UNIQUE", ("-", "x + 1")), 1, 2),
        (ruled("UNIQUE", ("null", '"none"')), None, "none"),
        (ruled("UNIQUE", ("not(1, 2)", '"other"')), 3, "other"),
        (ruled("UNIQUE", ("[1..3], 7", '"in"')), 7, "in"),
        (ruled("UNIQUE", ("? > 2 and ? < 4", '"three"')), 3, "three"),
        (ruled("UNIQUE", ("odd(?)", '"odd"')), 3, "odd"),
        (ruled("UNIQUE", ('"a", "b"', '"letter"')), "b", "letter"),
        (ruled("UNIQUE", ("1, 2", '"one of"')), [1], None),
    ],
)
def test_a_table_decides_by_its_hit_policy(logic: str, x: object, expected: object) -> None:
    # 8.2.10, 8.3 and 10.3.2.10; what can't be decided is null
    assert answer(input_data("x"), decision("d", logic, "input:x"), given={"x": x}) == expected


def service(outputs: str, *inputs: str, inner: str = "") -> str:
    made = "".join(f'<outputDecision href="#{one}"/>' for one in outputs.split())
    made += "".join(f'<encapsulatedDecision href="#{one}"/>' for one in inner.split())
    made += "".join(f'<{one.split(":")[0]} href="#{one.split(":")[1]}"/>' for one in inputs)
    return f'<decisionService id="s" name="s"><variable name="s"/>{made}</decisionService>'


SERVED = (
    input_data("x"),
    decision("inner", literal("x * 2"), "input:x"),
    decision("one", literal("inner + 1"), "decision:inner"),
    decision("two", literal('"two"')),
)


@pytest.mark.parametrize(
    ("drawn", "text", "expected"),
    [
        (service("one", "inputData:x", inner="inner"), "s(2)", 5),
        (service("one", "inputData:x", inner="inner"), "s(x: 2)", 5),
        (service("one two", "inputData:x", inner="inner"), "s(2)", {"one": 5, "two": "two"}),
        (service("one", "inputDecision:inner"), "s(10)", 11),
        (service("one", "inputDecision:inner"), "s(inner: 10)", 11),
        (service("one", "inputData:x", inner="inner"), "s()", None),
        (service("one", "inputData:x", inner="inner"), "s(1, 2)", None),
        (service("one", "inputData:x", inner="inner"), "s(y: 2)", None),
        (service("two"), "s()", "two"),
    ],
)
def test_a_decision_service_is_a_function(drawn: str, text: str, expected: object) -> None:
    # 6.3.10 and 10.4
    assert answer(*SERVED, drawn, decision("d", literal(text), "knowledge:s")) == expected


def imported(text: str, *requirements: str, kinds: str = "") -> object:
    other = dmn(
        PERSON, COLOUR, TYPED_BKM, decision("rate", literal("0.5")), input_data("base"),
        decision("doubled", literal("base * 2"), "input:base"),
    ).replace(b'namespace="x"', b'namespace="lib"')  # fmt: skip
    load = '<import name="lib" namespace="lib" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
    made = typed(literal(text), kinds, *requirements) if kinds else decision("d", literal(text), *requirements)
    model = load_decisions(dmn(load, made), "own.dmn", {"lib.dmn": other})
    return model.evaluate("d", {"lib": {"base": 4}, "base": 4}).output


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: imported("lib.rate + 1", "decision:lib#rate"), Decimal("1.5")),
        (lambda: imported("lib.add(1, 2)", "knowledge:lib#add"), 3),
        (lambda: imported("lib.doubled", "decision:lib#doubled"), 8),
        (lambda: imported("lib.base", "input:lib#base"), 4),
        (lambda: imported('"red"', kinds="lib.tColour"), "red"),
        (lambda: imported('"blue"', kinds="lib.tColour"), None),
        (lambda: imported('{name: "a", age: 1} instance of lib.tPerson'), True),
    ],
)
def test_what_is_imported_is_seen_by_the_name_of_the_import(found: object, expected: object) -> None:
    # 6.3.3
    assert callable(found)
    assert found() == expected


def test_a_required_decision_is_seen_in_its_own_type() -> None:
    # 10.4: what does not conform is null to whoever needs it
    first = decision("first", literal('"a"')).replace(
        'name="first">', 'name="first"><variable name="first" typeRef="number"/>'
    )

    assert answer(first, decision("d", literal("first = null"), "decision:first")) is True


def test_an_input_datum_of_another_type_is_null() -> None:
    assert answer(input_data("x", kind="number"), decision("d", literal("x"), "input:x"), given={"x": "a"}) is None


def test_a_text_of_json_is_read_as_the_date_that_the_input_says() -> None:
    found = answer(
        input_data("x", kind="date"), decision("d", literal("x + @\"P1D\""), "input:x"), given={"x": "2024-02-28"}
    )  # fmt: skip

    assert found == "2024-02-29"
