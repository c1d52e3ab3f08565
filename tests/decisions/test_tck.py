"""The harness of the compatibility kit, on cases of our own."""

from pathlib import Path

import pytest
from tests.decisions import tck
from tests.decisions.drawing import decision, dmn, imported, input_data, knowledge, literal, service

MODEL = dmn(
    imported("other", "urn:other"),
    input_data("x"),
    decision("d", literal("x"), "input:x"),
    decision("twice", literal("x * 2"), "input:x"),
    decision("late", literal('date and time("2026-01-31T10:00:00Z")')),
    decision("broken", literal("1 +")),
    decision("theirs", literal("other.d"), "decision:urn:other#d"),
    service("s", ["d", "twice"], inputs=["x"]),
    service("one", ["twice"], inputs=["x"]),
    knowledge("f", ["a", "b"], literal("a - b")),
)
OTHER = dmn(input_data("x"), decision("d", literal('"other " + x'), "input:x"), target="urn:other")
HEAD = (
    '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><modelName>model.dmn</modelName>'
)
NIL = '<value xsi:nil="true"/>'
FIVE = '<value xsi:type="xsd:decimal">5</value>'


def outcomes(folder: Path, *cases: str) -> list[tck.Outcome]:
    place = folder / "compliance-level-3" / "0001-own"
    place.mkdir(parents=True)
    (place / "model.dmn").write_bytes(MODEL)
    (place / "other.dmn").write_bytes(OTHER)
    (place / "0001-own-test-01.xml").write_text(HEAD + "".join(cases) + "</testCases>")
    return tck.run(folder)


def case(result: str, expected: str, x: str = FIVE, more: str = "", attributes: str = "", error: str = "") -> str:
    given = f'<inputNode name="x">{x}</inputNode>{more}'
    return f'<testCase id="1" {attributes}>{given}<resultNode name="{result}" {error}><expected>{expected}</expected></resultNode></testCase>'


COMPONENTS = f'<component name="a">{FIVE}</component><component name="b">{NIL}</component>'
LIST = f"<list><item>{FIVE}</item><item>{COMPONENTS}</item><item><list/></item></list>"


@pytest.mark.parametrize(
    "given",
    [
        case("d", FIVE), case("d", '<value xsi:type="xsd:double">5.0000000001</value>'), case("d", NIL, NIL), case("d", "", NIL),
        case("d", COMPONENTS, COMPONENTS), case("d", LIST, LIST), case("d", '<list xsi:nil="true"/>', NIL),
        case("d", "<value>5</value>"), case("d", "<value>5.0</value>"),
        case("d", "<value>text</value>", "<value>text</value>"), case("d", "<value>5</value>", "<value>5</value>"), case("late", '<value xsi:type="xsd:dateTime">2026-01-31T10:00:00Z</value>'),
        case("d", '<value xsi:type="xsd:duration">P1D</value>', '<value xsi:type="xsd:duration">P1D</value>'),
        case("d", '<value xsi:type="xsd:boolean">true</value>', '<value xsi:type="xsd:boolean">true</value>'),
        case("twice", FIVE.replace("5", "10"), attributes='type="decisionService" invocableName="s"'),
        case("s", FIVE.replace("5", "10"), attributes='type="decisionService" invocableName="one"'),
        case("f", FIVE, more=f'<inputNode name="a">{FIVE}</inputNode><inputNode name="b">{FIVE.replace("5", "0")}</inputNode>',
             attributes='type="bkm" invocableName="f"'),
        case("broken", NIL), case("broken", "", error='errorResult="true"'),
        case("theirs", '<value xsi:type="xsd:string">other 1</value>',
             more='<inputNode name="x" namespace="urn:other"><value xsi:type="xsd:string">1</value></inputNode>'),
    ],
)  # fmt: skip
def test_what_is_as_expected_passes(tmp_path: Path, given: str) -> None:
    assert [one.reason for one in outcomes(tmp_path, given)] == [""]


@pytest.mark.parametrize(
    "given",
    [
        case("d", FIVE.replace("5", "6")), case("d", NIL), case("d", FIVE, NIL), case("d", "<value>6</value>"),
        case("d", '<value xsi:type="xsd:string">5</value>'), case("d", COMPONENTS, LIST), case("d", FIVE, error='errorResult="true"'),
        case("gone", FIVE), case("d", '<value xsi:type="xsd:boolean">true</value>'),
    ],
)  # fmt: skip
def test_what_is_not_as_expected_fails_with_a_reason(tmp_path: Path, given: str) -> None:
    (found,) = outcomes(tmp_path, given)
    assert not found.passed
    assert "instead of" in found.reason


def test_the_report_counts_by_level_and_names_folders_with_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes(tmp_path, case("d", FIVE), case("d", NIL))
    tck.report(tmp_path)
    printed = capsys.readouterr().out
    assert "0001-own: 1 of 2" in printed
    assert "compliance-level-3: 1 of 2" in printed


def test_a_level_or_one_folder_of_it_can_be_run_alone(tmp_path: Path) -> None:
    outcomes(tmp_path, case("d", FIVE))
    level = tmp_path / "compliance-level-3"
    assert [one.group for folder in (level, level / "0001-own") for one in tck.run(folder)] == [level.name] * 2
