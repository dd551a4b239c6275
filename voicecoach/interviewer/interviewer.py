"""What the interviewer says next, from what has been said so far.

All that is remembered is one frozen Talk, so that a try can be taken back and a talk be kept; the
lines are data (prompts/rounds.toml, replies.toml, personas, scenarios).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from voicecoach import templates
from voicecoach.errors import PromptsError
from voicecoach.findings.finding import Review
from voicecoach.interviewer import profile as profiles
from voicecoach.interviewer import story
from voicecoach.interviewer.asked import Asked, asked
from voicecoach.interviewer.impression import Impression, Mood, Outcome, moved, too_long
from voicecoach.scenarios import Condition, Persona, Profile, Prompts, Round, Scenario, Wording


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one of the interviewers says."""

    text: str
    speaker: int = 0
    """Their place in the persona's names: 1 only in a panel."""


@dataclass(frozen=True, slots=True)
class Talk:
    """All that the interviewer remembers."""

    held: tuple[str, ...] = ()
    """Ids of the rounds, in their order."""
    replied: tuple[str, ...] = ()
    """Ids of the replies given to what was asked."""
    date_given: bool = False
    called: tuple[str, ...] = ()
    """Rounds that answers have called up, held or not."""
    announced: str | None = None
    """The called-up round that the last reply has led up to."""
    impression: Impression = field(default_factory=Impression)
    outcome: Outcome | None = None
    """Decided once, where a story first depends on it."""
    readings: tuple[str, ...] = ()
    """For the debrief: what replies gave away."""
    turns: int = 0
    """How many utterances there were: a panel takes turns."""


@dataclass(frozen=True, slots=True)
class Debrief:
    """What is told after the talk, and never during it."""

    persona: Persona
    impression: Impression
    mood: Mood
    outcome: Outcome | None
    """None where the story came to none."""
    readings: tuple[str, ...]


class Interviewer:
    """One persona in one scenario, who asks, listens, replies and remembers."""

    def __init__(
        self,
        prompts: Prompts,
        scenario: Scenario,
        persona: Persona | None = None,
        profile: Profile | None = None,
        *,
        today: date | None = None,
        random: Random | None = None,
        talk: Talk | None = None,
    ) -> None:
        """*talk*: what a broken-off talk had come to, to go on with it."""
        self._prompts = prompts
        self._scenario = scenario
        self.persona = persona or prompts.personas["neutral"]
        self._profile = profile or profiles.of(scenario, prompts)
        self._values = profiles.values(self._profile, today or date.today())
        self._random = random or Random()
        self.talk = talk or Talk()
        self._before = self.talk
        self._used: list[str] = []
        self._last_line = ""

    def next_round(self) -> Round | None:
        """The round to hold next; None at the end of the story."""
        met: list[Condition] = ["other_offers"] if self._profile.other_offers else []
        outcome = self.talk.outcome or self.talk.impression.outcome(self.persona)
        if outcome:
            met.append(outcome)
        id_ = story.next_round(self._scenario, self.talk.held, self.talk.called, met)
        if id_ and outcome and self._scenario.when.get(id_) == outcome:
            self.talk = replace(self.talk, outcome=outcome)
        return self._prompts.rounds[id_] if id_ else None

    def line(self, round_: Round) -> Utterance:
        """Open *round_*, in another variant each time as long as there are any."""
        first_try = round_.id not in self.talk.held
        called = first_try and round_.id in self.talk.called
        remark = ""
        pools: list[Sequence[str]]
        if called and round_.lines_when_called:
            pools = [round_.lines_when_called]
        else:
            own = self._scenario.lines.get(round_.id)
            pools = [own] if own else [self.persona.lines.get(round_.id, ()), round_.lines]
        if called and self.talk.announced != round_.id:
            # It was asked for among other things, and has waited for its turn.
            asking = next(id_ for id_ in round_.called_by if id_ in self._prompts.replies)
            remark = self._wording_of(asking)
        elif first_try and not called and (ahead := self._ahead(round_)):
            remark = self._choose([ahead])
        self._last_line = self._choose(pools)
        if first_try:
            self.talk = replace(self.talk, held=(*self.talk.held, round_.id), announced=None)
        utterance = self._speak(f"{remark} {self._last_line}".strip())
        if first_try:
            self._before = self.talk
        return utterance

    def pass_over(self, round_: Round) -> None:
        """Go on as though *round_* had been held: there is no answer to it."""
        if round_.id not in self.talk.held:
            self.talk = replace(self.talk, held=(*self.talk.held, round_.id))

    def repeat(self, round_: Round) -> str:
        """The line that opened *round_*, said once more on request."""
        line = self._last_line or self._fill(round_.lines[0])
        return self._choose(self._wordings("repeat", "even"), {"line": line})

    def hear(self, review: Review) -> tuple[Utterance, ...]:
        """What is replied to an answer; nothing where nobody is there to reply."""
        round_ = review.round
        if round_ is None:
            return ()
        criteria = self._prompts.criteria
        impression = moved(self.talk.impression, review, self.persona, criteria)
        met = [one for one, finding in review.heard.items() if finding.verdict == "met"]
        calling = story.called_up(met, round_, self._prompts.rounds)
        called = tuple(dict.fromkeys((*self.talk.called, *calling)))
        self.talk = replace(self.talk, impression=impression, called=called)
        if round_.setting == "alone":
            return ()
        if review.heard_nothing:
            return (self._reply("heard_nothing"),)
        said = [self._reply("too_long")] if too_long(review, self.persona) else []
        calls = asked(review, self._prompts.replies)
        following = next(iter(self._to_come()), None)
        # What leads up to the next round comes last, and what calls up a later one waits for it.
        leads_up = [one for one in calls if self._calls_up(one, following)]
        for one in calls:
            if not any(self._calls_up(one, id_) for id_ in self._to_come()):
                said.append(self._speak(self._wording_of(one.reply)))
        for one in leads_up:
            said.append(self._speak(self._wording_of(one.reply)))
            self.talk = replace(self.talk, announced=following)
        if not calls:
            special = f"after_{round_.id}"
            said.append(
                self._reply(special if special in self._prompts.replies else "acknowledged")
            )
        return tuple(said)

    def again(self) -> None:
        """Forget the last answer: the same round is tried once more."""
        self.talk = self._before

    def debrief(self) -> Debrief:
        talk = self.talk
        return Debrief(
            persona=self.persona,
            impression=talk.impression,
            mood=talk.impression.mood(self.persona),
            outcome=talk.outcome,
            readings=talk.readings,
        )

    def name_of(self, utterance: Utterance) -> str:
        return self.persona.names[utterance.speaker]

    def _to_come(self) -> list[str]:
        """The rounds that were called up and not held yet."""
        return [id_ for id_ in self.talk.called if id_ not in self.talk.held]

    def _calls_up(self, one: Asked, round_id: str | None) -> bool:
        return bool(round_id) and one.reply in self._prompts.rounds[round_id or ""].called_by

    def _ahead(self, round_: Round) -> Sequence[str]:
        """What is said ahead of a round's line: how much time is left, for one."""
        if not self.talk.held and round_.setting == "interview":
            return self.persona.first
        return self.persona.before.get(round_.id, ())

    def _wording_of(self, id_: str) -> str:
        """What is replied to something asked or done, and what that leaves behind."""
        reply = self._prompts.replies[id_]
        known = id_ in self.talk.replied
        mood = self.talk.impression.mood(self.persona)
        if not known:
            pools = self._wordings(id_, mood)
        elif reply.again or self.persona.replies.get(id_, Wording()).again:
            pools = self._wordings(id_, "again")
        else:
            # A reaction may come twice; the same answer twice would be odd.
            pools = self._wordings("asked_again" if reply.family == "job" else id_, mood)
        text = self._choose(pools)
        readings = {"impressed": reply.reading_impressed, "doubtful": reply.reading_doubtful}
        reading = "" if known else readings.get(mood) or reply.reading
        self.talk = replace(
            self.talk,
            replied=(*self.talk.replied, id_),
            date_given=self.talk.date_given or reply.gives_date,
            readings=(*self.talk.readings, *([reading] if reading else [])),
        )
        return text

    def _reply(self, id_: str) -> Utterance:
        mood = self.talk.impression.mood(self.persona)
        return self._speak(self._choose(self._wordings(id_, mood)))

    def _wordings(self, id_: str, kind: str) -> list[Sequence[str]]:
        """The variants of a reply, the persona's own first; those of a kind, where there are."""
        neutral = self._prompts.replies[id_]
        own = self.persona.replies.get(id_, Wording())
        special = [getattr(one, kind) for one in (own, neutral)] if kind in KINDS else []
        if any(special):
            return special
        return [own.lines, neutral.lines]

    def _speak(self, text: str) -> Utterance:
        speaker = self.talk.turns % len(self.persona.names)
        self.talk = replace(self.talk, turns=self.talk.turns + 1)
        return Utterance(text, speaker)

    def _choose(
        self, pools: Iterable[Sequence[str]], more: Mapping[str, object] | None = None
    ) -> str:
        """A variant that was not said yet, from the first pool that has one; else the oldest."""
        filled = [[self._fill(line, more) for line in pool] for pool in pools]
        fresh = ([line for line in pool if line not in self._used] for pool in filled)
        left = next((lines for lines in fresh if lines), None)
        if left:
            chosen = self._random.choice(left)
        else:
            chosen = min((line for pool in filled for line in pool), key=self._used.index)
            self._used.remove(chosen)
        self._used.append(chosen)
        return chosen

    def _fill(self, line: str, more: Mapping[str, object] | None = None) -> str:
        known = {
            "interviewer": self.persona.names[0],
            "minutes": self.persona.minutes,
            "date_given": self.talk.date_given or not self._held_interview(),
            "line": self._last_line,
        }
        try:
            return templates.render(line, {**self._values, **known, **(more or {})})
        except templates.TemplateFault as fault:
            raise PromptsError(f'The line "{line}" {fault}') from fault

    def _held_interview(self) -> bool:
        """Whether there was an interview to ask for the date in."""
        return any(self._prompts.rounds[id_].setting == "interview" for id_ in self.talk.held)


KINDS = ("impressed", "doubtful", "again")
"""The wordings of a reply beside those for any mood."""
