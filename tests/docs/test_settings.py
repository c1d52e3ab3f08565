"""Every setting is documented, with its default and in the same words."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from laneway.settings import Settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def documented() -> dict[str, tuple[str, str]]:
    """Variable → (default, description), as the tables of the page say them."""
    found = {}
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `LANEWAY_"):
            variable, default, description = (cell.strip() for cell in line.strip("|").split("|"))
            found[variable.strip("`")] = (default.strip("`"), description)
    return found


def test_every_setting_is_documented_and_nothing_else() -> None:
    # Given the fields of the settings; when the page is read; then both name the same variables.
    assert set(documented()) == {f"LANEWAY_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_page_says_the_default_and_what_it_is_for(name: str) -> None:
    # Given a setting; when the page is read; then it has the same default and the same words.
    default = Settings.model_fields[name].default
    if isinstance(default, tuple):
        default = ", ".join(default)
    if isinstance(default, bool):
        default = str(default).lower()
    shown = "–" if default in (None, "", {}) else str(default)
    assert documented()[f"LANEWAY_{name.upper()}"] == (shown, Settings.model_fields[name].description)


def test_a_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given variables in the environment; when the settings are read; then lists are split and numbers are numbers.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANEWAY_PORT", "9000")
    monkeypatch.setenv("LANEWAY_EGRESS_ALLOW", "models.internal, 127.0.0.1:9000")
    settings = Settings()
    assert (settings.port, settings.egress_allow) == (9000, ("models.internal", "127.0.0.1:9000"))


def test_a_time_zone_that_is_none_is_refused_by_name() -> None:
    # Given a time zone nobody knows; when the settings are read; then the fault names it.
    with pytest.raises(ValidationError, match="Mars/Olympus"):
        Settings(timezone="Mars/Olympus")
