"""FEEL beside feelin (npm, by the makers of the modeller's FEEL editor), which answers the same expressions in one Node process."""
