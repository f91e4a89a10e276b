"""Runs the parity tests and writes what they counted into samlib/live/verified.json, for the figures' badges.

Usage: `python scripts/record_parity.py`

The figures then say "verified against samlib x.y on N states", for as long as bundles and samlib stay as they are.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "samlib" / "live" / "verified.json"


def record() -> int:
    """The exit code of the tests; where they fail, the record stays as it was."""
    before = RECORD.read_bytes() if RECORD.exists() else b"{}"
    RECORD.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "tests/parity", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, "RECORD_PARITY": "yes"}, check=False).returncode
    if code:
        RECORD.write_bytes(before)
    return code


if __name__ == "__main__":
    sys.exit(record())
