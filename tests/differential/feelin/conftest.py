"""Collected only where node and npm are: nothing else answers as feelin does."""

import shutil

collect_ignore = [] if shutil.which("node") and shutil.which("npm") else ["test_feelin.py"]
