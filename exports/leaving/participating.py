"""From a participation to `Participant`: what each profile lets leave of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.guide import Consent
from bot.model import Spot, State
from exports.code_names import HELPED
from exports.columns import coded
from exports.confidentiality import Profile
from exports.leaving.lessening import coarse
from exports.leaving.pseudonyms import Pseudonyms
from exports.leaving.recording import answers
from exports.records import Agreement, Participant
from exports.runs import Run, day
from exports.vocabulary import Question


def participant(
    run: Run,
    profile: Profile,
    names: Pseudonyms,
    allowed: Mapping[str, Question],
) -> Participant:
    """The participation as the profile lets it leave, without its `run` nor its contributions.

    Small groups are dealt with afterwards. Published: the pseudonym, the questionnaire and the
    allowed answers, nothing else.
    """
    talk = run.participation.conversation
    chosen = coarse(answers(run, allowed), allowed, profile)
    reference = run.reference if profile is Profile.INTERNAL else names.participation(run.reference)
    row = Participant(reference, run.guide.guide, run.guide.version, "", answers=chosen)
    if profile is Profile.PUBLIC:
        return replace(row, version="")  # who answered an old one may be very few
    row = replace(
        row,
        status=run.participation.status,
        unsaid=_unsaid(run, allowed),
        agreements=_agreements(run),
        channel=talk.channel,
        started_on=day(talk.started),
        active_on=run.participation.active_on,
    )
    if profile is Profile.PARTNER:
        return row
    return replace(
        row,
        origin=talk.origin,
        helped=coded(talk.helped, HELPED),
        helped_by=run.helped_by,
        helper_session=talk.helper,
    )


def _unsaid(run: Run, allowed: Mapping[str, Question]) -> dict[str, str]:
    """Why there is no answer at these steps."""
    found: dict[str, str] = {}
    for step in allowed:
        if not run.counted(step):
            answer = run.answer(Spot(step)) if Spot(step) in run.path else None
            left = answer is None or answer.state is State.ANSWERED
            found[step] = (State.NOT_ASKED if left or answer is None else answer.state).value
    return found


def _agreements(run: Run) -> dict[str, Agreement]:
    found: dict[str, Agreement] = {}
    for step in run.guide.steps.values():
        if isinstance(step, Consent):
            answer = run.answer(Spot(step.id))
            given = run.consent(step.id)
            found[step.id] = (
                Agreement(given, answer.version, day(answer.at)) if answer else Agreement(given)
            )
    return found
