"""One look at the host, from facts to score; runs in a thread.

What may not live here: widgets and the session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from screens.engine import Detection, Engine
from wizard.detect import login_refusal
from wizard.errors import PlanError
from wizard.model.answers import Attestation, Recommendation
from wizard.model.facts import Instance
from wizard.model.finding import Report
from wizard.model.login import Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one look came to."""

    detection: Detection
    instance: Instance | None = None
    """``None`` when there is none, or several to choose from."""
    recommendation: Recommendation | None = None
    """``None`` while the instance is not clear."""
    report: Report | None = None
    trouble: str = ""
    """Why there is no recommendation."""
    refusal: str = ""
    """Why the login that the operator gave opens nothing; empty where it does, or none was given."""


def look(
    engine: Engine,
    login: Login | None,
    config: PurePosixPath | None,
    name: str,
    attestations: Sequence[Attestation],
    today: date,
) -> Found:
    """Read the host, choose the instance, recommend, and run the checklist.

    Raises:
        WizardError: the host could not be looked at.
    """
    detection = engine.detect(login, config, name)
    facts = detection.facts
    try:
        instance = engine.choose(facts, name) if facts.instances else None
    except PlanError as error:
        return Found(detection=detection, trouble=str(error), refusal=login_refusal(facts.instances, login))
    recommendation = engine.recommend(facts, instance)
    report = engine.check(facts, instance.name, attestations, today) if instance else None
    return Found(
        detection=detection,
        instance=instance,
        recommendation=recommendation,
        report=report,
        refusal=login_refusal((instance,) if instance else (), login),
    )
