"""Are the translations complete? Compares what the code and the pages say with what the catalogues know.

Run by `make check` as `python -m dashboard.translations`. It fails on what is missing, obsolete, fuzzy, said twice
differently, or has other placeholders than the original.
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboard.translations import LOCALE
from tracker import errors
from tracker.phrases import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("tracker", "telemetry", "checkpoints", "operators", "dashboard")
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
SPELLED_OUT = re.compile(r"(flash|error|reason)\.[a-z0-9_.]*[a-z0-9_]")
# In a page: a prefix, and a code that only a viewer's data tell.
COMPUTED = re.compile(r"""\bsay\(\s*["']([a-z_.]+\.)["']\s*~""")
KEYWORDS = {"_": None, "ngettext": (1, 2), "say": None}


@dataclass
class Findings:
    """What was said and what was found wrong."""

    texts: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)  # code -> where it is raised
    faults: list[str] = field(default_factory=list)


def main(root: Path = ROOT, locale: Path = LOCALE) -> int:
    """Print every fault; return 1 when there is one."""
    faults = find_faults(root, locale)
    for fault in faults:
        sys.stdout.write(fault + "\n")
    sys.stdout.write(f"translations: {len(faults)} faults\n" if faults else "translations: complete\n")
    return 1 if faults else 0


def find_faults(root: Path = ROOT, locale: Path = LOCALE) -> list[str]:
    """Return every fault of the catalogues under `locale`, against the code and pages under `root`."""
    found = Findings()
    _collect_texts(root, found)
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            for code in codes_in(ast.parse(file.read_text())):
                found.codes.setdefault(code, str(file.relative_to(root)))
    catalogues = {language: _read(locale / language, language, found.faults) for language in LANGUAGES}
    english = catalogues["en"]
    known_codes = {text for text in english if CODE.fullmatch(text)}
    found.faults += [f"en: missing {code!r} ({where})" for code, where in found.codes.items() if code not in english]
    for file in sorted((root / "dashboard" / "templates").rglob("*.html")):
        for prefix in sorted(set(COMPUTED.findall(file.read_text()))):
            if not any(code.startswith(prefix) for code in known_codes):
                found.faults.append(f"en: no code begins with {prefix!r} ({file.relative_to(root)})")
    for text in sorted(english.keys() - known_codes):
        found.faults.append(f"en: {text!r} is not a code; English sentences are their own msgid")
    wanted = found.texts | known_codes | found.codes.keys()
    for language in LANGUAGES:
        if language == "en":
            continue
        have = catalogues[language]
        found.faults += [f"{language}: missing {text!r}" for text in sorted(wanted - have.keys())]
        found.faults += [f"{language}: obsolete {text!r}" for text in sorted(have.keys() - wanted)]
        for text in sorted(wanted & have.keys()):
            original = english.get(text, (text,))
            if placeholders(original) != placeholders(have[text]):
                found.faults.append(f"{language}: other placeholders than the original: {text!r}")
    return found.faults


def placeholders(texts: Iterable[str]) -> frozenset[str]:
    """Return the names in braces of any of `texts`; a malformed text has the name `?`."""
    names: set[str] = set()
    for text in texts:
        try:
            names |= {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError:
            names.add("?")
    return frozenset(name if name.isidentifier() else "?" for name in names)


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Yield every code that a module can raise or refuse with, with its prefix."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SPELLED_OUT.fullmatch(node.value):
            yield node.value
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name == "Reason" and node.args:
                yield from (f"reason.{code}" for code in _constants(node.args[0]))
            elif name in ERRORS and node.args:
                yield from (f"error.{code}" for code in _constants(node.args[0]))
            elif name == "record" and len(node.args) > 2 and ast.unparse(node.func) == "audit.record":
                yield from (f"audit.{code}" for code in _constants(node.args[2]))
        elif isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") in ERRORS for base in node.bases):
            for line in node.body:
                if isinstance(line, ast.Assign) and [ast.unparse(t) for t in line.targets] == ["code"]:
                    yield from (f"error.{code}" for code in _constants(line.value))


def _tree(error: type[errors.CorridorError]) -> Iterator[str]:
    yield error.__name__
    for child in error.__subclasses__():
        yield from _tree(child)


ERRORS = frozenset(_tree(errors.CorridorError))


def _constants(node: ast.expr) -> Iterator[str]:
    """Yield the string of a literal, both of `"a" if x else "b"`; nothing of what is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _collect_texts(root: Path, found: Findings) -> None:
    methods = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
    for name, _, message, _, _ in extract_from_dir(root / "dashboard", methods, keywords=KEYWORDS):
        single = message[0] if isinstance(message, tuple) else message
        if not single:
            continue
        if CODE.fullmatch(single):
            found.codes.setdefault(single, f"dashboard/{name}")
        else:
            found.texts.add(single)


def _read(folder: Path, language: str, faults: list[str]) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for file in sorted(folder.glob("*.po")):
        with file.open("rb") as handle:
            catalogue = read_po(handle, locale=language, charset="utf-8")
        for message in catalogue:
            if not message.id:
                continue
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = tuple(message.string) if isinstance(message.string, tuple | list) else (str(message.string),)
            if message.fuzzy:
                faults.append(f"{language}/{file.name}: fuzzy {key!r}")
            elif not all(said):
                continue  # shows as missing
            elif known.setdefault(key, said) != said:
                faults.append(f"{language}/{file.name}: {key!r} is translated otherwise in another file")
    return known
