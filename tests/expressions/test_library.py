"""``laneway.expressions`` stands alone: FEEL without a database, a web framework or an XML parser."""

import doctest
import subprocess
import sys

from laneway.expressions import feel

HEAVY = ("sqlalchemy", "fastapi", "starlette", "pydantic", "lxml", "SpiffWorkflow", "httpx", "asteval")


def test_importing_it_brings_nothing_of_the_rest_along() -> None:
    # given an interpreter of its own
    program = (
        "import sys\n"
        "from laneway.expressions import feel\n"
        "assert feel.evaluate('1 + 1') == 2\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('laneway.')}\n"
        "print(heavy, sorted(rooms))"
    )
    # when it evaluates an expression
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # then it has loaded this room alone
    assert found.stdout.strip() == "[] ['expressions']"


def test_the_examples_of_its_module_are_right() -> None:
    results = doctest.testmod(feel, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)

    assert results.attempted > 10
    assert results.failed == 0
