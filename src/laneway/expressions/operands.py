"""Operands of FEEL: literals, names, brackets, calls (DMN 1.5, 10.3.1.2); what a word begins is in ``phrases``."""

from __future__ import annotations

from decimal import Decimal

from laneway.expressions import nodes
from laneway.expressions.lexer import Token, read_string
from laneway.expressions.names import KEYWORDS
from laneway.expressions.nodes import Node
from laneway.expressions.phrases import ADD, PhraseParser
from laneway.expressions.remedies import BEGINS_WITH_SIGN, COMPARISON_SIGNS
from laneway.expressions.temporal import function_of_at_literal, parse_at_literal
from laneway.expressions.values import NUMBERS

__all__ = ["NEGATE", "OperandParser"]

NEGATE = 7
"""How tightly a minus sign binds; all levels are in ``parser``."""
_TEST_MAY_STAND_AFTER = frozenset({"(", "[", ",", ":", "then", "else", "return", "in"})
_NULL = nodes.Literal(0, None)


class OperandParser(PhraseParser):
    """Everything of the grammar but operators, which a derived class has."""

    __slots__ = ()

    def expression(self, minimum: int) -> Node:
        """Read an expression of operators that bind at least this tightly."""
        return self.postfix(self.primary())

    def test(self, minimum: int = 0) -> Node:
        """Read one unary test."""
        return self.expression(minimum)

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
        if kind == "end" or text not in BEGINS_WITH_SIGN:
            if text in COMPARISON_SIGNS and kind == "sign" and self.one_sided_range_may_stand():
                return self.test()
            self.fail(token, "an expression")
        return self.bracketed(token)

    def one_sided_range_may_stand(self) -> bool:
        """``> 5`` is an expression of its own (rule 2h), but after an operator it is a slip."""
        if self.index == 0:
            return not self.strict
        before = self.tokens[self.index - 1]
        return before.kind in ("sign", "word") and before.text in _TEST_MAY_STAND_AFTER

    def bracketed(self, token: Token) -> Node:
        text, start = token.text, token.start
        self.index += 1
        if text == "-":
            # The sign belongs to a number right after it (rule 35), so that -5 instance of number is true.
            operand = self.primary() if self.tokens[self.index].kind == "number" else self.expression(NEGATE)
            if isinstance(operand, nodes.Literal):
                if type(operand.value) is int:
                    return nodes.Literal(start, -operand.value)
                if isinstance(operand.value, Decimal):
                    return nodes.Literal(start, NUMBERS.minus(operand.value))
            return nodes.Negate(start, operand)
        if text == "(":
            if self.tokens[self.index].text in COMPARISON_SIGNS:
                node = self.test()
                self.expect(")", "a )")
                return node
            node = self.expression(0)
            if self.at(".."):
                return self.range_rest(token, node, included=False)
            if self.at(",") and self.index > 2:
                self.fail(self.tokens[self.index], "a ) or an operator", self._side_by_side(token))
            self.expect(")", "a ) or an operator")
            return node
        if text == "[" or text == "]":
            return self.list_or_range(token)
        if text == "{":
            return self.context(token)
        self.index -= 1
        if (name := self.longest(self._longer)) or (self._filters and (name := self.longest(self._members))):
            return self.reference(name, start)
        self.index += 1
        if self.is_local("?") or (self.known is not None and "?" in self.known):
            return self.reference("?", start)
        if not self.unary:
            self.fail(token, "an expression")
        return nodes.InputValue(start)

    def _side_by_side(self, opening: Token) -> str:
        place = self.tokens.index(opening)
        if place and self.tokens[place - 1].text == "if":
            return "Write if a then b else c."
        return "Several values go in a list: [a, b]."

    def list_or_range(self, token: Token) -> Node:
        if token.text == "[" and self.at("]"):
            following = self.tokens[self.index + 1]
            if following.kind == "sign" or not self.begins_expression(following):
                self.index += 1
                return nodes.ListLiteral(token.start, ())
            # Else it opens the first range of the list: []1..5[, 7].
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
        twice: str | None = None
        self.push_scope(())
        names = self._bound[-1]
        while not self.at("}"):
            if entries:
                self.expect(",", "a comma or a }")
            key_token = self.tokens[self.index]
            key = self.binding_name(":", hint=self._key_hint(key_token))
            self.expect(":", "a : after the name of the entry")
            if key in names:
                if self.strict:
                    self.fail(key_token, "another name", f"The context has two entries named {key}.")
                twice = twice or key
            entries.append((key, self.expression(0)))
            self.bind(key)
            self.member(key)
        self.index += 1
        self.pop_scope()
        if twice is not None:  # null (10.3.2.6: keys are distinct), as the function says that takes entries from a list
            entry = nodes.ContextLiteral(token.start, (("key", nodes.Literal(token.start, twice)), ("value", _NULL)))
            items = nodes.ListLiteral(token.start, (entry, entry))
            return nodes.Call(token.start, nodes.Builtin(token.start, "context"), (items,), None)
        return nodes.ContextLiteral(token.start, tuple(entries))

    def _key_hint(self, token: Token) -> str | None:
        if token.text == "}":
            return "Remove the comma before }."
        if token.kind == "number":
            return 'A key is a name or a text: {"1": a}.'
        if token.text == "{":
            return "Write the name of a variable alone, without braces."
        return None

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
                # Else it closes a range: ]1..5[.
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


def _number(text: str) -> int | Decimal | None:
    if text.isdigit() and len(text.lstrip("0")) <= 34:
        return int(text)
    number = NUMBERS.create_decimal(text)
    return number if number.is_finite() else None
