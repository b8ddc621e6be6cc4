"""Small services for the fleet, their releases and units."""

from tests.fleet.apps.releases import KINDS, MORE_KINDS, PACKAGES, make_release, sample_units

__all__ = ["KINDS", "MORE_KINDS", "PACKAGES", "make_release", "sample_units"]
