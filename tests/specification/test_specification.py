"""Every case of the standard's chapter 10, group by group."""

import pytest

from tests.specification.reader import Group, difference, groups

GROUPS = list(groups())


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_language_is_what_the_standard_says(group: Group) -> None:
    wrong = [
        f"line {case.line}: {case.expression} => {case.expected}, got {found}"
        for case in group.cases
        if (found := difference(case, group.given)) is not None
    ]

    assert not wrong, "\n" + "\n".join(wrong)


def test_the_cases_are_as_many_as_they_were_meant_to_be() -> None:
    assert sum(len(group.cases) for group in GROUPS) > 2_900
    assert len({group.name for group in GROUPS}) == len(GROUPS)
