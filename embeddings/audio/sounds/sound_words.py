"""Names for groups of sounds, in words of what one hears. Public functions: :func:`name_sound_groups`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_WORDS = {
    "brightness_hz": ("dark", "bright"),
    "noisiness_db": ("tonal", "noisy"),
    "duration_s": ("short", "long"),
    "loudness_db": ("soft", "loud"),
    "attack_s": ("sharp", "swelling"),
}
_CLEAR = 0.35  # standard deviations of ranks from the middle from which on a word is said
_SLIGHT = 0.12  # from which on a word is said to tell a group from its namesakes
_VERY = "very "
_MOST = 3
_NOISY_DB = (
    -20.0
)  # flatness from which on a sound is noisy at all: speech is near it, hiss above, most tones far below


def name_sound_groups(
    groups: Sequence[int] | NDArray[np.integer], descriptors: Mapping[str, NDArray[np.floating]]
) -> list[str]:
    """Name each group by the descriptors that set it apart, the clearest first: "bright, noisy, short".

    Words compare the groups with one another; "noisy" and "tonal" must also be true by themselves.

    Parameters
    ----------
    groups : sequence of int, length n_sounds
        0, 1, ... without gaps.
    descriptors : mapping of str to ndarray of shape (n_sounds,)
        Any of brightness_hz, noisiness_db, duration_s, loudness_db, attack_s.

    Returns
    -------
    list of str
        One a group. Those that would be called alike get one more word where they differ in something else: "dark,
        short" beside "dark, long", or "very dark"; a number only where they differ in nothing that has a word.
    """
    codes = np.asarray(groups)
    if not len(codes):
        return []
    noisy = np.asarray(descriptors.get("noisiness_db", np.zeros(len(codes))), np.float64) > _NOISY_DB
    ranks = {key: _ranks(descriptors[key]) for key in _WORDS if key in descriptors}
    offs: list[dict[str, float]] = []
    said: list[dict[str, str]] = []  # words of a group by descriptor, the clearest first
    for group in range(int(codes.max()) + 1):
        off = {key: float(rank[codes == group].mean()) for key, rank in ranks.items()}
        if "noisiness_db" in off and (np.median(noisy[codes == group]) > 0.5) != (off["noisiness_db"] > 0):
            del off["noisiness_db"]  # only the noisier of tones, or the more tonal of noises
        clear = sorted((key for key in off if abs(off[key]) > _CLEAR), key=lambda key: -abs(off[key]))[:_MOST]
        offs.append(off)
        said.append({key: _WORDS[key][off[key] > 0] for key in clear})
    while any(_tell_apart(alike, offs, said) for alike in _namesakes(said)):
        pass  # a word more may make other namesakes; each turn uses up a descriptor of some group
    return _numbered(said)


def _namesakes(said: Sequence[Mapping[str, str]]) -> list[list[int]]:
    """Return the sets of groups that are called alike, in whatever order the words stand."""
    found: dict[frozenset[str], list[int]] = {}
    for group, words in enumerate(said):
        found.setdefault(frozenset(words.values()), []).append(group)
    return [groups for groups in found.values() if len(groups) > 1]


def _tell_apart(
    alike: Sequence[int], offs: Sequence[Mapping[str, float]], said: Sequence[dict[str, str]]
) -> bool:
    """Part namesakes by something not said yet, else by how much of it they are; return whether they differ at all.

    A side is given a word only where it is true of it: the longer of two short groups is not called long.
    """
    words = said[alike[0]]
    unsaid = [key for key in _WORDS if key not in words and all(key in offs[group] for group in alike)]
    found = _widest_gap(unsaid, alike, offs)
    if found:
        key, middle = found
        for group in alike:
            off = offs[group][key]
            if abs(off) > _SLIGHT and (off > 0) == (off > middle):
                said[group][key] = _WORDS[key][off > 0]
        return True
    found = _widest_gap([key for key in words if not words[key].startswith(_VERY)], alike, offs)
    if found:
        key, middle = found
        for group in alike:
            if (offs[group][key] > 0) == (offs[group][key] > middle):
                said[group][key] = _VERY + said[group][key]
    return found is not None


def _widest_gap(
    keys: Sequence[str], groups: Sequence[int], offs: Sequence[Mapping[str, float]]
) -> tuple[str, float] | None:
    """Return the descriptor with the widest gap between groups, one side of which has a word; and the gap's middle."""
    found, widest = None, _SLIGHT
    for key in keys:
        for low, high in pairwise(sorted(offs[group][key] for group in groups)):
            if high - low > widest and max(-low, high) > _SLIGHT:
                found, widest = (key, (low + high) / 2), high - low
    return found


def _numbered(said: Sequence[Mapping[str, str]]) -> list[str]:
    seen: Counter[frozenset[str]] = Counter()
    names = []
    for words in said:
        called = ", ".join(words.values()) or "middling"
        which = frozenset(words.values())
        seen[which] += 1
        names.append(f"{called} ({seen[which]})" if seen[which] > 1 else called)
    return names


def _ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return ranks of mean 0 and deviation 1; equal values share theirs."""
    from scipy.stats import rankdata

    ranks = np.asarray(rankdata(values), np.float64)
    spread = float(ranks.std())
    return (ranks - ranks.mean()) / spread if spread > 0 else np.zeros(len(ranks))
