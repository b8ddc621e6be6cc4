"""Small services for the fleet, their releases and units."""

from tests.fleet.apps.releases import KINDS, make_release, sample_units

__all__ = ["KINDS", "make_release", "sample_units"]
