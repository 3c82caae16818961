"""Names for groups of sounds, in words of what one hears. Public functions: :func:`name_sound_groups`."""

from collections.abc import Mapping, Sequence

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
        One a group; those that would be called alike are told apart by a number.
    """
    codes = np.asarray(groups)
    if not len(codes):
        return []
    noisy = np.asarray(descriptors.get("noisiness_db", np.zeros(len(codes))), np.float64) > _NOISY_DB
    ranks = {key: _ranks(descriptors[key]) for key in _WORDS if key in descriptors}
    names: list[str] = []
    for group in range(int(codes.max()) + 1):
        off = {key: float(rank[codes == group].mean()) for key, rank in ranks.items()}
        if "noisiness_db" in off and (np.median(noisy[codes == group]) > 0.5) != (off["noisiness_db"] > 0):
            del off["noisiness_db"]  # only the noisier of tones, or the more tonal of noises
        clear = sorted((key for key in off if abs(off[key]) > _CLEAR), key=lambda key: -abs(off[key]))[:_MOST]
        said = ", ".join(_WORDS[key][off[key] > 0] for key in clear) or "middling"
        same = sum(name == said or name.startswith(f"{said} (") for name in names)
        names.append(f"{said} ({same + 1})" if same else said)
    return names


def _ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return ranks of mean 0 and deviation 1; equal values share theirs."""
    from scipy.stats import rankdata

    ranks = np.asarray(rankdata(values), np.float64)
    spread = float(ranks.std())
    return (ranks - ranks.mean()) / spread if spread > 0 else np.zeros(len(ranks))
