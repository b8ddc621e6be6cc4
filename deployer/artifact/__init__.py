"""What is rolled out: a folder, a file or an archive, checked, and turned into one reproducible tar stream."""

from deployer.artifact.artifact import Artifact, load
from deployer.artifact.entry import Entry, Kind

__all__ = ["Artifact", "Entry", "Kind", "load"]
