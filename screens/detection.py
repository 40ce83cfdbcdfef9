"""Reads the host, from facts to score; runs in a thread."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from screens.engine import Detection, Engine
from wizard.errors import PlanError, WizardError
from wizard.model.answers import Attestation, Recommendation
from wizard.model.facts.host import HostFacts
from wizard.model.facts.instance import Instance
from wizard.model.finding import Report
from wizard.model.login import Login
from wizard.model.value import Value, field

if TYPE_CHECKING:
    from wizard.config import ResolvedConfig
    from wizard.drift import Drift


class HostReading(Value, frozen=True, kw_only=True):
    """What was read of the host."""

    detection: Detection
    instance: Instance | None = None
    """``None`` when there is none, or several to choose from."""
    recommendation: Recommendation | None = None
    """``None`` while the instance is not clear."""
    report: Report | None = None
    drift: "Drift | None" = None
    """What differs from what the last apply left; ``None`` where none is in force, or that cannot be read."""
    failure: str = ""
    """Why there is no recommendation."""
    refusal: str = ""
    """Why the server refuses the given login; empty when it accepts it or none was given."""
    left_by_applies: Mapping[str, str] = field(default_factory=dict)
    """The values that the applies in effect left, by directive or kernel key."""
    configuration: "ResolvedConfig | None" = None
    """That of the instance: it is asked at each key."""
    user_rules: Mapping[str, str] = field(default_factory=dict)
    """The rules of each user of the instance."""


def read_host(
    engine: Engine,
    login: Login | None,
    config: PurePosixPath | None,
    name: str,
    attestations: Sequence[Attestation],
    today: date,
) -> HostReading:
    """Return the facts, the chosen instance, the recommendation and the report.

    Raises:
        WizardError: the host could not be read.
    """
    from wizard.config import configuration_of  # noqa: PLC0415 - as below
    from wizard.detect import login_refusal  # noqa: PLC0415 - large, and not needed for the first paint

    detection = engine.detect(login, config, name)
    facts = detection.facts
    try:
        instance = engine.choose(facts, name) if facts.instances else None
    except PlanError as error:
        return HostReading(detection=detection, failure=str(error), refusal=login_refusal(facts.instances, login))
    recommendation = engine.recommend(facts, instance)
    report = engine.check(facts, instance.name, attestations, today) if instance else None
    return HostReading(
        detection=detection,
        instance=instance,
        recommendation=recommendation,
        report=report,
        drift=_drift(engine, facts, instance),
        refusal=login_refusal((instance,) if instance else (), login),
        left_by_applies=_left_by_applies(engine, instance),
        configuration=configuration_of(instance) if instance else None,
        user_rules=instance.user_rules if instance else {},
    )


def _left_by_applies(engine: Engine, instance: Instance | None) -> Mapping[str, str]:
    """Return nothing where the snapshots cannot be read: the steps do without them."""
    try:
        return engine.left_by_applies(instance.name) if instance else {}
    except WizardError:
        return {}


def _drift(engine: Engine, facts: HostFacts, instance: Instance | None) -> "Drift | None":
    # Without root the snapshots cannot be read, and the start screen says that much already.
    with suppress(WizardError):
        return engine.drift(facts, instance)
    return None
