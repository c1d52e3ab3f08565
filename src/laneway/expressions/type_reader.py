"""Types as they are written after ``instance of`` and in parameters (DMN 1.5, 10.3.1.2, rule 52)."""

from __future__ import annotations

from laneway.expressions import nodes
from laneway.expressions.lexer import Token
from laneway.expressions.limits import MAX_PARSE_DEPTH
from laneway.expressions.names import KEYWORDS
from laneway.expressions.remedies import TokenReader

__all__ = ["TypeReader"]


class TypeReader(TokenReader):
    """The part of a parser that reads types."""

    __slots__ = ()

    def item_type_name(self) -> str | None:
        """Read the name of an item definition, perhaps behind that of an import; diagrams have none."""
        token = self.tokens[self.index]
        if not self.strict and token.kind == "quoted":
            self.index += 1
            return token.text[1:-1]
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
        if name == "function" and self.at("<>"):
            self.split_sign()  # a function without parameters
        if self.at("<") and name in ("list", "context", "function", "range"):
            self.index += 1
            while not self.closes_type():
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

    def closes_type(self) -> bool:
        """Say whether a ``>`` stands here, if need be the first half of a ``>=``."""
        if self.at(">="):
            self.split_sign()
        return self.at(">")

    def split_sign(self) -> None:
        """Read a sign of two characters as two signs."""
        token = self.tokens[self.index]
        self.tokens[self.index : self.index + 1] = [
            Token("sign", token.text[0], token.start, token.start + 1), Token("sign", token.text[1], token.start + 1, token.end)
        ]  # fmt: skip
