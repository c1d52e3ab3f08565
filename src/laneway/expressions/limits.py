"""Budgets that end every expression soon, by counting; only a caller of the library who asks for it gets a clock beside.

A step is about one node of the syntax tree; loops pay the size of their body for every round, built-in functions
pay the size of what they read or make. The numbers are chosen so that the dearest expression ends within 100 ms.
"""

from __future__ import annotations

MAX_TEXT_LENGTH = 32_000
"""Characters of one expression."""
MAX_PARSE_DEPTH = 80
"""Levels of nesting: parentheses, lists, operators inside operators."""
MAX_STEPS = 400_000
"""Steps of one evaluation."""
STEPS_PER_LOOK = 2_000
"""Steps between two looks at the clock, where a caller of the library gave a time limit: less than a millisecond."""
STEPS_PER_LOOK = 2_000
"""Steps between two looks at the clock, where a caller of the library set a time limit: about a millisecond."""
MAX_LIST_LENGTH = 100_000
"""Elements of a list that an expression makes."""
MAX_RESULT_ELEMENTS = 1_000_000
"""Elements of a result written out, variables that it only passes on included."""
MAX_STRING_LENGTH = 1_000_000
"""Characters of a string that an expression makes."""
MAX_CALL_DEPTH = 600
"""Nested syntax levels over all functions that are being called at one moment."""
MAX_PATTERN_LENGTH = 1_000
"""Characters of a regular expression."""
NUMBER_DIGITS = 34
"""Digits of a number: IEEE 754 decimal128, as DMN 1.5 chapter 10.3.2.3.1 says."""
CHARACTERS_PER_STEP = 64
"""Work on strings is cheap per character."""
CACHE_SIZE = 4_096
"""Compiled expressions kept by ``compile``, up to this many characters each:"""
CACHED_LENGTH = 2_000
LARGE_CACHE_SIZE = 64
"""Compiled expressions kept that are longer."""
