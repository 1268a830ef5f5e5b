"""Write the files: `python -m deploy.src`, which `make docs` runs."""

from __future__ import annotations

from deploy.src.files import FOLDER, files

for name, content in files().items():
    (FOLDER / name).write_text(content, encoding="utf-8")
