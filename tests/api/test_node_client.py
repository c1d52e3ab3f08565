"""The vendor's TypeScript client, unchanged, against the server. Collected only where node is (see ``conftest.py``)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from tests.api.conftest import DIAGRAMS
from tests.api.test_shipped_process import files_with_the_case_system_outside

NODE = Path(__file__).parent / "node"
CACHE = Path(__file__).parents[2] / ".cache"


def installed() -> Path:
    """A folder with the client of the lock file in it, made once per lock file; npm's scripts stay off."""
    lock = hashlib.sha256((NODE / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = CACHE / f"node-client-{lock}"
    if not (folder / "node_modules").exists():
        CACHE.mkdir(exist_ok=True)
        (CACHE / ".gitignore").write_text("*\n")
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(NODE / name, folder / name)
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit"], cwd=folder, check=True, timeout=90)
    for script in NODE.glob("*.mjs"):
        shutil.copy(script, folder / script.name)
    return folder


def run(script: str, *arguments: str) -> str:
    """What the script printed, having ended well."""
    command = ["node", script, *arguments]
    done = subprocess.run(command, cwd=installed(), capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_client_drives_an_instance_from_deployment_to_history(address: str) -> None:
    assert run("drive.mjs", address, str(DIAGRAMS)).startswith("completed ")


def test_the_client_drives_the_shipped_process(address: str, tmp_path: Path) -> None:
    for name, content in files_with_the_case_system_outside():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert run("drive-shipped.mjs", address, str(tmp_path)).startswith("completed ")
