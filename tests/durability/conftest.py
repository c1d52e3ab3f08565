from tests.support.worlds import postgres_template, sqlite_template, stored, world

__all__ = ["postgres_template", "sqlite_template", "stored", "world"]
