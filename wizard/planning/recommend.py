"""The strongest answers that break no client seen connected, each with its reason.

One function a section. What may not live here: how an answer becomes a change.
"""

from wizard.model.answers import Answers, Recommendation
from wizard.model.facts import HostFacts, Instance


def recommend(facts: HostFacts, instance: Instance | None) -> Recommendation:
    """Derive answers from the facts."""
    return Recommendation(answers=Answers(), reasons={})
