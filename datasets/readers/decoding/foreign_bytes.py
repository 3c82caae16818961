"""Text that is neither UTF-8 nor Western: told by what no Western text looks like, so that nobody gets mojibake.

In Windows-1252 letters beyond ASCII stand alone among others. Three and more in a row, all over a file, are another
script (Shift-JIS, EUC-JP, GBK, Big5, EUC-KR, Cyrillic, Greek); signs such as ``³`` or control codes of old inside words
are letters of another Latin alphabet (Mac Roman, Windows-1250, DOS). Which one is guessed by what its letters spell.

Turkish is Western but for six letters, ğ ş ı İ Ğ Ş, which come as the Icelandic ð þ ý Ý Ð Þ. Icelandic and Faroese have
as many of á é í ó ú æ, of which Turkish has none.

Public names: :func:`foreign_encoding`, :func:`letters_of_turkish`, :func:`are_turkish`, :data:`UNKNOWN`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

UNKNOWN = "unknown"
_TURKISH, _NOT_TURKISH = "ðþýÝÐÞ", "áéíóúæøåÁÉÍÓÚÆØÅ"
_SAMPLE = 1 << 18  # bytes beyond ASCII that are looked at, with what is around them
_FEWEST = 4  # bytes beyond ASCII; fewer tell nothing
_SHARE_IN_RUNS = 0.5
_SHARE_ODD = 0.2  # of the bytes beyond ASCII, inside words
_RUN = re.compile(rb"[\x80-\xff](?:[\x40-\x7e]?[\x80-\xff])+[\x40-\x7e]?")
_HIGH = re.compile(rb"[\x80-\xff]")
# inside a word: what is no letter in Windows-1252, or one that hardly any Western text has, but for quotes and dashes
_ODD_INSIDE = re.compile(
    rb"(?<=[A-Za-z])[\x81-\x84\x86-\x88\x8a\x8b\x8d-\x90\x98\x9a\x9b\x9d-\x9f\xa1-\xa8\xac\xaf\xb1-\xb3\xb5\xb6\xb8\xb9\xbc-\xbf\xd7\xf7]"
    rb"(?=[A-Za-z]|[ ,.;:!?|\"')\r\n\t]|\Z)|(?<![A-Za-z])[\x80\x82\x86\x8a\x8e\xcc](?=[a-z])|(?<=[a-z])[\xc0-\xde]"
)
_KANA = re.compile("[\u3041-\u30fa]")
_CJK = re.compile("[\u3041-\u30fa\u4e00-\u9fff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_USUAL_LETTERS = {
    "cp1251": "оеаинтсрвл", "koi8_r": "оеаинтсрвл", "cp866": "оеаинтсрвл", "iso8859_5": "оеаинтсрвл",
    "cp1253": "αοιετσνηυρςόίάκ", "iso8859_7": "αοιετσνηυρςόίάκ", "cp1255": "יוהלאמרתבש", "cp1256": "اليمنرتوبه",
}  # fmt: skip
_LATIN = {
    "mac_roman": "éèàâêîôûçëïöüäßñóíáúøåæ’“”–—…ŒœÉÖÜÄ",
    "cp850": "éèàâêîôûçëïöüäßñóíáúøåæÉÖÜÄ",
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžőűăâîșț’“”„–—…",
    "iso8859_2": "ąćęłńóśźżáčďéěíňřšťúůýžőűă",
}


def foreign_encoding(blocks: Iterable[bytes]) -> str | None:
    """Return what a text that is no UTF-8 is probably written in, or None where Windows-1252 will do.

    Parameters
    ----------
    blocks : iterable of bytes
        The file.

    Returns
    -------
    str or None
        A name that Python's ``codecs`` know, or :data:`UNKNOWN`.
    """
    sample = _sample(blocks)
    n_high = len(_HIGH.findall(sample))
    if n_high < _FEWEST:
        return None
    n_in_runs = sum(len(_HIGH.findall(run)) for run in _RUN.findall(sample) if len(_HIGH.findall(run)) > 2)
    if n_in_runs > _SHARE_IN_RUNS * n_high:
        return _of_script(sample) or UNKNOWN
    n_odd = len(_ODD_INSIDE.findall(sample))
    if n_odd > _SHARE_ODD * n_high:
        return _of_latin(sample) or UNKNOWN
    return None


def letters_of_turkish(data: bytes) -> Counter[str]:
    """Count, in Windows-1252, letters that may be Turkish, and those that speak for Icelandic or Czech."""
    counts = {letter: data.count(letter.encode("cp1252")) for letter in _TURKISH + _NOT_TURKISH}
    return Counter({letter: n for letter, n in counts.items() if n})


def are_turkish(letters: Mapping[str, int]) -> bool:
    """Return whether letters, counted by :func:`letters_of_turkish`, are hardly those of another language."""
    found = {letter: letters[letter] for letter in _TURKISH if letter in letters}
    n_others = sum(letters.get(letter, 0) for letter in _NOT_TURKISH)
    is_several = len({letter.lower() for letter in found}) > 1
    return is_several and sum(found.values()) >= _FEWEST and 4 * n_others < sum(found.values())


def _sample(blocks: Iterable[bytes]) -> bytes:
    """Return lines that hold bytes beyond ASCII, up to a size."""
    kept, size = [], 0
    for block in blocks:
        for line in block.split(b"\n"):
            if not line.isascii():
                kept.append(line)
                size += len(line)
        if size > _SAMPLE:
            break
    return b"\n".join(kept)[: 4 * _SAMPLE]


def _of_script(sample: bytes) -> str | None:
    for encoding in ("cp932", "euc_jp"):
        if _share(sample, encoding, _KANA, _CJK) > 0.2:
            return "shift_jis" if encoding == "cp932" else encoding
    korean = _share(sample, "euc_kr", _HANGUL)
    if korean > 0.6:
        return "euc_kr"
    alphabets = {
        encoding: _spelled(sample, encoding, letters) for encoding, letters in _USUAL_LETTERS.items()
    }
    best = max(alphabets, key=lambda encoding: alphabets[encoding])
    if alphabets[best] > 0.5:
        return best
    pairs = re.findall(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]", sample)
    n_simplified = sum(pair[0] in range(0xB0, 0xF8) and pair[1] >= 0xA1 for pair in pairs)
    if n_simplified > 0.85 * len(pairs) and _share(sample, "gb18030", _CJK) > 0.5:
        return "gb18030"
    return next((name for name in ("big5", "gb18030") if _share(sample, name, _CJK) > 0.5), None)


def _share(
    sample: bytes, encoding: str, letters: re.Pattern[str], among: re.Pattern[str] | None = None
) -> float:
    """Return which share of the characters beyond ASCII are such letters; 0 where it cannot be decoded so."""
    text = sample.decode(encoding, "replace")
    if text.count("\ufffd") > 0.01 * len(text):
        return 0.0
    others = among.findall(text) if among else [char for char in text if char > "\x7f"]
    return len(letters.findall(text)) / max(len(others), 1) if len(others) >= _FEWEST else 0.0


def _spelled(sample: bytes, encoding: str, letters: str) -> float:
    """Return which share of the characters beyond ASCII are the most usual small letters of a language."""
    beyond = [char for char in sample.decode(encoding, "replace") if char > "\x7f"]
    return sum(char in letters for char in beyond) / max(len(beyond), 1)


def _of_latin(sample: bytes) -> str | None:
    shares = {encoding: _spelled(sample, encoding, letters) for encoding, letters in _LATIN.items()}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] > 0.6 else None
