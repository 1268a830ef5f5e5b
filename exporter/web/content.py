"""What a client takes: the format of the page, and gzip.

In: its headers Accept and Accept-Encoding (RFC 9110, 12.5), and the parts of a page.
Out: the content type, the body.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from zlib import MAX_WBITS

from prometheus_client.exposition import choose_encoder

try:  # the extra `gzip`: a quarter of the time
    from isal.isal_zlib import compressobj
except ImportError:
    from zlib import compressobj  # type: ignore[assignment]

_GZIP_LEVEL = 1  # level 9 takes four times as long for a tenth fewer bytes
_GZIP_FORMAT = MAX_WBITS | 16  # zlib.h, deflateInit2


def choose_content_type(accept: str) -> str:
    """Give the format of the page for a header Accept: the newest that the client takes."""
    try:
        return choose_encoder(accept)[1]
    except (TypeError, ValueError):  # a version that is no number
        return choose_encoder("")[1]


def packed(parts: Iterable[bytes]) -> bytes:
    """Give parts as one gzip body; the whole is never in memory unpacked."""
    packer = compressobj(_GZIP_LEVEL, wbits=_GZIP_FORMAT)
    return b"".join([*map(packer.compress, parts), packer.flush()])


def joined(parts: Iterable[bytes]) -> bytes:
    """Give parts as one body."""
    whole = io.BytesIO()  # the parts and the whole are not in memory at the same time
    whole.writelines(parts)
    return whole.getvalue()


def accepts_gzip(header: str) -> bool:
    """Whether a header Accept-Encoding takes gzip."""
    for coding in header.lower().split(","):
        name, _, quality = coding.replace(" ", "").partition(";q=")
        if name in ("gzip", "*"):
            return quality.strip("0.") != "" or not quality
    return False
