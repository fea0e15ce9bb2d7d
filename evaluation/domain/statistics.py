"""Numbers that can be defended. Shares with their intervals are counted in curation too."""

from curation.domain.proportions import Estimate, Proportion, wilson_interval

__all__ = ["Estimate", "Proportion", "wilson_interval"]
