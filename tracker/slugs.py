"""Slugs: identifiers made from names (`Fada N'gourma` becomes `fada-n-gourma`), and plates as they are compared."""

import re
import unicodedata


def slug(name: str) -> str:
    """Return lower-case letters and digits joined by hyphens, accents dropped; at most 40 characters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")


def plate_key(license_plate: str) -> str:
    """Return the plate as compared: letters and digits only, upper case (`1234 ab-01` -> `1234AB01`)."""
    plain = unicodedata.normalize("NFKD", license_plate)
    return re.sub(r"[^A-Z0-9]", "", plain.upper())
