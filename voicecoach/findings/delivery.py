"""How an answer sounded, as numbers with a unit, a range, a source and a place.

Silence comes from voice activity, words from Whisper, fillers from a second hearing
and pitch from a pitch tracker; none stands in for another, because Whisper's word
times stretch over pauses. Where a recording is too short or too noisy for a measure
it is said so, and no number given. What is known of each measure beforehand lies in
prompts/measures.toml.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from voicecoach import scenarios
from voicecoach.findings import fluency, voice
from voicecoach.findings.finding import Measure, Moment, Unmeasured
from voicecoach.findings.fluency import END, filled_pause, spoken_words
from voicecoach.scenarios import Limits, Round
from voicecoach.settings import DEFAULTS, Settings
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.pitch import Pitch, pitch_of
from voicecoach.words.fillers import Reheard
from voicecoach.words.transcript import Transcript, Word

LEAST_FOR_PACE_S = 10.0
LEAST_FOR_PACE_WORDS = 20
"""In less, three words more or less move the pace by 15 words a minute."""
LEAST_FOR_A_RATE_S = 20.0
"""In less, one filler more is three a minute more, and one pause moves the share by a quarter; the
counts are given instead."""
LEAST_FOR_A_RATE_WORDS = 40
PAUSE_S = 0.25
"""The usual cut-off (de Jong & Bosker 2013); a shorter silence is a stop consonant or a breath."""
SHARE_PAUSE_S = 0.4
"""What the share of time counts from: silences of about PAUSE_S are found with one microphone and
missed with another, and one of them is a tenth of all pauses in an answer of 20 s."""
LEAST_SNR_FOR_PITCH_DB = 10.0
LEAST_SNR_FOR_FILLERS_DB = 5.0
"""With more noise than that they are guesses; at 5 dB 13 of 18 fillers were still heard."""
MOST_CLIPPED = 2
"""Places that may overload before pitch and fillers are in doubt."""
DOUBTFUL_PITCH_ST = 6.0
"""No talk is as wide; the tracker heard something else."""
OWN_PACE_WPM = 15.0
"""How far from a person's own target the range reaches: three words in a short answer."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that was measured of one answer, and what was not."""

    measures: tuple[Measure, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence inside the answer."""

    span: Span
    after: str
    """The words before it."""
    inside: bool
    """Whether it lies inside a phrase: no mark stands before it."""


def measure(
    transcript: Transcript,
    speech: Sequence[Span],
    round_: Round | None,
    *,
    clip: Clip | None = None,
    reheard: Iterable[Reheard] | None = None,
    pitch: Pitch | None = None,
    settings: Settings = DEFAULTS,
) -> Delivery:
    """The measures that this answer is long and clear enough for; none when nothing was said.

    *speech*: where someone talked; all is measured from the first talk to the last.
    Without *clip* nothing is said of the sound itself, without *reheard* nothing of
    fillers; without *pitch*, that of the whole answer, it is tracked in the clip.
    """
    if not transcript.words or not speech:
        return Delivery()
    if clip:
        pitch = pitch_of(clip, speech) if pitch is None else pitch
        speech = voice.talk(clip, speech, pitch)
    answer = _Answer(transcript, tuple(speech), settings, round_)
    answer.of_length()
    answer.of_pauses()
    if clip:
        answer.of_the_microphone(clip)
    found = () if reheard is None else fluency.fillers(reheard, transcript)
    answer.of_pace(found)
    if reheard is not None:
        answer.of_fillers(found)
    answer.of_wording()
    if pitch:
        answer.of_pitch(pitch.within(speech))
    order = list(scenarios.measured())
    return Delivery(
        tuple(sorted(answer.measures, key=lambda one: order.index(one.name))),
        tuple(answer.unmeasured),
    )


def of_the_microphone(clip: Clip, speech: Sequence[Span]) -> tuple[Measure, ...]:
    """Level, overload and noise alone: of a sentence said to try the microphone."""
    if not speech:
        return ()
    answer = _Answer(Transcript((), "", ""), tuple(speech), DEFAULTS, None)
    answer.of_the_microphone(clip)
    return tuple(answer.measures)


def pauses(speech: Sequence[Span], words: Sequence[Word]) -> tuple[Pause, ...]:
    """Every silence of PAUSE_S and more between the first talk and the last."""
    found = []
    for before, after in pairwise(speech):
        span = Span(before.end_s, after.start_s)
        # Where frames are rounded to thousandths, 0.25 may come out a hair shorter.
        if span.duration_s >= PAUSE_S - 1e-6:
            last = _words_before(span, words)
            inside = bool(last) and not END.search(last[-1].text.rstrip("…").removesuffix("..."))
            found.append(Pause(span, " ".join(word.text for word in last[-3:]), inside))
    return tuple(found)


def _words_before(pause: Span, words: Sequence[Word]) -> list[Word]:
    """The words said before a pause.

    Whisper stretches a word over the pause beside it, in either direction, so the pause is
    looked for where two words meet: of the boundaries near it, one with a mark is taken first,
    for a pause that is wrongly called a hesitation is worse than one that is missed.
    """
    timed = [word for word in words if word.span and not filled_pause(word.text)]
    middle_s = (pause.start_s + pause.end_s) / 2

    def off_s(at: int) -> float:
        """How far the place between word *at* and the one before lies from the pause."""
        before, after = timed[at - 1].span, timed[at].span
        assert before and after
        gap = Span(min(before.end_s, after.start_s), max(before.end_s, after.start_s))
        nearest_s = min(max(middle_s, gap.start_s), gap.end_s)
        off_s = abs(nearest_s - middle_s) - pause.duration_s / 2
        return max(0.0, off_s)

    if len(timed) < 2:
        return timed
    boundaries = range(1, len(timed))
    nearest_s = min(map(off_s, boundaries))
    near = [at for at in boundaries if off_s(at) <= nearest_s + NEAR_S]
    best = min(near, key=lambda at: (not END.search(timed[at - 1].text), off_s(at)))
    return timed[:best]


NEAR_S = 0.15
"""How far off Whisper's word times are as a rule."""
LONGEST_FILLER_S = 0.5
"""So much of where a filler lies counts as one at most: it is known to be between two words, and
where one of those was misheard, that is far too long. In noise the articulation rate was off by
7.5 % with all of it, and by 5.2 % like this."""


class _Answer:
    """Gathers the measures of one answer."""

    def __init__(
        self,
        transcript: Transcript,
        speech: tuple[Span, ...],
        settings: Settings,
        round_: Round | None,
    ) -> None:
        self.measures: list[Measure] = []
        self.unmeasured: list[Unmeasured] = []
        self._transcript = transcript
        self._speech = speech
        self._settings = settings
        self._round = round_
        self._snr_db: float | None = None
        self._overloaded = False
        self._span = Span(speech[0].start_s, speech[-1].end_s)
        self._pauses = pauses(speech, transcript.words)
        self._spoken = spoken_words(word.text for word in transcript.words)

    def of_length(self) -> None:
        low_s, high_s = self._round.target_s if self._round else (None, None)
        self._add(
            "answer_length_s", self._span.duration_s, limits=Limits(low_s, high_s, low_s, high_s)
        )

    def of_pace(self, fillers: Sequence[Moment]) -> None:
        span_s, words = self._span.duration_s, len(self._spoken)
        if span_s < LEAST_FOR_PACE_S or words < LEAST_FOR_PACE_WORDS:
            needs = f"it needs {LEAST_FOR_PACE_S:.0f} s and {LEAST_FOR_PACE_WORDS} words"
            self._leave_out("pace_wpm", needs)
            self._leave_out("articulation_sps", needs)
            return
        own = self._settings.pace_wpm
        limits = None
        if own:
            low, high = own - OWN_PACE_WPM, own + OWN_PACE_WPM
            limits = Limits(low, high, low, high)
        self._add("pace_wpm", 60 * words / span_s, limits=limits)
        silent_s = sum(pause.span.duration_s for pause in self._pauses)
        # A filler is talk, but no words.
        filled_s = sum(
            min(LONGEST_FILLER_S, sum(span.overlap_s(one.span) for span in self._speech))
            for one in fillers
        )
        syllables = sum(map(fluency.syllables, self._spoken))
        self._add("articulation_sps", syllables / max(1.0, span_s - silent_s - filled_s))

    def of_pauses(self) -> None:
        every = self._pauses
        self._add("pauses", len(every), [Moment(one.span, one.after) for one in every])
        lengths_s = [one.span.duration_s for one in every]
        if self._span.duration_s >= LEAST_FOR_A_RATE_S:
            counted_s = sum(length_s for length_s in lengths_s if length_s >= SHARE_PAUSE_S)
            self._add("pause_share", 100 * counted_s / self._span.duration_s)
        else:
            self._leave_out("pause_share", f"it needs {LEAST_FOR_A_RATE_S:.0f} s")
        if not every:
            return
        self._add("pause_median_s", median(lengths_s))
        self._longest("longest_pause_s", every)
        inside = [one for one in every if one.inside]
        self._add("hesitations", len(inside), [Moment(one.span, one.after) for one in inside])
        if inside:
            self._longest("longest_hesitation_s", inside)

    def _longest(self, name: str, pauses: Sequence[Pause]) -> None:
        longest = max(pauses, key=lambda one: one.span.duration_s)
        self._add(name, longest.span.duration_s, [Moment(longest.span, longest.after)])

    def of_the_microphone(self, clip: Clip) -> None:
        """Level, overload and noise."""
        self._add("peak_dbfs", voice.peak_dbfs(clip))
        if (loudness := voice.loudness_lufs(clip)) is not None:
            self._add("level_lufs", loudness)
        clipped = voice.clipped(clip)
        self._overloaded = len(clipped) > MOST_CLIPPED
        self._add("clipped", len(clipped), [Moment(span, "") for span in clipped])
        noise = voice.snr_db(clip, self._speech)
        self._snr_db = None if noise is None else round(noise, 1)
        if self._snr_db is None:
            self._leave_out("snr_db", f"it needs {voice.LEAST_SILENCE_S:g} s without talk")
        else:
            self._add("snr_db", self._snr_db)

    def _too_poor(self, least_db: float) -> str | None:
        """Why the sound is too poor to tell more from it; None when it is not."""
        if self._snr_db is not None and self._snr_db < least_db:
            return "there was too much noise"
        return "the microphone overloaded" if self._overloaded else None

    def of_fillers(self, found: Sequence[Moment]) -> None:
        if poor := self._too_poor(LEAST_SNR_FOR_FILLERS_DB):
            self._leave_out("fillers", poor)
            return
        self._add("fillers", len(found), found)
        self._rate("fillers_per_min", 60 / self._span.duration_s, found)

    def of_wording(self) -> None:
        """Hedges, repeats and restarts."""
        known = scenarios.measured()
        for name, rate, find in (
            ("hedges", "hedges_per_100w", fluency.hedges),
            ("repeats", "repeats_per_100w", fluency.repeats),
        ):
            found = find(self._transcript, known[rate].phrases)
            self._add(name, len(found), found)
            if len(self._spoken) >= LEAST_FOR_A_RATE_WORDS:
                self._add(rate, 100 * len(found) / len(self._spoken), found)
            else:
                self._leave_out(rate, f"it needs {LEAST_FOR_A_RATE_WORDS} words")

    def of_pitch(self, pitch: Pitch) -> None:
        poor = self._too_poor(LEAST_SNR_FOR_PITCH_DB)
        if poor or pitch.voiced_s < voice.LEAST_VOICED_S:
            needs = f"it needs {voice.LEAST_VOICED_S:.0f} s of voice"
            self._leave_out("pitch_sd_st", poor or needs)
        elif pitch.spread_st > DOUBTFUL_PITCH_ST:
            self._leave_out("pitch_sd_st", "the pitch could not be followed")
        else:
            self._add("pitch_sd_st", pitch.spread_st)

    def _rate(self, name: str, factor: float, found: Sequence[Moment]) -> None:
        if self._span.duration_s >= LEAST_FOR_A_RATE_S:
            self._add(name, factor * len(found), found)
        else:
            self._leave_out(name, f"it needs {LEAST_FOR_A_RATE_S:.0f} s")

    def _add(
        self,
        name: str,
        value: float,
        where: Sequence[Moment] = (),
        *,
        limits: Limits | None = None,
    ) -> None:
        known = scenarios.measured()[name]
        if limits is None:
            limits = known.limits
            if self._settings.second_language and known.second_language is not None:
                limits = known.second_language
        self.measures.append(
            Measure(
                name,
                round(value, known.digits + 1),
                known.unit,
                limits.low,
                limits.high,
                known.meaning,
                known.source,
                known.error,
                known.at_least,
                limits.act_below,
                limits.act_above,
                tuple(where),
            )
        )

    def _leave_out(self, name: str, reason: str) -> None:
        self.unmeasured.append(Unmeasured(name, reason))
