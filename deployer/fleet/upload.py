"""An upload to one host: the whole release, or what the live one there lacks of it."""

import io
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeVar

from deployer.fleet.caller import Caller
from deployer.host.acts import Compare, Stage
from deployer.host.facts import Failure
from deployer.host.receipts import Staged
from deployer.task import Part, Payload

A = TypeVar("A", Stage, Compare)

_WORTH_PACKING = 64 << 10
"""Shorter lists cost a host less to read than to unpack, in bytes."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a host has to be sent: how many of the release's `files`, and how many bytes in all."""

    files: int
    size: int


def listed(act: A, payload: Payload, tools: Collection[str]) -> A:
    """Tell an act how long the lists are, and how packed, that a host with these tools is sent."""
    listing = payload.listing
    packs = "gzip" in tools and len(listing.attributes) + len(listing.sums) > _WORTH_PACKING
    packed = len(listing.packed) if packs else None
    return replace(act, attributes=len(listing.attributes), sums=len(listing.sums), packed=packed)


class Upload:
    """The uploads of a release. `need` is what the last one took, lists of files included; all of it at first."""

    def __init__(self, payload: Payload, caller: Caller) -> None:
        self._payload = payload
        self._caller = caller
        self.need = Need(len(payload.files), payload.stream_size)

    def carry_out(self, act: Stage) -> Staged | Failure:
        """Have the release put in its place. Never raises."""
        if act.stream is None:
            return self._caller.exchange(act, self._opening(act), self._rest, most=self._most)
        with self._payload.open() as stream:
            return self._caller.call(act, stream)

    def compare(self, act: Compare) -> Need | None:
        """Find out what would have to be sent, and send nothing; None when the host does not tell. Never raises."""
        got = self._caller.exchange(act, self._opening(act), self._nothing, most=self._most)
        return None if isinstance(got, Failure) else self.need

    @property
    def _most(self) -> int:
        return len(self._payload.listing.sums)

    def _opening(self, act: Stage | Compare) -> bytes:
        listing = self._payload.listing
        opening = listing.attributes + listing.sums if act.packed is None else listing.packed
        self.need = Need(0, len(opening))
        return opening

    def _part(self, lacking: list[str]) -> Part:
        part = self._payload.part(lacking)
        self.need = Need(len(lacking), self.need.size + part.size)
        return part

    def _rest(self, lacking: list[str]) -> tuple[bytes, BinaryIO]:
        part = self._part(lacking)
        return f"{part.sha256} {part.size}\n".encode(), part.open()

    def _nothing(self, lacking: list[str]) -> tuple[bytes, BinaryIO]:
        self._part(lacking)
        return b"", io.BytesIO()
