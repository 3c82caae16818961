"""Layouts, the interactive map of artists, and pictures of topics: offline HTML files, one a picture."""

from .comparison import MapComparison, map_comparison
from .evidence import EvidenceDocument, EvidencePage, evidence_page
from .export import write_html
from .judging import JudgingPage, Trial, draw_trials, judging_page
from .layout import METHODS, Layout, lay_out, place_new
from .maps import ArtistMap, artist_map
from .served_map import ServedMap
from .sound_map import SoundMap, sound_map
from .stored_layouts import read_layout, write_layout
from .topic_diff import TopicDiffPicture, topic_diff
from .topic_map import TopicMap, topic_map
from .topic_shares import TopicShares, topic_shares
from .trace_plot import TracePlot, trace_plot

__all__ = [
    "METHODS",
    "ArtistMap",
    "EvidenceDocument",
    "EvidencePage",
    "JudgingPage",
    "Layout",
    "MapComparison",
    "ServedMap",
    "SoundMap",
    "TopicDiffPicture",
    "TopicMap",
    "TopicShares",
    "TracePlot",
    "Trial",
    "artist_map",
    "draw_trials",
    "evidence_page",
    "judging_page",
    "lay_out",
    "map_comparison",
    "place_new",
    "read_layout",
    "sound_map",
    "topic_diff",
    "topic_map",
    "topic_shares",
    "trace_plot",
    "write_html",
    "write_layout",
]
