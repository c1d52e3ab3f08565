"""Regular expressions as XPath means them (XPath functions 2.0, 7.6), that can't be made to run for long."""

from laneway.expressions.regex.pattern import Found, Pattern, pattern_of
from laneway.expressions.regex.replacement import replaced

__all__ = ["Found", "Pattern", "pattern_of", "replaced"]
