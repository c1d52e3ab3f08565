"""A second reading of DMN 1.5, chapter 10: what the standard says, case by case, written apart from the code."""
