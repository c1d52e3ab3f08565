"""Forms come in through the gate that all JSON comes in through."""

import pytest

from tests.support.world import World


@pytest.mark.parametrize(
    "form",
    [
        b'{"id": "a", "id": "b", "components": []}',
        b'{"id": "a", "components": [], "note": "\\u0000"}',
        b'{"id": "a", "components": [], "scale": NaN}',
        b'{"id": "a", "components": ' + b"[" * 200 + b"]" * 200 + b"}",
        '{"id": "ä", "components": []}'.encode("latin-1"),
    ],
    ids=["a name twice", "NUL", "NaN", "too deep", "not UTF-8"],
)
def test_a_form_that_the_gate_refuses_is_reported(world: World, form: bytes) -> None:
    # Given a form that is no strict JSON; when it is checked; then its file and what is wrong are named.
    [problem] = world.engine.check([("review.form", form)]).problems

    assert (problem.file, problem.rule) == ("review.form", "form-syntax")


def test_a_form_with_a_byte_order_mark_and_fractions_is_deployed(world: World) -> None:
    # Given a form as an editor on Windows saves it; when it is deployed; then it is there.
    form = b'\xef\xbb\xbf{"id": "review", "components": [{"type": "number", "key": "n", "increment": 0.1}]}'
    world.engine.deploy([("review.form", form)])

    assert [row["formId"] for row in world.rows("forms")] == ["review"]
