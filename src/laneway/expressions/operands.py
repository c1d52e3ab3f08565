"""Operands of FEEL: literals, names, brackets, calls, and the words that begin something (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NoReturn

from laneway.expressions import nodes
from laneway.expressions.errors import ExpressionSyntaxError
from laneway.expressions.hints import SIGN_HINTS, WORD_HINTS
from laneway.expressions.lexer import Token, read_string, tokenize
from laneway.expressions.limits import MAX_PARSE_DEPTH
from laneway.expressions.names import KEYWORDS, NameReader
from laneway.expressions.nodes import Node
from laneway.expressions.temporal import function_of_at_literal, parse_at_literal
from laneway.expressions.values import NUMBERS

__all__ = ["ADD", "COMPARISON_SIGNS", "NEGATE", "OperandParser"]

ADD, NEGATE = 4, 7
"""How tightly operators bind where operands must know it; all levels are in ``parser``."""
COMPARISON_SIGNS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_BEGINS_WITH_SIGN = frozenset({"(", "[", "]", "{", "-", "?"})
_BEGINS_WITH_KEYWORD = frozenset({"true", "false", "null", "if", "for", "some", "every", "function"})


class OperandParser(NameReader):
    """Everything of the grammar but operators, which a derived class has."""

    __slots__ = ("depth", "unary")

    def __init__(
        self, text: str, known_names: Iterable[str] | None, functions: Iterable[str], *, strict: bool = True
    ) -> None:
        super().__init__(text, tokenize(text), known_names, functions, strict=strict)
        self.depth = 0
        self.unary = False

    def expression(self, minimum: int) -> Node:
        """Read an expression of operators that bind at least this tightly."""
        return self.postfix(self.primary())

    def test(self) -> Node:
        """Read one unary test."""
        return self.expression(0)

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
            if self.tokens[self.index].text in COMPARISON_SIGNS:
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
        if value is None and not self.strict:  # its function says what is wrong when it is evaluated
            function = nodes.Builtin(token.start, function_of_at_literal(content))
            return nodes.Call(token.start, function, (nodes.Literal(token.start, content),), None)
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
        external = self.tokens[self.index].text == "external" and self.tokens[self.index].kind == "word"
        if external and self.strict:
            self.fail(
                self.tokens[self.index], "the body", "Functions outside FEEL are not reached; use a service task."
            )
        self.index += external
        self.push_scope(name for name, _ in parameters)
        body = self.expression(0)
        self.pop_scope()
        return nodes.FunctionLiteral(start, tuple(parameters), body, external)

    def item_type_name(self) -> str | None:
        """Read the name of an item definition, perhaps behind that of an import; diagrams have none."""
        if self.strict or not self.begins_name():
            return None
        name = self.name()
        while self.at(".") and self.tokens[self.index + 1].kind == "word":
            self.index += 1
            name += "." + self.name()
        return name

    def begins_name(self) -> bool:
        token = self.tokens[self.index]
        return token.kind == "word" and token.text not in KEYWORDS

    def type_reference(self) -> nodes.TypeReference:
        self.depth += 1
        if self.depth > MAX_PARSE_DEPTH:
            self.fail(self.tokens[self.index], "a simpler type")
        token = self.tokens[self.index]
        name = self.type_name() or self.item_type_name()
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


def _number(text: str) -> int | Decimal | None:
    if text.isdigit() and len(text) <= 34:
        return int(text)
    number = NUMBERS.create_decimal(text)
    return number if number.is_finite() else None
