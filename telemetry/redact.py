"""Drops what identifies a person from free text: numbers of phones and documents, addresses, names after titles.

It cannot find every name, which is why the text is sealed as well; it makes sure that what is easily found is never
stored at all. What was dropped leaves a mark, so that a reader knows that something stood there. Pure.
"""

from __future__ import annotations

import re

MARK = "[…]"

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Dates are numbers in groups too, but identify nobody; they are stepped over.
_DATE = r"(?:19|20)\d\d-[01]\d-[0-3]\d(?:[T ][0-2]\d(?::[0-5]\d){0,2})?(?!\d)"
# Eight digits or more, with the separators that phone numbers are written with.
_NUMBER = re.compile(rf"(?P<date>{_DATE})|(?<![\w])\+?\(?\d(?:[ .()/-]{{0,2}}\d){{7,}}")
# One or more capitals and six digits or more: passports, identity cards, licences.
_DOCUMENT = re.compile(r"\b[A-Z]{1,4}[ -]?\d{6,}[A-Z0-9]*\b|\b\d{6,}[A-Z]{1,3}\b")
_DOCUMENT_WORD = re.compile(
    r"(?i:\b(passports?|passeports?|passaportes?|cni|nin|bvn|ecowas card|id|identity card|carte d'identit[ée]|"
    r"carte|bilhete de identidade|permis|driv(?:er's|ing) licen[cs]e|matricule|badge)\b"
    r"(?:\s*(?:no|n°|nº|num[ée]ro|number|nr)\b\.?|\s*n°)?[\s:#.]{0,3})(?P<number>[A-Z0-9/-]*\d[A-Z0-9/-]{2,})"
)
_TITLES = (
    r"Mr|Mrs|Ms|Miss|Dr|Prof|M|Mme|Mlle|MM|Monsieur|Madame|Mademoiselle|Sr|Sra|Senhor|Senhora|Dona|Alhaji|Alhaja|"
    r"El Hadj|Hadja|Chief|Officer|Inspector|Inspecteur|Inspetor|Sergeant|Sergent|Sargento|Sgt|Corporal|Caporal|Cabo|"
    r"Captain|Capitaine|Capit[ãa]o|Lieutenant|Lt|Tenente|Colonel|Col|Coronel|Commandant|Commissaire|Comiss[áa]rio|"
    r"Adjudant|Brigadier|Major|Agent|Agente|Constable|Superintendent|Driver|Chauffeur|Conductor"
)
_NAMED_BY_TITLE = re.compile(
    rf"\b(?P<title>{_TITLES}|{_TITLES.upper()})\b(?P<dot>\.?)\s+"
    r"(?P<name>(?:(?:de|da|do|dos|el|ben|ould|N'|d')\s?)?[A-ZÀ-Þ][\w'’À-ÿ-]*(?:\s+[A-ZÀ-Þ][\w'’À-ÿ-]*){0,3})"
)
_INTRODUCED = re.compile(
    r"(?P<lead>(?i:\b(?:named|called|name is|nomm[ée]e?|s'appelle|appel[ée]e?|nom\s?:|name\s?:|nome\s?:|chamad[oa]|"
    r"chama-se))\s*)(?P<name>[A-ZÀ-Þ][\w'’À-ÿ-]*(?:\s+[A-ZÀ-Þ][\w'’À-ÿ-]*){0,3})"
)


def redacted(text: str) -> str:
    """Return `text` with marks in the place of numbers, addresses and names."""
    text = _EMAIL.sub(MARK, text)
    text = _DOCUMENT_WORD.sub(lambda m: m.group(0).replace(m["number"], MARK), text)
    text = _DOCUMENT.sub(MARK, text)
    text = _NUMBER.sub(lambda m: m.group(0) if m["date"] else MARK, text)
    text = _NAMED_BY_TITLE.sub(rf"\g<title>\g<dot> {MARK}", text)
    return _INTRODUCED.sub(rf"\g<lead>{MARK}", text)
