"""Slugs: identifiers made from names (`Fada N'gourma` becomes `fada-n-gourma`)."""

import re
import unicodedata


def slug(name: str) -> str:
    """Return lower-case letters and digits joined by hyphens, accents dropped; at most 40 characters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
