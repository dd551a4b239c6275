"""prompts/*.toml -> all that is data, checked before anything is asked of it.

Criteria, rounds and scenarios; personas, replies and profiles of the interviewer's talk.
prompts/ lies beside the package in a checkout and inside it in a wheel; a person's own criteria,
scenarios, personas and profiles lie under their configuration folder, in the same form.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from platformdirs import user_config_path
from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from voicecoach import templates
from voicecoach.errors import PromptsError, UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Lines = Annotated[tuple[Text, ...], Field(min_length=1)]
Kept = TypeVar("Kept")
Condition = Literal["offer", "rejection", "other_offers"]
"""offer and rejection: how the interviewer has decided, after at least one answer; other_offers:
the profile names some."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to do at the close, or to avoid, and how it sounds."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    kind: Literal["do", "avoid"]
    title: Text
    """What the candidate does, to follow "you": ``ask when they will decide``."""
    why: Text
    source: Text
    advice: Text
    say: Lines
    """Lines to say: for a "do" the thing itself, for an "avoid" what to say instead."""
    hears: Lines
    """Utterances that bear it."""
    misses: Lines
    """Near misses: utterances that do not."""
    implies: tuple[Text, ...] = ()
    """Ids of the criteria that every utterance of this one bears as well."""
    asks: bool = False
    """Whether it is a question."""
    thanks: bool = False
    """Whether it is a thank-you, which takes a word of thanks."""
    only_if_nothing_asked: bool = False
    """Whether one question anywhere in the answer clears it."""
    rounds: tuple[Text, ...] = ()
    """Rounds that listen for it, or are better without it, beside those that say so themselves."""


@dataclass(frozen=True, slots=True)
class Round:
    """One exchange: the interviewer's line, and what its answer is listened to for."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    title: Text
    lines: Lines
    """Variants of what the interviewer says."""
    listens_for: Annotated[tuple[Lines, ...], Field(min_length=1)]
    """Groups of criterion ids; one of each group is enough."""
    better_without: tuple[Text, ...]
    target_s: tuple[float, float]
    """Shortest and longest length advised, in seconds."""
    model_answer: Text
    invites_questions: bool = False
    """Whether a bare "no, I'm fine" declines to ask."""
    even_better: tuple[Text, ...] = ()
    """The best ways of meeting what is listened for; asked of nobody."""
    setting: Literal["interview", "call", "alone"] = "interview"
    """Alone, nobody replies; only in the interview can an answer call up another round."""
    called_by: tuple[Text, ...] = ()
    """Ids of the criteria that call this round up at once, when one is met in the interview."""
    lines_when_called: tuple[Text, ...] = ()
    """What opens it then: the reply to what called it has said the rest."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Rounds in their order."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    title: Text
    about: Text
    rounds: Lines
    lines: Mapping[Text, Lines] = field(default_factory=dict)
    """Round id -> lines of this scenario's own, in place of the round's."""
    when: Mapping[Text, Condition] = field(default_factory=dict)
    """Round id -> the condition without which it is not held."""
    profile: Text | None = None
    """The profile that it is played with when a person has none of their own."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Variants of a reply, by how impressed the interviewer is."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    lines: tuple[Text, ...] = ()
    """Said in any mood that has none of its own."""
    impressed: tuple[Text, ...] = ()
    doubtful: tuple[Text, ...] = ()
    again: tuple[Text, ...] = ()
    """Said when it was asked before."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the interviewer replies to one thing that was asked or done."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    """A criterion's, or a name for a subject that ``about`` tells."""
    lines: Lines
    impressed: tuple[Text, ...] = ()
    doubtful: tuple[Text, ...] = ()
    again: tuple[Text, ...] = ()
    about: tuple[Text, ...] = ()
    """Words of which a question on this subject holds one."""
    family: str = ""
    """Two of one family that stand in the same words are one question, not two."""
    rounds: tuple[Text, ...] = ()
    """The only rounds that it is a reply in; empty for all."""
    gives_date: bool = False
    """Whether the candidate knows from then on by when they will hear."""
    reading: str = ""
    """For the debrief: what such a reply tells the candidate, in any mood without its own."""
    reading_impressed: str = ""
    reading_doubtful: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What can be said between two rounds, in place of a key."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    says: Lines
    """All that is said, in small letters."""
    hint: str = ""
    """How it is offered, its key in brackets: ``[n]ext``."""

    @property
    def key(self) -> str:
        """The letter that does the same."""
        return self.hint.partition("[")[2][:1]


@dataclass(frozen=True, slots=True)
class Persona:
    """What kind of person interviews: wording, pace, patience and time."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    title: Text
    about: Text
    names: Annotated[tuple[Text, ...], Field(min_length=1, max_length=2)]
    """Two for a panel, who take turns with two voices."""
    pace_wpm: Annotated[int, Field(ge=80, le=300)] = 165
    patience: Annotated[float, Field(ge=1, le=10)] = 1.5
    """How many times the longest length advised an answer may take before it costs impression."""
    offers_from: Annotated[float, Field(gt=0, le=1)] = 0.6
    """The share of what was listened for that it takes for an offer."""
    minutes: Annotated[int, Field(ge=1, le=60)] = 10
    """The time that is left when the close begins."""
    first: tuple[Text, ...] = ()
    """Said ahead of the first line of an interview."""
    before: Mapping[Text, Lines] = field(default_factory=dict)
    """Round id -> what is said ahead of its line."""
    lines: Mapping[Text, Lines] = field(default_factory=dict)
    """Round id -> this persona's wording; a scenario's own lines go before it."""
    replies: Mapping[Text, Wording] = field(default_factory=dict)
    """Reply id -> this persona's wording; what is left out is said as a neutral person does."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Who interviews where, and for what. What is left out is told in general words.

    The sentences are the interviewer's own, said as they stand.
    """

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    candidate: str = ""
    """What the candidate is called."""
    role: str = ""
    """To be followed by "position": ``data engineer``."""
    company: str = ""
    business: Text = (
        "We have grown steadily over the last years, and for the next two we mean to do fewer "
        "things and do them better."
    )
    culture: Text = (
        "People here help each other without being asked, and they say early when something goes "
        "wrong."
    )
    team: Text = (
        "You would be with six colleagues, who sit together and plan their week on Monday morning."
    )
    training: Text = (
        "For the first month somebody experienced is at your side, and after that everyone has a "
        "budget for courses."
    )
    growth: Text = "Half of those who lead a team here began in a position like this one."
    challenge: Text = (
        "The hardest thing just now is that there is more work than people, so we have to choose."
    )
    success: Text = (
        "After ninety days you would do the core of the work on your own, and after a year "
        "people would come to you with their questions."
    )
    ideal_candidate: Text = (
        "I am looking for somebody who learns quickly, asks when something is unclear, and "
        "finishes what they begin."
    )
    weak_spot: Text = "You have not done exactly this kind of work before."
    """The interviewer's one concern, said to the candidate."""
    timeframe_days: Annotated[int, Field(ge=1, le=120)] = 7
    """From the interview to the decision."""
    experience: str = ""
    skills: tuple[Text, ...] = ()
    other_offers: str = ""
    """Empty for none."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """All that prompts/ says, each by its id."""

    criteria: Mapping[str, Criterion]
    rounds: Mapping[str, Round]
    scenarios: Mapping[str, Scenario]
    replies: Mapping[str, Reply]
    personas: Mapping[str, Persona]
    profiles: Mapping[str, Profile]
    skills: Mapping[str, tuple[str, ...]]
    """A skill that adverts ask for -> what else it is called."""
    commands: Mapping[str, Command]
    """What can be said between two rounds."""
    written: tuple[Criterion | Round, ...] = ()
    """As they are written, those with lines to say that a profile fills in: under ``criteria``
    and ``rounds`` these lines are filled in already."""

    def scenario(self, name: str) -> Scenario:
        return _named(name, self.scenarios, "scenario")

    def persona(self, name: str) -> Persona:
        return _named(name, self.personas, "persona")

    def round(self, name: str) -> Round:
        return _named(name, self.rounds, "round")

    def rounds_of(self, scenario: Scenario) -> tuple[Round, ...]:
        return tuple(self.rounds[round_id] for round_id in scenario.rounds)


def _named(name: str, known: Mapping[str, Kept], what: str) -> Kept:
    if name not in known:
        raise UsageError(f"There is no {what} '{name}'. Take one of: {', '.join(known)}.")
    return known[name]


def folder_of(name: str) -> Path:
    """The folder *name* of this project: beside the package, or inside it in a wheel."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


OWN_EXAMPLES = 10
"""As many lines to hear, and near misses, a person's own criterion must give at the least."""

OWN_KINDS: Mapping[str, type] = {
    "criteria": Criterion,
    "scenarios": Scenario,
    "personas": Persona,
    "profiles": Profile,
}
"""Folder -> what each .toml file in it holds, here and under a person's configuration folder."""

MINE = "mine"
"""The profile that a person fills in by answering questions."""


def own_folder(kind: str = "criteria") -> Path:
    """Where a person keeps *kind* of their own, one .toml file each."""
    return user_config_path("voicecoach") / kind


@cache
def load(folder: Path | None = None) -> Prompts:
    """Read and check all of prompts/ and what is the person's own, or *folder* alone.

    Raises PromptsError, which names the file, the key and what to do.
    """
    own: dict[str, dict[str, Any]] = {
        kind: {} if folder else _files(own_folder(kind), type_) for kind, type_ in OWN_KINDS.items()
    }
    folder = folder or folder_of("prompts")
    found: dict[str, dict[str, Any]] = {}
    for kind, type_ in OWN_KINDS.items():
        shipped: dict[str, Any] = _by_id(folder, kind, type_)
        for id_ in own[kind]:
            if id_ in shipped:
                raise PromptsError(
                    f"{_own_file(kind, id_)} has the name of one of voicecoach's own. "
                    "Name it otherwise."
                )
        found[kind] = shipped | own[kind]
    for criterion in own["criteria"].values():
        _check_examples(criterion)
    rounds = _by_table(folder / "rounds.toml", Round)
    prompts = Prompts(
        criteria=found["criteria"],
        rounds=rounds,
        scenarios=found["scenarios"],
        replies=_by_table(folder / "replies.toml", Reply),
        personas=found["personas"],
        profiles=found["profiles"],
        skills=_skills(folder / "skills.toml"),
        commands=_by_table(folder / "commands.toml", Command),
    )
    _check_references(prompts)
    for kind in ("criteria", "scenarios", "personas"):
        for id_, one in own[kind].items():
            check_templates(_own_file(kind, id_), one)
    for criterion in prompts.criteria.values():
        for id_ in dict.fromkeys(criterion.rounds):
            rounds[id_] = _listening(rounds[id_], criterion)
    every: tuple[Criterion | Round, ...] = (*prompts.criteria.values(), *rounds.values())
    written = tuple(
        one for one in every if any("{" in line for _, line in spoken_lines(one, SAID_BY_YOU))
    )
    return said_by(replace(prompts, written=written), {})


def said_by(prompts: Prompts, values: Mapping[str, str]) -> Prompts:
    """*prompts* with every line to say filled in for one candidate.

    *values*: of YOURS; what is left out, or empty, is said in general words. A line that cannot
    be filled in stays as it is written: ``prompts check`` tells what is wrong with it.
    """
    yours = {**dict.fromkeys(YOURS, ""), **values}

    def filled(line: str) -> str:
        try:
            return templates.render(line, yours)
        except templates.TemplateFault:
            return line

    criteria, rounds = dict(prompts.criteria), dict(prompts.rounds)
    for one in prompts.written:
        if isinstance(one, Criterion):
            if one.id in criteria:
                say = tuple(map(filled, one.say))
                criteria[one.id] = replace(criteria[one.id], say=say)
        elif one.id in rounds:
            answer = filled(one.model_answer)
            rounds[one.id] = replace(rounds[one.id], model_answer=answer)
    return replace(prompts, criteria=criteria, rounds=rounds)


def profile_from(path: Path) -> Profile:
    """A profile that lies anywhere. Raises PromptsError."""
    return _checked(path, path.stem, _tables(path), Profile)


FILLED_IN = frozenset(
    {each.name for each in fields(Profile)} - {"id", "timeframe_days"}
    | {"position", "date", "date_given", "waiting_day", "follow_up_day", "minutes"}
    | {"interviewer", "line"}
)
"""What a line may name: the profile's keys, and what is known at that moment of the talk."""

YOURS = frozenset({"role", "company", "experience", "skills"})
"""What a line to say may name: each is empty where the candidate's profile does not tell it."""


def spoken_lines(value: object, keys: Container[str], key: str = "") -> Iterator[tuple[str, str]]:
    """Every line that stands in a criterion, round, scenario, persona or reply under one of
    *keys*, with the place that it has there."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, tuple):
        for line in value:
            yield from spoken_lines(line, keys, key)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from spoken_lines(one, keys, f"{key}.{name}".lstrip("."))
    else:
        for each in fields(value):  # type: ignore[arg-type]
            if each.name in keys:
                inner = f"{key}.{each.name}" if key else each.name
                yield from spoken_lines(getattr(value, each.name), keys, inner)


SPOKEN = frozenset(
    {"lines", "lines_when_called", "impressed", "doubtful", "again", "first", "before", "replies"}
)


SAID_BY_YOU = frozenset({"say", "model_answer"})


def check_templates(file: str, value: object, key: str = "") -> None:
    """Refuse a line that cannot be filled in. Raises PromptsError."""
    for keys, variables in ((SPOKEN, FILLED_IN), (SAID_BY_YOU, YOURS)):
        for where, line in spoken_lines(value, keys, key):
            try:
                templates.check(line, variables)
            except templates.TemplateFault as fault:
                raise PromptsError(f"{file}: '{where}' {fault}") from fault


def _own_file(kind: str, id_: str) -> str:
    return f"{id_}.toml in {own_folder(kind)}"


def _check_examples(criterion: Criterion) -> None:
    for key, lines in (("hears", criterion.hears), ("misses", criterion.misses)):
        if len(lines) < OWN_EXAMPLES:
            raise PromptsError(
                f"{_own_file('criteria', criterion.id)}: '{key}' has {len(lines)} lines. "
                f"Give at least {OWN_EXAMPLES}."
            )


def _listening(round_: Round, criterion: Criterion) -> Round:
    if criterion.kind == "do":
        return replace(round_, listens_for=(*round_.listens_for, (criterion.id,)))
    return replace(round_, better_without=(*round_.better_without, criterion.id))


def _by_id(folder: Path, name: str, kind: type[Kept]) -> dict[str, Kept]:
    """Every file of a folder; the file's name is the id."""
    found = _files(folder / name, kind)
    if not found:
        raise PromptsError(f"{folder / name} has no .toml file. Install voicecoach again.")
    return found


def _by_table(path: Path, kind: type[Kept]) -> dict[str, Kept]:
    """Every table of a file; the table's name is the id."""
    return {id_: _checked(path, id_, table, kind) for id_, table in _tables(path).items()}


def _skills(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        return TypeAdapter(dict[str, tuple[Text, ...]]).validate_python(_tables(path))
    except ValidationError as error:
        key = error.errors()[0]["loc"][0]
        raise PromptsError(
            f"{path.name}: '{key}' is no list of other wordings. Write [\"...\"], or []."
        ) from error


def _files(folder: Path, kind: type[Kept]) -> dict[str, Kept]:
    return {
        path.stem: _checked(path, path.stem, _tables(path), kind)
        for path in sorted(folder.glob("*.toml"))
    }


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PromptsError(f"{path.name} is not TOML: {error}. Mend that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PromptsError(f"{path} cannot be read: {error}. Restore the file.") from error


ADVICE = {
    "missing": "is missing. Add it.",
    "extra_forbidden": "is not a key we know. Remove it, or mend its spelling.",
    "unexpected_keyword_argument": "is not a key we know. Remove it, or mend its spelling.",
    "too_short": "is empty. Give at least one.",
    "string_too_short": "is empty. Write a text.",
}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _checked(path: Path, id_: str, table: Any, kind: type[Kept]) -> Kept:
    if not isinstance(table, dict):
        raise PromptsError(f"{path.name}: '{id_}' is not a table. Remove it, or write [{id_}].")
    if "id" in table:
        raise PromptsError(f"{path.name}: 'id' is given by the name, {id_}. Remove the key.")
    try:
        adapted: Any = kind
        checked: Kept = _adapter(adapted).validate_python({"id": id_, **table})
        return checked
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        advice = ADVICE.get(first["type"], f"does not fit: {first['msg']}. Mend its value.")
        where = f"{id_}.{key}" if path.stem != id_ else key
        raise PromptsError(f"{path.name}: '{where}' {advice}") from error


def _check_references(prompts: Prompts) -> None:
    """Refuse an id that nothing answers to."""

    def refuse_unknown(
        file: str, key: str, named_ids: Iterable[str], known: Mapping[str, object]
    ) -> None:
        for named in named_ids:
            if named not in known:
                raise PromptsError(
                    f"{file}: '{key}' names '{named}', which is not known. "
                    f"Take one of: {', '.join(known)}."
                )

    kinds = {id_: criterion.kind for id_, criterion in prompts.criteria.items()}
    dos = {id_: kind for id_, kind in kinds.items() if kind == "do"}
    avoids = {id_: kind for id_, kind in kinds.items() if kind == "avoid"}
    for criterion in prompts.criteria.values():
        refuse_unknown(f"{criterion.id}.toml", "implies", criterion.implies, dos)
        refuse_unknown(f"{criterion.id}.toml", "rounds", criterion.rounds, prompts.rounds)
    for round_ in prompts.rounds.values():
        if not 0 <= round_.target_s[0] < round_.target_s[1]:
            raise PromptsError(
                f"rounds.toml: '{round_.id}.target_s' goes from {round_.target_s[0]:g} to "
                f"{round_.target_s[1]:g} s. Put the shorter first."
            )
        for key, named_ids, known in (
            ("listens_for", [id_ for group in round_.listens_for for id_ in group], dos),
            ("even_better", round_.even_better, dos),
            ("better_without", round_.better_without, avoids),
            ("called_by", round_.called_by, dos),
        ):
            refuse_unknown("rounds.toml", f"{round_.id}.{key}", named_ids, known)
    for reply in prompts.replies.values():
        refuse_unknown("replies.toml", f"{reply.id}.rounds", reply.rounds, prompts.rounds)
        calls = {*prompts.criteria, *OTHER_REPLIES, *(f"after_{id_}" for id_ in prompts.rounds)}
        if not reply.about and reply.id not in calls:
            raise PromptsError(
                f"replies.toml: nothing calls for '{reply.id}'. Name it after a criterion, or "
                "give words under 'about'."
            )
    refuse_unknown("commands.toml", "(all)", (*COMMANDS, *ANSWERS, "around"), prompts.commands)
    for id_ in OTHER_REPLIES:
        refuse_unknown("replies.toml", "(all)", [id_], prompts.replies)
    for scenario in prompts.scenarios.values():
        file = f"{scenario.id}.toml"
        for key in ("rounds", "lines", "when"):
            refuse_unknown(file, key, tuple(getattr(scenario, key)), prompts.rounds)
        refuse_unknown(file, "profile", [scenario.profile or "example"], prompts.profiles)
    for persona in prompts.personas.values():
        for key in ("before", "lines"):
            named = tuple(getattr(persona, key))
            refuse_unknown(f"{persona.id}.toml", key, named, prompts.rounds)
        refuse_unknown(f"{persona.id}.toml", "replies", tuple(persona.replies), prompts.replies)


COMMANDS = ("again", "next", "repeat", "hear", "model", "tell", "quit")
"""What can be chosen after each round."""
ANSWERS = ("yes", "no")
"""What can be said to what is offered."""

OTHER_REPLIES = ("acknowledged", "heard_nothing", "too_long", "repeat", "asked_again")
"""Replies that no criterion and no word calls for, and that there must be. Beside them,
"after_" and a round's id acknowledge an answer to that round."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The range that is advised of a measure, and from where on something is said about it."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    low: float | None = None
    """The least advised; None where there is no lower limit."""
    high: float | None = None
    act_below: float | None = None
    """Below it advice is due; without it, below ``low`` is only shown."""
    act_above: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a measure before any answer: its unit, range, source and meaning."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    title: Text
    unit: Text
    digits: int
    """How many decimals mean something."""
    error: float
    """About how far off a value may be, in its unit, as benchmarks/delivery.py found."""
    source: Text
    meaning: Text
    heard: Text
    """A sentence with places for ``{value}``, ``{low}``, ``{high}``, ``{at}`` and ``{quote}``."""
    low: float | None = None
    high: float | None = None
    act_below: float | None = None
    act_above: float | None = None
    second_language: Limits | None = None
    """For someone whose first language is not English; None where the same limits hold."""
    scored: bool = False
    shown: bool = False
    at_least: bool = False
    too_low: tuple[Text, ...] = ()
    too_high: tuple[Text, ...] = ()
    phrases: tuple[Text, ...] = ()
    """What is looked for, in small letters."""

    @property
    def limits(self) -> Limits:
        return Limits(self.low, self.high, self.act_below, self.act_above)


@dataclass(frozen=True, slots=True)
class Occasion:
    """How one kind of advice is worded, in variants with places to fill in."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "forbid"}

    id: Text
    heard: Lines
    try_next: Lines


@cache
def measured(folder: Path | None = None) -> Mapping[str, Measured]:
    """prompts/measures.toml, by name. Raises PromptsError."""
    return _named_tables(folder, "measures.toml", Measured)


@cache
def wording(folder: Path | None = None) -> Mapping[str, Occasion]:
    """prompts/wording.toml, by occasion. Raises PromptsError."""
    return _named_tables(folder, "wording.toml", Occasion)


def _named_tables(folder: Path | None, name: str, kind: type[Kept]) -> dict[str, Kept]:
    path = (folder or folder_of("prompts")) / name
    return {id_: _checked(path, id_, table, kind) for id_, table in _tables(path).items()}
