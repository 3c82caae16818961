"""The colors of every picture: ink on warm paper, and the same at night.

Categories: ten colors chosen by simulated annealing in OKLab so that any two, and each of them and the gray of
"unknown", stay apart under normal vision and full protanopia, deuteranopia and tritanopia (Machado et al. 2009);
the reds are left out because one red is the voice of the query. The night variant lifts the lightness and keeps
the order. ``differences``: less and more than usual. Public names: :data:`PALETTES`.
"""

_CATEGORIES_DAY = ("#4079C3", "#C1982F", "#9C5E8B", "#4DA582", "#833F01")
_CATEGORIES_DAY += ("#544892", "#787C0F", "#4CCDFC", "#056053", "#9A90D9")
_CATEGORIES_NIGHT = ("#5F9AE6", "#DFB451", "#BE7DAB", "#6CC39F", "#A96130")
_CATEGORIES_NIGHT += ("#756AB8", "#989C3B", "#6BE7FF", "#378475", "#B6ADF8")

PALETTES: dict[str, dict[str, str | tuple[str, ...]]] = {
    "light": {
        "paper": "#FBFAF7",
        "ink": "#1C1B1A",
        "accent": "#C4351C",
        "unknown": "#B9B6AE",
        "categories": _CATEGORIES_DAY,
        "ramp": ("#BFD0DE", "#9DBAD0", "#7AA3C2", "#588BB2", "#3A739F", "#225A87", "#12426B", "#082B4C"),
        "differences": ("#B5720A", "#2E6DA8"),
    },
    "dark": {
        "paper": "#131417",
        "ink": "#ECEAE4",
        "accent": "#FF7A5C",
        "unknown": "#55565A",
        "categories": _CATEGORIES_NIGHT,
        "ramp": ("#24405A", "#2F5678", "#3B6D96", "#4C86B3", "#659FC9", "#86B8DB", "#ACD0EA", "#D6E8F6"),
        "differences": ("#D9973A", "#5F9AE6"),
    },
}
