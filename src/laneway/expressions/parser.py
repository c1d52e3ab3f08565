"""FEEL tokens to a syntax tree: a Pratt parser (grammar of DMN 1.5, 10.3.1.2).

Operators bind, from loose to tight: ``or``, ``and``, comparisons, ``+ -``, ``* /``, ``**``, unary minus, ``instance of``,
then paths, filters and calls. All of them group to the left, ``**`` too (the grammar's rules 4 and 51).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.hints import SIGN_HINTS, WORD_HINTS
from laneway.expressions.lexer import Token, read_string, tokenize
from laneway.expressions.limits import MAX_PARSE_DEPTH
from laneway.expressions.names import KEYWORDS, NameReader
from laneway.expressions.nodes import Node
from laneway.expressions.temporal import parse_at_literal
from laneway.expressions.values import NUMBERS

__all__ = ["Parsed", "parse", "parse_unary_tests"]

OR, AND, COMPARE, ADD, MULTIPLY, POWER, NEGATE, INSTANCE = range(1, 9)

_BINDING = {
    "or": OR, "and": AND, "=": COMPARE, "!=": COMPARE, "<": COMPARE, "<=": COMPARE, ">": COMPARE, ">=": COMPARE,
    "between": COMPARE, "in": COMPARE, "+": ADD, "-": ADD, "*": MULTIPLY, "/": MULTIPLY, "**": POWER, "instance": INSTANCE,
}  # fmt: skip
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_ORDERINGS = frozenset({"<", "<=", ">", ">="})
_BEGINS_WITH_SIGN = frozenset({"(", "[", "]", "{", "-", "?"})
_BEGINS_WITH_KEYWORD = frozenset({"true", "false", "null", "if", "for", "some", "every", "function"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and what it reads from outside.

    ``optional_names`` occur only inside filters, where the elements of the list may have them.
    """

    root: Node
    names: frozenset[str]
    optional_names: frozenset[str]
    functions: frozenset[str]


def parse(text: str, known_names: Iterable[str] | None = None, functions: Iterable[str] = ()) -> Parsed:
    """Parse one expression.

    Parameters
    ----------
    known_names
        Names in scope, as far as known: they may hold spaces and operators and hide built-in functions. Given at all, a
        call of an unknown function is left to the evaluation.
    functions
        Names of the built-in functions.
    """
    parser = Parser(text, known_names, functions)
    root = parser.expression(0)
    parser.expect_end()
    return parser.result(root)


def parse_unary_tests(text: str, known_names: Iterable[str] | None = None, functions: Iterable[str] = ()) -> Parsed:
    """Parse a cell of a decision table: ``-``, comparisons, ranges, values, ``not(…)``; ``?`` is the input."""
    parser = Parser(text, known_names, functions)
    parser.unary = True
    return parser.result(parser.unary_tests())


class Parser(NameReader):
    __slots__ = ("depth", "unary")

    def __init__(self, text: str, known_names: Iterable[str] | None, functions: Iterable[str]) -> None:
        super().__init__(text, tokenize(text), known_names, functions)
        self.depth = 0
        self.unary = False

    def result(self, root: Node) -> Parsed:
        return Parsed(root, frozenset(self.free), frozenset(self.optional - self.free), frozenset(self.called))

    # What stops it

    def fail(self, token: Token, expected: str, hint: str | None = None) -> NoReturn:
        if hint is None:
            hint = SIGN_HINTS.get(token.text) or WORD_HINTS.get(token.text)
        if token.kind == "end":
            message, found = f"The expression ends where {expected} should be", ""
            if not self.text.strip():
                message = "The expression is empty"
        else:
            found = token.text if len(token.text) <= 40 else token.text[:39] + "…"
            message = f"Found {found} where {expected} should be"
        raise ExpressionSyntaxError(message, self.text, token.start + 1, found, expected, hint)

    def expect(self, sign: str, expected: str, hint: str | None = None) -> Token:
        token = self.tokens[self.index]
        if token.text != sign or token.kind not in ("sign", "word"):
            self.fail(token, expected, hint)
        self.index += 1
        return token

    def at(self, sign: str) -> bool:
        token = self.tokens[self.index]
        return token.text == sign and token.kind == "sign"

    def expect_end(self) -> None:
        token = self.tokens[self.index]
        if token.kind == "end":
            return
        hint = None
        if token.kind == "string":
            hint = "Texts are joined with +."
        elif token.text in ")]}":
            hint = f"There is a {token.text} too many."
        self.fail(token, "an operator or the end", hint)

    def begins_expression(self, token: Token) -> bool:
        if token.kind == "word":
            return token.text not in KEYWORDS or token.text in _BEGINS_WITH_KEYWORD
        return token.kind not in ("sign", "end") or token.text in _BEGINS_WITH_SIGN

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
        if not self.at("("):
            return (self.test(),)
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

    def test(self) -> Node:
        """One test: ``> 5``, or an expression whose value is compared with the input."""
        token = self.tokens[self.index]
        if token.kind == "sign" and token.text in _COMPARISONS:
            self.index += 1
            return nodes.UnaryComparison(token.start, _comparison_operator(token.text), self.expression(ADD))
        return self.expression(0)

    def unary_tests(self) -> Node:
        first, second = self.tokens[0], self.tokens[min(1, len(self.tokens) - 1)]
        if first.text == "-" and second.kind == "end":
            return nodes.UnaryTests(0, (), False)
        if first.text == "not" and second.text == "(":
            self.index = 2
            try:
                tests = self.test_list()
                self.expect(")", "a )")
                if self.tokens[self.index].kind == "end":
                    return nodes.UnaryTests(0, tests, True)
            except ExpressionSyntaxError:
                pass
            self.index = self.depth = 0
        tests = self.test_list()
        self.expect_end()
        return nodes.UnaryTests(0, tests, False)

    def test_list(self) -> tuple[Node, ...]:
        tests = [self.test()]
        while self.at(","):
            self.index += 1
            tests.append(self.test())
        return tuple(tests)

    # Operands

    def primary(self) -> Node:
        token = self.tokens[self.index]
        kind, text, start, _ = token
        if kind == "word":
            if text in KEYWORDS:
                return self.keyword(token)
            return self.reference(self.name(), start)
        if kind == "number":
            self.index += 1
            number = _number(text)
            if number is None:
                self.fail(token, "a number of at most 34 digits and an exponent up to 6144")
            return nodes.Literal(start, number)
        if kind == "string":
            self.index += 1
            return nodes.Literal(start, read_string(text))
        if kind == "quoted":
            self.index += 1
            return self.reference(text[1:-1], start)
        if kind == "at":
            self.index += 1
            return self.at_literal(token)
        if kind == "end" or text not in _BEGINS_WITH_SIGN:
            self.fail(token, "an expression")
        return self.bracketed(token)

    def bracketed(self, token: Token) -> Node:
        text, start = token.text, token.start
        self.index += 1
        if text == "-":
            operand = self.expression(NEGATE)
            if isinstance(operand, nodes.Literal) and type(operand.value) in (int, Decimal):
                assert isinstance(operand.value, (int, Decimal))
                return nodes.Literal(start, -operand.value)
            return nodes.Negate(start, operand)
        if text == "(":
            if self.tokens[self.index].text in _COMPARISONS:
                node = self.test()
                self.expect(")", "a )")
                return node
            node = self.expression(0)
            if self.at(".."):
                return self.range_rest(token, node, included=False)
            self.expect(")", "a ) or an operator")
            return node
        if text == "[" or text == "]":
            return self.list_or_range(token)
        if text == "{":
            return self.context(token)
        if not self.unary:
            self.fail(token, "an expression")
        return nodes.InputValue(start)

    def list_or_range(self, token: Token) -> Node:
        if token.text == "[" and self.at("]"):
            self.index += 1
            return nodes.ListLiteral(token.start, ())
        items = [self.expression(0)]
        if self.at("..") or token.text == "]":
            return self.range_rest(token, items[0], included=token.text == "[")
        while self.at(","):
            self.index += 1
            items.append(self.expression(0))
        self.expect("]", "a ] or a comma")
        return nodes.ListLiteral(token.start, tuple(items))

    def range_rest(self, opening: Token, start: Node, *, included: bool) -> Node:
        self.expect("..", "`..` of a range")
        end = self.expression(ADD)
        closing = self.tokens[self.index]
        if closing.kind != "sign" or closing.text not in ("]", ")", "["):
            self.fail(closing, "a ] or ) that closes the range")
        self.index += 1
        return nodes.RangeLiteral(opening.start, start, end, included, closing.text == "]")

    def context(self, token: Token) -> Node:
        entries: list[tuple[str, Node]] = []
        self.push_scope(())
        while not self.at("}"):
            if entries:
                self.expect(",", "a comma or a }")
            key_token = self.tokens[self.index]
            key = self.binding_name(":")
            self.expect(":", "a : after the name of the entry")
            if any(name == key for name, _ in entries):
                self.fail(key_token, "another name", f"The context has two entries named {key}.")
            entries.append((key, self.expression(0)))
            self.bind(key)
        self.index += 1
        self.pop_scope()
        return nodes.ContextLiteral(token.start, tuple(entries))

    def at_literal(self, token: Token) -> Node:
        content = read_string(token.text[1:].lstrip())
        value = parse_at_literal(content)
        if value is None:
            hint = 'Examples: @"2026-01-31", @"10:30:00", @"2026-01-31T10:30:00Z", @"P3D", @"P1Y2M".'
            self.fail(token, "a date, time or duration in ISO 8601", hint)
        return nodes.Literal(token.start, value)

    def postfix(self, node: Node) -> Node:
        while True:
            token = self.tokens[self.index]
            if token.kind != "sign":
                return node
            if token.text == ".":
                self.index += 1
                node = nodes.Path(token.start, node, self.property_name())
            elif token.text == "(":
                self.index += 1
                node = self.call(node, token)
            elif token.text == "[" and self.begins_expression(self.tokens[self.index + 1]):
                self.index += 1
                self.push_scope(("item",), filtering=True)
                condition = self.expression(0)
                self.pop_scope(filtering=True)
                self.expect("]", "a ] that ends the filter")
                node = nodes.Filter(token.start, node, condition)
            else:
                return node

    def call(self, function: Node, token: Token) -> Node:
        arguments: list[Node] = []
        names: list[str] = []
        while not self.at(")"):
            if arguments:
                self.expect(",", "a comma or a )")
            name = self.argument_name()
            if name is not None:
                names.append(name)
            arguments.append(self.expression(0))
            if names and len(names) != len(arguments):
                self.fail(token, "named arguments only", "Name all arguments of a call or none.")
        self.index += 1
        return nodes.Call(token.start, function, tuple(arguments), tuple(names) if names else None)

    # Words that begin something

    def keyword(self, token: Token) -> Node:
        text, start = token.text, token.start
        if text not in _BEGINS_WITH_KEYWORD:
            self.fail(token, "an expression")
        self.index += 1
        if text == "true" or text == "false":
            return nodes.Literal(start, text == "true")
        if text == "null":
            return nodes.Literal(start, None)
        if text == "if":
            return self.choice(start)
        if text == "for":
            iterators = self.iterators()
            self.expect("return", "`return` or another iterator after a comma")
            self.bind("partial")
            node: Node = nodes.For(start, iterators, self.expression(0))
            self.pop_scope()
            return node
        if text == "function":
            return self.function(start)
        iterators = self.iterators()
        self.expect("satisfies", "`satisfies` or another iterator after a comma")
        node = nodes.Quantified(start, "some" if text == "some" else "every", iterators, self.expression(0))
        self.pop_scope()
        return node

    def choice(self, start: int) -> Node:
        branches: list[tuple[Node, Node]] = []
        while True:
            condition = self.expression(0)
            self.expect("then", "`then` or an operator")
            consequence = self.expression(0)
            branches.append((condition, consequence))
            self.expect("else", "`else` or an operator", "FEEL's if always has both: if … then … else ….")
            if self.tokens[self.index].text != "if" or self.tokens[self.index].kind != "word":
                return nodes.If(start, tuple(branches), self.expression(0))
            self.index += 1

    def iterators(self) -> tuple[nodes.Iterator, ...]:
        """Read ``x in xs, y in ys`` and leave the names bound; the caller ends the scope."""
        found: list[nodes.Iterator] = []
        self.push_scope(())
        while True:
            start = self.tokens[self.index].start
            name = self.binding_name("in")
            self.expect("in", "`in` after the name of the iterator")
            domain = self.expression(0)
            if self.at(".."):
                self.index += 1
                domain = nodes.RangeLiteral(start, domain, self.expression(ADD), True, True)
            found.append(nodes.Iterator(start, name, domain))
            self.bind(name)
            if not self.at(","):
                return tuple(found)
            self.index += 1

    def function(self, start: int) -> Node:
        self.expect("(", "a ( with the parameters")
        parameters: list[tuple[str, nodes.TypeReference | None]] = []
        while not self.at(")"):
            if parameters:
                self.expect(",", "a comma or a )")
            name = self.binding_name(":", ",", ")")
            kind = None
            if self.at(":"):
                self.index += 1
                kind = self.type_reference()
            parameters.append((name, kind))
        self.index += 1
        if self.tokens[self.index].text == "external":
            self.fail(
                self.tokens[self.index], "the body", "Functions outside FEEL are not reached; use a service task."
            )
        self.push_scope(name for name, _ in parameters)
        body = self.expression(0)
        self.pop_scope()
        return nodes.FunctionLiteral(start, tuple(parameters), body)

    def type_reference(self) -> nodes.TypeReference:
        self.depth += 1
        if self.depth > MAX_PARSE_DEPTH:
            self.fail(self.tokens[self.index], "a simpler type")
        token = self.tokens[self.index]
        name = self.type_name()
        if name is None:
            self.fail(token, "the name of a type", "Types: string, number, boolean, date, time, list<…>, context<…> …")
        arguments: list[nodes.TypeReference] = []
        members: list[tuple[str, nodes.TypeReference]] = []
        if self.at("<") and name in ("list", "context", "function", "range"):
            self.index += 1
            while not self.at(">"):
                if arguments or members:
                    self.expect(",", "a comma or a >")
                if name == "context":
                    member = self.binding_name(":")
                    self.expect(":", "a : after the name of the entry")
                    members.append((member, self.type_reference()))
                else:
                    arguments.append(self.type_reference())
            self.index += 1
            if name == "function":
                self.expect("->", "`->` and the type of the result")
                arguments.append(self.type_reference())
        self.depth -= 1
        return nodes.TypeReference(token.start, name, tuple(arguments), tuple(members))


def _comparison_operator(text: str) -> nodes.ComparisonOperator:
    match text:
        case "=" | "!=" | "<" | "<=" | ">" | ">=":
            return text
    raise AssertionError(text)


def _number(text: str) -> int | Decimal | None:
    if text.isdigit() and len(text) <= 34:
        return int(text)
    number = NUMBERS.create_decimal(text)
    return number if number.is_finite() else None
