"""The vocabulary of simulated reviews: music words per topic, their inflected forms, and the small words between.

A word list is text of ``word/tag`` items, most frequent first. Tags say how a word inflects:

===  ==========================  ========================================
n    noun that is counted        reverb, reverbs
m    noun that is not            feedback
a    adjective                   hazy
v    verb                        shimmer, shimmers, shimmered, shimmering
V    verb, last letter doubled   strum, strums, strummed, strumming
q    phrase, counted             drum machine, drum machines
p    phrase, not counted         black metal
===  ==========================  ========================================

Words of more than one part are written with ``_`` here, as phrases are in a vocabulary. All forms of a word share
one Porter and one Snowball stem, and no two words share one: tests hold the lists to it.

Public names: :class:`Word`, :func:`parse_words`, :func:`make_words`, :func:`with_s`, :data:`TOPICS`,
:data:`SHARED_WORDS`, :data:`GENRES`, :data:`CONNECTORS`, :data:`KINDS`.
"""

from dataclasses import dataclass

import numpy as np

GENRES = (
    "rock",
    "electronic",
    "experimental",
    "rap",
    "pop/r&b",
    "metal",
    "folk/country",
    "jazz",
    "global",
)

# What a surface form can be in a sentence; the rows and columns of CONNECTORS.
KINDS = ("singular", "plural", "mass", "adjective", "base", "third", "past", "ing", "name")

_VOWELS = "aeiou"
_ENDINGS = {
    "n": ("singular", "plural"),
    "q": ("singular", "plural"),
    "m": ("mass",),
    "p": ("mass",),
    "a": ("adjective",),
    "v": ("base", "third", "past", "ing"),
    "V": ("base", "third", "past", "ing"),
    "t": ("singular",),
}


@dataclass(frozen=True)
class Word:
    """A word of the generative model and the forms it takes in text.

    Parameters
    ----------
    name : str
        Dictionary form; parts of a phrase are joined by ``_``.
    forms : tuple of str
        Surface forms, without repeats.
    kinds : tuple of str
        What each form is, from :data:`KINDS`.
    """

    name: str
    forms: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class TopicSpec:
    """A named topic: the genre it belongs to (None: any) and its words, most frequent first.

    Parameters
    ----------
    id : str
    genre : str or None
    words : str
        Items ``word/tag``.
    score_slope : float
        How the log weight of the topic grows per score point above 7.
    """

    id: str
    genre: str | None
    words: str
    score_slope: float = 0.0


def parse_words(text: str) -> list[Word]:
    """Read a word list such as ``"reverb/n shimmer/v"``."""
    return [_inflect(*item.rsplit("/", 1)) for item in text.split()]


def _inflect(name: str, tag: str) -> Word:
    plain = name.replace("_", " ")
    makers = {
        "singular": lambda: plain,
        "mass": lambda: plain,
        "adjective": lambda: plain,
        "base": lambda: plain,
        "plural": lambda: with_s(plain),
        "third": lambda: with_s(plain),
        "past": lambda: _with_suffix(plain, "ed", tag == "V"),
        "ing": lambda: _with_suffix(plain, "ing", tag == "V"),
    }
    kinds = _ENDINGS[tag]
    return Word(name, tuple(makers[kind]() for kind in kinds), kinds)


def with_s(word: str) -> str:
    """Return the plural of a noun, or the third person of a verb, as regular ones form it.

    >>> with_s("Lantern"), with_s("Compass"), with_s("Balcony")
    ('Lanterns', 'Compasses', 'Balconies')
    """
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _with_suffix(word: str, suffix: str, doubled: bool) -> str:
    if doubled:
        return word + word[-1] + suffix
    if word.endswith("e"):
        return word[:-1] + suffix
    if suffix == "ed" and word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ied"
    return word + suffix


def _list(letters: str) -> list[str]:
    return letters.split()


def make_words(n: int, tag: str, rng: np.random.Generator, taken: set[str]) -> list[Word]:
    """Coin ``n`` pronounceable words that are not in ``taken`` and add them to it.

    They end in letters that English stemmers leave alone, so that each stays a word of its own.

    Parameters
    ----------
    n : int
    tag : str
        How they inflect; ``"t"`` makes names, which are capitalized and have one form.
    rng : numpy.random.Generator
    taken : set of str
        Words that exist already; changed.

    Returns
    -------
    list of Word, length n
    """
    onsets = [
        "b",
        "br",
        "d",
        "dr",
        "f",
        "fl",
        "g",
        "gr",
        "h",
        "j",
        "k",
        "kl",
        "l",
        "m",
        "n",
        "p",
        "pl",
        "r",
        "s",
        "sk",
        "st",
        "t",
        "tr",
        "v",
        "w",
        "z",
    ]
    vowels = ["a", "e", "i", "o", "u"]
    codas = ["ok", "un", "ub", "ov", "ad", "ump", "ox", "arn", "elk", "olm", "onk", "ift", "ulb"]
    words: list[Word] = []
    while len(words) < n:
        picks = rng.integers(0, [len(onsets), len(vowels), len(onsets), len(codas)], size=(max(n, 64), 4))
        for first, vowel, second, coda in picks.tolist():
            name = onsets[first] + vowels[vowel] + onsets[second] + codas[coda]
            if name in taken or len(words) == n:
                continue
            taken.add(name)
            words.append(Word(name, (name.capitalize(),), ("mass",)) if tag == "t" else _inflect(name, tag))
    return words


# -- topics: the first nine cover the genres, then six that belong to no genre, then a second one per genre --------

TOPICS = (
    TopicSpec(
        "indie_rock",
        "rock",
        """guitar/n riff/n chorus/m hook/n garage/n jangle/v punk/n indie/a amp/n distortion/m power_chord/q
        strum/V frontman/m drummer/n bassist/n snare/n anthem/n scrappy/a fuzz/m slacker/n college_radio/p
        basement/n quartet/n tambourine/n bratty/a sneer/v garage_band/q surf/m handclap/n jagged/a
        swagger/m hooky/a solo/n crunch/v rocker/n lanky/a guitarist/n strut/V""",
    ),
    TopicSpec(
        "techno",
        "electronic",
        """techno/m synth/n club/n dancefloor/n drum_machine/q house/m loop/n bassline/n kick/n pulse/v
        sequencer/n acid/m vinyl_single/q remix/v rave/n trance/m snare_roll/q throb/V filter/v dub/m berlin/m
        arpeggio/n modular/a deejay/n warehouse/n glitch/n breakbeat/n oscillator/n bleep/v dancer/n
        floor_filler/q squelch/v sidechain/n robotic/a strobe/n icy/a""",
    ),
    TopicSpec(
        "noise",
        "experimental",
        """noise/m static/m tape_loop/q feedback/m abrasive/a collage/n scrape/v avant_garde/p texture/n hiss/v
        atonal/a shriek/v contact_microphone/q scree/m experiment/n fracture/v manipulate/v field_recorder/q
        harsh/a clatter/v dissonance/m splice/v provoke/v circuit/n squall/n cacophony/m machinery/m unsettle/v
        junk/m jarring/a assault/v difficult/a buzz/v shortwave/m contort/v abstract/a""",
    ),
    TopicSpec(
        "rap",
        "rap",
        """rapper/n rhyme/v flow/m hip_hop/p mixtape/n verse/n boast/v bar/n street/n emcee/n punchline/n sample/v
        hustle/v cadence/n crew/n cocky/a cypher/n freestyle/v southern/a brag/V boom_bap/p hood/n gangster/n
        posse_cut/q wordplay/m menace/v slang/m borough/n diss/v street_poet/q dealer/n drawl/v turntable/n
        scratch/v police/m chain/n""",
    ),
    TopicSpec(
        "pop",
        "pop/r&b",
        """pop/m chart/n singer/n glossy/a ballad/n star/n heartbreak/m melody/n dance/v radio_single/q sugary/a
        duet/n diva/n breathy/a teenage/a falsetto/n flirt/v glitter/v romance/n crush/n sparkle/v bubblegum/m
        pop_star/q songwriting/m kiss/v celebrity/n billboard/n sassy/a video/n makeup/m seduce/v boyfriend/n
        charisma/m bridge/n swoon/v confetti/m""",
    ),
    TopicSpec(
        "metal",
        "metal",
        """metal/m doom/m heavy/a thrash/v sludge/m growl/v headbang/v crush/n blast_beat/q shred/V tempo/n riff/n
        guttural/a brutal/a hardcore/m pummel/v death_metal/p mosh/v amplifier/n occult/a skull/n grind/n satan/m
        downtuned/a breakdown/n horde/n stoner/n gallop/v axe/n warrior/n battle/n monolith/n crust/m fury/m
        roar/v dragon/n""",
    ),
    TopicSpec(
        "folk",
        "folk/country",
        """folk/m acoustic/a fingerpick/v banjo/n harmony/n mountain/n traditional/a cabin/n fiddle/n hush/v
        mandolin/n campfire/n autumn/m pastoral/a river/n folk_singer/q whisper/v troubadour/n wooden/a ballad/n
        harmonica/n forest/n valley/n rustic/a hymn/n meadow/n winter/n intimate/a bird/n strum/V gentle/a
        lullaby/n moon/n snow/m parable/n""",
    ),
    TopicSpec(
        "jazz",
        "jazz",
        """jazz/m saxophone/n trumpet/n quintet/n piano/n bebop/m swing/m brass/m trio/n horn/n bandleader/n
        upright_bass/p modal/a cymbal/n trombone/n standard/n blue_note/q syncopate/v ensemble/n soloist/n
        clarinet/n vibraphone/n pianist/n brass_band/q smoky/a cool/a spiritual/a jazz_standard/q bop/m
        flugelhorn/n nightclub/n harlem/m fusion/m chordal/a comp/v suave/a""",
    ),
    TopicSpec(
        "afrobeat",
        "global",
        """afrobeat/m percussion/m polyrhythm/n lagos/m highlife/m kora/n desert/n heritage/m chant/v talking_drum/q
        griot/n dancehall/m mali/m village/n balafon/n diaspora/m hand_drum/q bamako/m nomad/n hypnotic/a
        tribe/n thumb_piano/q ancestor/n carnival/n africa/m shaker/n conga/n sahara/m caravan/n orchestra/n
        colonial/a dialect/n groove/v elder/n market/n kinship/m""",
    ),
    TopicSpec(
        "lyrics",
        None,
        """lyric/n rhetoric/m story/n love/v write/m narrator/n couplet/n memory/n confess/v metaphor/n poet/n family/n
        dream/n character/n mother/n father/n grief/m death/m night/n image/n phrase/n secret/n letter/n
        childhood/m wisdom/m regret/m diary/n wry/a heartfelt/a loneliness/m love_story/p promise/v
        hometown/n poem/n aphorism/n empathy/m""",
    ),
    TopicSpec(
        "studio",
        None,
        """producer/n studio/n mix/v microphone/n engineer/n arrangement/n layer/v tape/n console/n reissue/v demo/n
        session/n overdub/V compress/v analog/a digital/a vintage/a preamp/n bedroom_studio/q multitrack/n
        tape_hiss/p stereo/m reel/n fidelity/m equalizer/n headphone/n master_tape/q pan/V guitar_track/q
        outtake/n metronome/n pitch/n fader/n polish/v laptop/n sound_desk/q""",
    ),
    TopicSpec(
        "concert",
        None,
        """live/a stage/n tour/v crowd/n audience/n concert/n festival/n fan/n venue/n encore/n applause/m setlist/n
        theater/n performance/n ticket/n van/n support_slot/q roadie/n arena/n merch_table/q cheer/v banter/m
        spotlight/n sweat/m bootleg/n amphitheater/n hall/n curfew/n lighter/n barricade/n backstage/m
        crowd_surf/p motel/n roar/v usher/n barroom/n""",
    ),
    TopicSpec(
        "label_business",
        None,
        """label/n career/n contract/n industry/n major_label/q manager/n press/m critic/n magazine/n hype/m debut/n
        release/v market/n money/m internet/m stream/v blog/n interview/n lawsuit/n sell/m catalog/n publicist/n
        reunion/n discography/n royalty/n commercial/a buzz_band/q download/v podcast/n sponsor/n advance/m
        trend/n budget/n boutique/n distributor/n newspaper/n""",
    ),
    TopicSpec(
        "praise",
        None,
        """brilliant/a masterpiece/n stunning/a triumph/n gorgeous/a thrill/v essential/a classic/n joy/m
        confident/a reward/v remarkable/a vivid/a revelation/n assured/a elegant/a grace/m peak/n astonish/v
        landmark/n marvel/n exquisite/a dazzle/v sublime/a timeless/a bold/a ambition/n inspire/v radiant/a
        richness/m delight/v majestic/a graceful_melody/q unforgettable/a career_peak/q""",
        score_slope=0.8,
    ),
    TopicSpec(
        "letdown",
        None,
        """boring/a dull/a falter/v disappoint/v cliche/n generic/a filler/n forgettable/a mess/m lazy/a blunder/n
        tedious/a bland/a weak/a misstep/n awkward/a clumsy/a waste/v mediocre/a hollow/a bloat/m stale/a
        embarrass/v plod/V cheap/a tired_formula/q overlong/a derivative/a snooze/v pointless/a slog/n
        stumble/v limp/a missed_chance/q gimmick/n grating/a""",
        score_slope=-0.8,
    ),
    TopicSpec(
        "shoegaze",
        "rock",
        """shoegaze/m reverb/m haze/m feedback/m dreamy/a shimmer/v guitar_wall/q blur/V pedal/n guitar/n swirl/v
        ethereal/a drift/v tremolo/n submerge/v dream_pop/p opaque/a woozy/a cathedral/n gauze/m murmur/v bloom/v
        delay_pedal/q narcotic/a float/v blissful/a glide/v cloud/n wistful/a smear/v sustain/v lush/a dissolve/v
        droning_guitar/q halo/n veil/v""",
    ),
    TopicSpec(
        "ambient",
        "electronic",
        """ambient/a synthesizer/n pad/n drone/v stillness/m field_sample/q ocean/n glacial/a piano/n landscape/n
        slow/a meditate/v tone/n wash/v fog/m space/n horizon/n serene/a decay/v weightless/a rain/m sleep/m
        soundscape/n deep_space/p sunlight/m arctic/a cello/n ripple/v hum/V vapor/m planetarium/n dusk/m tidal/a
        shoreline/n cinematic/a silence/m""",
    ),
    TopicSpec(
        "drone",
        "experimental",
        """drone/v minimalism/m composer/n organ/n sustained_tone/q string/n patience/m resonate/v duration/n
        microtonal/a violin/n overtone/n gong/n raga/n frequency/n score/n cello/n chamber/n conservatory/n raw/a
        ritual/n sine_wave/q repetition/m vibrate/v bow/v harmonium/n conceptual/a gallery/n installation/n
        monk/n bell/n seance/n austere/a breath/n hurdy_gurdy/p slow/a""",
    ),
    TopicSpec(
        "beats",
        "rap",
        """beat/n trap/m bass/m producer/n atlanta/m auto_tune/p snare_roll/q club/n chopped_vocal/q deep_bass/p
        codeine/m stutter/v booth/n instrumental/a synth/n boom/v crate/n chipmunk_soul/p skit/n vinyl/m
        sampler/n dusty/a lean/a drill/m houston/m syrup/m snap/V cash/m trunk/n subwoofer/n luxury/n
        strip_club/q jewel/n rattle/v chop/V beatmaker/n""",
    ),
    TopicSpec(
        "soul",
        "pop/r&b",
        """soul/m groove/v gospel/m funk/m voice/n motown/m organ/n sultry/a horn/n soul_singer/q preacher/n
        church/n slow_jam/q croon/v sweat/m gospel_choir/q croup/m velvet/m ache/v memphis/m bedroom/n choir/n
        disco/m falsetto/n clavinet/n sensual/a rhodes/m vamp/V testify/v neo_soul/p harmonize/v desire/m
        smooth/a tender/a lover/n detroit/m""",
    ),
    TopicSpec(
        "black_metal",
        "metal",
        """black_metal/p scream/v tremolo/n norway/m corpse_paint/p blizzard/n atmosphere/n bleak/a howl/v frost/m
        blast_beat/q despair/m pagan/a nocturnal/a grim/a torment/v ancient/a shriek/v funeral/n raven/n wolf/m
        abyss/n misery/m epic/a church/n cascadian/a tomb/n gloom/m hatred/m demon/n crypt/n necrotic/a throne/n
        winter/n plague/n ash/n""",
    ),
    TopicSpec(
        "country",
        "folk/country",
        """country/m nashville/m pedal_steel/q whiskey/m highway/n cowboy/n twang/m honky_tonk/p texas/m truck/n
        outlaw/n heartland/m saloon/n fiddle/n prairie/n train/n drifter/n railroad/n waltz/v drinking_song/q dust/m
        preacher/n americana/m boots/m barn/n divorce/n oklahoma/m ranch/n bluegrass/m jukebox/n sheriff/n
        gravel/m sunset/n farmer/n yodel/v bourbon/m""",
    ),
    TopicSpec(
        "improvisation",
        "jazz",
        """improvise/v energy_music/p saxophonist/n drummer/n skronk/m commune/n dialogue/n squeal/v spontaneous/a
        duo/n loft/n extended_technique/q percussionist/n chicago/m reed/n interplay/m freedom/m jazz_loft/q
        cornet/n cluster/n ecstatic/a bassist/n blow/m overblown/a conversation/n quartet/n summon/v turbulent/a
        honk/v abstract/a cosmic/a afrofuturist/a telepathic/a concert/n energy/m flute/n""",
    ),
    TopicSpec(
        "latin",
        "global",
        """samba/n bossa_nova/p cumbia/m brazil/m rumba/n accordion/n tropical/a portuguese/a salsa/m havana/m tango/n
        colombia/m charango/n psychedelic/a nylon_string/q tropicalia/m percussionist/n reggae/m timbale/n mambo/n
        carnival/n cuban/a spanish/a sway/v bolero/n peru/m island/n merengue/m beach/n flamenco/m tambor/n
        sugarcane/m exile/n sunny/a rio/m folklore/m""",
    ),
)

SHARED_WORDS = """album/n song/n record/n track/n sound/n music/m band/n season/n time/n play/v unfold/v voice/n
    moment/n title/n minute/n listener/n ear/n evidence/m object/n finale/n project/n people/m life/m city/n artist/n
    start/v passage/n corner/n style/n idea/n sort/n feel/m spin/m hear/m arrive/v finish/v travel/v release/v
    collection/n transform/v element/n edge/n overture/n closer/n influence/n sense/n nostalgia/m history/m scene/n
    genre/n decade/n spirit/n contrast/n mood/n nuance/n approach/v question/n shift/v build/m carry/v chase/v hint/v
    simple/a strange/a quiet/a loud/a lengthy/a short/a dark/a bright/a warm/a cold/a sudden/a youthful/a
    closing_track/q title_track/q album_sleeve/q san_francisco/p los_angeles/p sophomore_album/q"""


# -- the small words between: CONNECTORS[previous][next] -----------------------------------------------------------
# Separated by "|"; blank means nothing. Only articles, prepositions, pronouns and their like: words without topic.

CONNECTORS: dict[str, dict[str, str]] = {
    "start": {
        "singular": "The|This|That|Every|The|Its|Her|The same",
        "plural": "The|These|Those|All the|Their|Its|His|Some",
        "mass": "The|All that|This|Its|So much|Her|More|The",
        "adjective": "The|This is|It is|Its|It was|How|So|They are",
        "base": "They|We|You can|They will|You|We should|To|They",
        "third": "It|She|He|It|This|It only|Then it|She",
        "past": "They|She|He|It|We|Having|He|It was",
        "ing": "It is|They are|She is|By|While|We are|After|Not",
        "name": "||||With|For|This is|Here is",
    },
    "noun": {
        "singular": "of the|and the|in the|with its|under the|from that|is the|over the",
        "plural": "of|and|and the|with|with its|over|and their|between the",
        "mass": "of|and|with|in|through the|under|and some|into",
        "adjective": "is|and the|of the|with some|that is|was|in this|are",
        "base": "that|to|and they|can|will|we|and|could",
        "third": "that|and|which|||and it|only|which then",
        "past": "that|and|we||has|once|they|and then",
        "ing": "and|is||by|of|and then|for|was",
        "name": "by|and|of|from|with|for|than|by",
    },
    "adjective": {
        "singular": "||||||and the|than the",
        "plural": "|||||||and the",
        "mass": "|||||||and the",
        "adjective": "and|but|and||or|and|and too|but not",
        "base": "and they|to|as they|when we|when you|and we|to|but they",
        "third": "and it|as it|but it|when it|because it|and she|and he|while it",
        "past": "and it|as it|but|and|when it|because they|and then|as she",
        "ing": "and|but||when|by|while|and|in",
        "name": "for|with|and|by|to|from|as|for",
    },
    "verb": {
        "singular": "the|its|this|that|into the|with the|over the|through the",
        "plural": "the|its|these|those|into|with the|through the|under",
        "mass": "the|its|this|into|with|through the|all the|under",
        "adjective": "the|its|this|with|into|these|and is|some",
        "base": "to|and|so they|as they|when they|and we|until they|to",
        "third": "and|what|until it|and it|as it|because it|before it|while it",
        "past": "and|what they|until it|and it|as it|what we|before she|and then",
        "ing": "and|by|without|while|before|after|in|and",
        "name": "with|for|by|and|against|as|from|",
    },
}

PREVIOUS_OF = {
    "singular": "noun",
    "plural": "noun",
    "mass": "noun",
    "name": "noun",
    "adjective": "adjective",
    "base": "verb",
    "third": "verb",
    "past": "verb",
    "ing": "verb",
}
