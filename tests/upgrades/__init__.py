"""A database of each released schema, with work in it, and the proof that this version goes on with it."""
