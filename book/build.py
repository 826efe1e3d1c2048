"""Build the book when something that it shows has changed: ``python book/build.py``.

Warnings are errors. A stamp holds a digest of every source, so a second call with nothing changed ends at once.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "_build"
PAGE = OUT / "html" / "index.html"
STAMP = OUT / "book.digest"
SOURCES = ["_config.yml", "_toc.yml", "requirements.lock", "book", "dqlab"]
PASSING = {"__pycache__", ".ipynb_checkpoints", ".jupyter_cache"}
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


def digest():
    """A digest of all that the pages depend on."""
    total = hashlib.blake2b(digest_size=16)
    total.update(f"{sys.version_info[:2]} {os.environ.get('DQLAB_DATA') is not None}".encode())
    for source in SOURCES:
        path = ROOT / source
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file() and not PASSING.intersection(file.parts):
                total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="write every page again")
    options = parser.parse_args()
    now = digest()
    if options.all or not PAGE.exists() or not STAMP.exists() or STAMP.read_text() != now:
        STAMP.unlink(missing_ok=True)
        command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), "-W", "--keep-going", "-q"]
        environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        if subprocess.run(command + ["--all"] * options.all, cwd=ROOT, env=environment).returncode:
            sys.exit("The book was not built: the warnings above are errors.")
        STAMP.write_text(now)
    else:
        print("The book is up to date.")
    print(f"Open {PAGE.relative_to(ROOT)} in a browser (or run: make serve)")


if __name__ == "__main__":
    main()
