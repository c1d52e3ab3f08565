"""Where processes lie: a folder with a diagram and what belongs to it, its cases in the sub-folder ``cases``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from laneway.domain.errors import NotFound

DIAGRAM_SUFFIXES = (".bpmn", ".bpmn20.xml")
BESIDE = (".dmn", ".form", "agents.yaml", ".agents.yaml", ".bindings.yaml")
"""What goes along when a single diagram is named: nothing else of a folder that may hold anything."""
CASES = "cases"
LEFT_OUT = ("~", ".pyc", ".png", ".svg")


@dataclass(frozen=True, slots=True)
class ProcessFolder:
    """``only`` restricts it to one diagram of the folder."""

    path: Path
    only: str | None = None

    @property
    def name(self) -> str:
        return self.path.name

    def files(self) -> list[tuple[str, bytes]]:
        """What is deployed together: (name within the folder, bytes), in order of the names."""
        if self.only is not None:
            beside = [path for path in self.path.iterdir() if path.is_file() and path.name.lower().endswith(BESIDE)]
            chosen = [self.path / self.only, *beside]
        else:
            chosen = [path for path in self.path.rglob("*") if path.is_file() and self._belongs(path)]
        named = sorted((path.relative_to(self.path).as_posix(), path) for path in chosen)
        return [(name, path.read_bytes()) for name, path in named]

    def cases(self) -> list[Path]:
        """The files of its cases, in order of their names."""
        folder = self.path / CASES
        return sorted(path for path in folder.glob("*.y*ml") if path.suffix in (".yaml", ".yml"))

    def _belongs(self, path: Path) -> bool:
        parts = path.relative_to(self.path).parts
        if parts[0] == CASES or any(part.startswith((".", "__")) for part in parts):
            return False
        return not path.name.endswith(LEFT_OUT)


def is_diagram(path: Path) -> bool:
    return path.name.lower().endswith(DIAGRAM_SUFFIXES)


def shipped_root() -> Path | None:
    """The processes that ship: inside the installed package, or ``bpmn/`` of the checkout it runs from."""
    package = Path(__file__).resolve().parent.parent
    for root in (package / "_shipped", package.parent.parent / "bpmn"):
        if root.is_dir():
            return root
    return None


def shipped_folder(name: str = "customer-service") -> ProcessFolder | None:
    """The process ``name`` that ships, or None if this installation has it not."""
    root = shipped_root()
    folder = root / name if root else None
    return ProcessFolder(folder) if folder and _has_diagram(folder) else None


def find_folder(text: str) -> ProcessFolder:
    """The process that ``text`` means: a folder, a diagram file, or the id of a process that ships.

    Raises
    ------
    NotFound
        ``process_folder_not_found``, with the ids there are.
    """
    path = Path(text)
    if path.is_dir() and _has_diagram(path):
        return ProcessFolder(path.resolve())
    if path.is_file():
        return ProcessFolder(path.resolve().parent, only=path.name)
    if path.name == text:
        shipped = shipped_folder(text)
        if shipped is not None:
            return shipped
    root = shipped_root()
    known = sorted(folder.name for folder in root.iterdir() if _has_diagram(folder)) if root else []
    what = "holds no .bpmn file" if path.is_dir() else "is neither a folder, nor a file, nor a process that ships"
    message = f"{text!r} {what}. Name a folder with a diagram, a diagram, or one of: {', '.join(known) or 'none'}"
    raise NotFound("process_folder_not_found", message, {"known": known})


def find_folders(text: str) -> list[ProcessFolder]:
    """``text`` itself if it is a process folder, else every process folder right below it.

    Raises
    ------
    NotFound
        ``process_folder_not_found``: there is none.
    """
    path = Path(text)
    if path.is_dir() and not _has_diagram(path):
        found = [ProcessFolder(folder.resolve()) for folder in sorted(path.iterdir()) if _has_diagram(folder)]
        if found:
            return found
    return [find_folder(text)]


def _has_diagram(path: Path) -> bool:
    return path.is_dir() and any(is_diagram(file) for file in path.iterdir())
