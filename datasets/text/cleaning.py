"""From text as it was scraped to text a tokenizer can read: no markup, no addresses, plain quotes and spaces.

Every step takes time linear in the text, also on text made to be slow.
Public names: :func:`clean_text`, :func:`clean_tracked`.
"""

import html
import re

import numpy as np
from numpy.typing import NDArray

from .edits import PlainEdits, TrackedEdits

# Zero-width characters, soft hyphens and byte order marks stand inside words and vanish.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# C1 controls are left by wrong decoding: cp1252 quotes and dashes, and the Mac's é.
_REPLACED = {
    "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u2032": "'", "\u00b4": "'", "\x91": "'",
    "\x92": "'", "\u2010": "-", "\u2011": "-", "\u2014": " -- ", "\u2013": " -- ", "\x96": " -- ", "\x97": " -- ",
    "\u00a0": " ", "\u202f": " ", "\x85": "...", "\x8e": "é", "\u201c": '"', "\u201d": '"', "\x93": '"',
    "\x94": '"',
}  # fmt: skip
_ENTITY = re.compile(r"&#?\w{1,30};")
_HALF_ENTITY = re.compile(r" ?(#\d{2,5}|\b(?:quot|amp|lt|gt|nbsp));")  # "didn #39;t": the ampersand was lost
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")  # "roots.\x94": a byte that was printed instead of decoded
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,2000}>")
_INLINE_TAG = re.compile(r"</?(?:a|abbr|b|cite|em|font|i|mark|small|span|strong|sub|sup|u)\b", re.IGNORECASE)
_SHORTCODE = re.compile(r"\[#\w{1,20}:[^\[\]]{0,500}\]\|*")  # "[#script:http://...]|||||" of a content system
_ADDRESS = re.compile(
    r"\b(?:https?://|ftp://|www\.)\S+|[^\s@]{1,64}@[^\s@]{1,255}\.[a-zA-Z]{2,}", re.IGNORECASE
)
# Looked for only where one of the signs occurs: the patterns are slow.
_N_SIGNS = ("'n", "'N", " n'", " N'", "-n-")
_ROCK_N_ROLL = re.compile(r"(?<=\w)(?:\s*'n'\s*|\s+'n\s+|\s+n'\s+)(?=\w)", re.IGNORECASE)
_DRUM_N_BASS = re.compile(r"(?<=\w)-'?n'?-(?=\w)", re.IGNORECASE)


def clean_text(text: str) -> str:
    """Remove markup and addresses, and write quotes, dashes, spaces and accents in one way.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        In Unicode form NFC. Letters keep case and accents. Dashes are ``--``, tags other than inline ones blank lines.
    """
    return _clean(text, PlainEdits())


def clean_tracked(text: str) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """Return what :func:`clean_text` does, and the span in ``text`` of each character of it.

    Parameters
    ----------
    text : str

    Returns
    -------
    cleaned : str
    starts, ends : ndarray of shape (len(cleaned),), int64
        Both never decrease. Several characters that were put in the place of others share their span.
    """
    edits = TrackedEdits(len(text))
    cleaned = _clean(text, edits)
    return cleaned, edits.starts, edits.ends


def _clean(text: str, edits: PlainEdits) -> str:
    if "&" in text:
        text = edits.sub(_ENTITY, lambda match: html.unescape(match[0]), text)
    if ";" in text:
        text = edits.sub(_HALF_ENTITY, lambda match: html.unescape(f"&{match[1]};"), text)
    if "\\x" in text:
        text = edits.sub(_ESCAPE, lambda match: bytes.fromhex(match[1]).decode("cp1252", "replace"), text)
    if "[#" in text:
        text = edits.sub(_SHORTCODE, " ", text)
    if "<" in text:
        text = edits.sub(_TAG, _gap_of_tag, _without_scripts(text, edits))
    if "://" in text or "www." in text or "WWW." in text or "@" in text:
        text = edits.sub(_ADDRESS, " ", text)
    if not text.isascii():
        for char, plain in _REPLACED.items():  # many passes, and yet ten times as fast as one with a pattern
            text = edits.replace(text, char, plain)
    if not text.isascii():
        text = edits.compose(edits.sub(_INVISIBLE, "", text))
    text = edits.replace(text, "_", " ")  # joins the words of a phrase, so no word may contain it
    if any(sign in text for sign in _N_SIGNS):
        text = edits.sub(_DRUM_N_BASS, "-and-", edits.sub(_ROCK_N_ROLL, " and ", text))
    return text


def _gap_of_tag(match: re.Match[str]) -> str:
    return "" if _INLINE_TAG.match(match[0]) else "\n\n"


def _without_scripts(text: str, edits: PlainEdits) -> str:
    for name in ("script", "style"):
        lowered = text.lower()
        # Some letters change length when lower-cased; positions would be off.
        if f"<{name}" not in lowered or len(lowered) != len(text):
            continue
        spans, at = [], 0
        while (opening := lowered.find(f"<{name}", at)) >= 0:
            at = lowered.find(f"</{name}", opening)
            if at < 0:  # never closed: keep the rest, the tag itself goes later
                break
            spans.append((opening, at))
        text = edits.cut(text, spans, " ")
    return text
