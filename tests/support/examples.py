"""How many examples Hypothesis makes up: few in CI, LANEWAY_EXAMPLES times as many in ``make properties``."""

import os

TIMES = int(os.environ.get("LANEWAY_EXAMPLES", "1"))


def examples(few: int) -> int:
    return few * TIMES
