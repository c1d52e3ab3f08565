"""FEEL tokens to a syntax tree: a Pratt parser (grammar of DMN 1.5, 10.3.1.2).

Operators bind, from loose to tight: ``or``, ``and``, comparisons, ``+ -``, ``* /``, ``**``, unary minus, ``instance of``,
then paths, filters and calls. All of them group to the left, ``**`` too (the grammar's rules 4 and 51).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.lexer import Token
from laneway.expressions.limits import MAX_PARSE_DEPTH
from laneway.expressions.nodes import Node
from laneway.expressions.operands import NEGATE, OperandParser
from laneway.expressions.phrases import ADD
from laneway.expressions.remedies import COMPARISON_SIGNS

__all__ = ["Parsed", "parse", "parse_unary_tests"]

OR, AND, COMPARE, MULTIPLY, POWER, INSTANCE = 1, 2, 3, ADD + 1, ADD + 2, NEGATE + 1

_BINDING = {
    "or": OR, "and": AND, "=": COMPARE, "!=": COMPARE, "<": COMPARE, "<=": COMPARE, ">": COMPARE, ">=": COMPARE,
    "between": COMPARE, "in": COMPARE, "+": ADD, "-": ADD, "*": MULTIPLY, "/": MULTIPLY, "**": POWER, "instance": INSTANCE,
}  # fmt: skip
_ORDERINGS = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and what it reads from outside.

    ``optional_names`` occur only inside filters, where the elements of the list may have them.
    """

    root: Node
    names: frozenset[str]
    optional_names: frozenset[str]
    functions: frozenset[str]


def parse(
    text: str,
    known_names: Iterable[str] | None = None,
    functions: Iterable[str] = (),
    *,
    strict: bool = True,
    members: Iterable[str] = (),
    domain: bool = False,
) -> Parsed:
    """Parse one expression.

    Parameters
    ----------
    known_names
        Names in scope, as far as known: they may hold spaces and operators and hide built-in functions.
    functions
        Names of the built-in functions.
    strict
        A call of an unknown function, an unknown type and a date that is none are errors; else they are left to the
        evaluation.
    members
        Keys of contexts and components of types, as far as known: after a dot and in filters they are recognised with
        the spaces and operators in them.
    domain
        It is what a loop goes through, where a range may stand without brackets (10.3.2.14), and then gives a list.
    """
    parser = Parser(text, known_names, functions, strict=strict, members=members)
    root = parser.expression(0)
    if domain and parser.at(".."):
        # Such a range may run downwards, which no value of the kind does: it is the list of what it goes through.
        start = root.position
        steps = nodes.Iterator(start, "item", parser.open_range(root, start))
        root = nodes.For(start, (steps,), nodes.Name(start, "item", local=True))
    parser.expect_end()
    return parser.result(root)


def parse_unary_tests(
    text: str,
    known_names: Iterable[str] | None = None,
    functions: Iterable[str] = (),
    *,
    strict: bool = True,
    members: Iterable[str] = (),
) -> Parsed:
    """Parse a cell of a decision table: ``-``, comparisons, ranges, values, ``not(…)``; ``?`` is the input."""
    parser = Parser(text, known_names, functions, strict=strict, members=members)
    parser.unary = True
    return parser.result(parser.unary_tests())


class Parser(OperandParser):
    __slots__ = ()

    def result(self, root: Node) -> Parsed:
        return Parsed(root, frozenset(self.free), frozenset(self.optional - self.free), frozenset(self.called))

    # Operators

    def expression(self, minimum: int) -> Node:
        self.depth += 1
        if self.depth > MAX_PARSE_DEPTH:
            token = self.tokens[self.index]
            raise ExpressionSyntaxError(
                f"The expression is nested more than {MAX_PARSE_DEPTH} levels deep",
                self.text, token.start + 1, token.text[:40], "a flatter expression",
                "Split it: put intermediate results into a context or into variables.",
            )  # fmt: skip
        node = self.operators(self.postfix(self.primary()), minimum)
        self.depth -= 1
        return node

    def operators(self, left: Node, minimum: int) -> Node:
        while True:
            token = self.tokens[self.index]
            operator = token.text
            level = _BINDING.get(operator, 0)
            if level < minimum or not level or token.kind not in ("sign", "word"):
                return left
            self.index += 1
            if level in (AND, OR):
                left = self.logic(left, operator, level)
            elif level == COMPARE:
                left = self.comparison(left, token)
            elif level == INSTANCE:
                self.expect("of", "`of` after `instance`")
                left = nodes.InstanceOf(token.start, left, self.type_reference())
            else:
                left = self.arithmetic(left, token, level)

    def logic(self, left: Node, operator: str, level: int) -> Node:
        operands = [left, self.expression(level + 1)]
        while self.tokens[self.index].text == operator and self.tokens[self.index].kind == "word":
            self.index += 1
            operands.append(self.expression(level + 1))
        return (nodes.And if level == AND else nodes.Or)(left.position, tuple(operands))

    def arithmetic(self, left: Node, token: Token, level: int) -> Node:
        rest = [(token.text, self.expression(level + 1))]
        while True:
            following = self.tokens[self.index]
            if following.kind != "sign" or _BINDING.get(following.text) != level:
                break
            self.index += 1
            rest.append((following.text, self.expression(level + 1)))
        if len(rest) == 1:
            return nodes.Arithmetic(token.start, token.text, left, rest[0][1])
        return nodes.Chain(token.start, left, tuple(rest))

    def comparison(self, left: Node, token: Token) -> Node:
        operator = token.text
        if operator == "between":
            low = self.expression(ADD)
            self.expect("and", "`and` of `between … and …`")
            return nodes.Between(token.start, left, low, self.expression(ADD))
        if operator == "in":
            return nodes.In(token.start, left, self.in_tests())
        if isinstance(left, nodes.Comparison) and operator in _ORDERINGS and left.operator in _ORDERINGS:
            self.fail(token, "`and`", "Write `a < b and b < c`, or `b between a and c`.")
        right = self.expression(ADD)
        return nodes.Comparison(token.start, _comparison_operator(operator), left, right)

    def in_tests(self) -> tuple[Node, ...]:
        """Read what stands after ``in``; ``?`` is the value before it there."""
        before, self.unary = self.unary, True
        tests = self.tests_of_in()
        self.unary = before
        return tests

    def tests_of_in(self) -> tuple[Node, ...]:
        if not self.at("("):
            return (self.test(ADD),)
        opening = self.tokens[self.index]
        self.index += 1
        self.depth += 1
        tests = [self.test()]
        if self.at(".."):
            tests = [self.range_rest(opening, tests[0], included=False)]
        else:
            while self.at(","):
                self.index += 1
                tests.append(self.test())
            self.expect(")", "a ) or another test after a comma")
        self.depth -= 1
        if len(tests) == 1 and not isinstance(tests[0], nodes.UnaryComparison):
            return (self.operators(self.postfix(tests[0]), ADD),)
        return tuple(tests)

    def test(self, minimum: int = 0) -> Node:
        """One test: ``> 5``, or an expression whose value is compared with the input."""
        token = self.tokens[self.index]
        if token.kind == "sign" and token.text in COMPARISON_SIGNS:
            self.index += 1
            return nodes.UnaryComparison(token.start, _comparison_operator(token.text), self.expression(ADD))
        return self.expression(minimum)

    def unary_tests(self) -> Node:
        first, second = self.tokens[0], self.tokens[min(1, len(self.tokens) - 1)]
        if first.text == "-" and second.kind == "end":
            return nodes.UnaryTests(0, (), False)
        if first.text == "not" and second.text == "(":
            self.index = 2
            notes = (self.free, self.optional, self.called)
            self.free, self.optional, self.called = set(), set(), set()
            try:
                tests = self.test_list()
                self.expect(")", "a )")
                if self.tokens[self.index].kind == "end":
                    return nodes.UnaryTests(0, tests, True)
            except ExpressionSyntaxError:
                pass
            self.index = self.depth = 0
            self.forget_scopes()
            self.free, self.optional, self.called = notes
            self.unary = True
        tests = self.test_list()
        self.expect_end()
        return nodes.UnaryTests(0, tests, False)

    def test_list(self) -> tuple[Node, ...]:
        tests = [self.test()]
        while self.at(","):
            self.index += 1
            tests.append(self.test())
        return tuple(tests)


def _comparison_operator(text: str) -> nodes.ComparisonOperator:
    match text:
        case "=" | "!=" | "<" | "<=" | ">" | ">=":
            return text
    raise AssertionError(text)
