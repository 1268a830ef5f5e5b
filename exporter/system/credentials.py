"""What systemd hands over to a service alone: LoadCredential= of its unit.

In: a name. Out: the file, or none. A credential is a copy as of the start of the service.
"""

from __future__ import annotations

import os


def credential(name: str) -> str | None:
    """Give the path of a credential, None without one of this name."""
    path = os.path.join(os.environ.get("CREDENTIALS_DIRECTORY", ""), name)
    return path if os.path.isabs(path) and os.path.exists(path) else None
