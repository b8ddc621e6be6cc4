"""A TCP relay before a host's port: it delays, thins, counts, stalls and cuts, where the kernel has no netem for it."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

PIECE = 16 * 1024
PIECES_ON_THE_WAY = 256
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Relay:
    """Listens on 127.0.0.1:`port` (a free one) and carries every connection to `address`, in a thread of its own.

    `delay`: seconds that each byte is late, in each direction. `rate`: bytes per second upwards, over all connections
    (None: as they come). `cut_after`: when so many bytes went upwards, every connection is reset (None: never).
    `connections` and `sent` (bytes upwards) count what was carried.
    """

    def __init__(
        self, address: tuple[str, int], *, delay: float = 0.0, rate: float | None = None, cut_after: int | None = None
    ) -> None:
        self.address = address
        self.delay = delay
        self.rate = rate
        self.cut_after = cut_after
        self.connections = 0
        self.sent = 0
        self._free_at = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()], daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def known_hosts(self, host_key: str) -> str:
        """The line of known_hosts for the sshd behind it."""
        return f"[127.0.0.1]:{self.port} {host_key}\n"

    def stall(self) -> None:
        """Carry nothing until `go_on`; connections stay open."""
        self._soon(self._flowing.clear)

    def go_on(self) -> None:
        """End `stall`."""
        self._soon(self._flowing.set)

    def cut(self) -> None:
        """Reset every open connection."""
        self._soon(self._cut)

    def __enter__(self) -> Self:
        """Begin to carry."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Reset what is open, and stop."""
        self._soon(self._stop)
        self._thread.join(timeout=30)
        self._loop.close()
        self._listener.close()

    def _soon(self, act: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(act)

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._accept, sock=self._listener, limit=PIECE)
        await self._over.wait()
        server.close()
        self._cut()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _stop(self) -> None:
        self._over.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is None:
            return
        self._carrying.add(task)
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._carry(reader, writer)
        self._writers.discard(writer)
        writer.transport.abort()
        self._carrying.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self.address, limit=PIECE)
        self._writers.add(far_writer)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer, upwards=True))
                both.create_task(self._pump(far_reader, writer, upwards=False))
        except* OSError:
            pass  # one end is gone: so is the connection
        finally:
            self._writers.discard(far_writer)
            far_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool) -> None:
        """Carry one direction: pieces wait in a line until they are due, so that a delay costs no throughput."""
        line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(PIECES_ON_THE_WAY)
        async with asyncio.TaskGroup() as ends:
            ends.create_task(self._deliver(line, writer))
            while True:
                piece = await reader.read(PIECE)
                await line.put((self._loop.time() + self.delay, piece))
                if not piece:
                    break
                if upwards:
                    await self._pay(len(piece))

    async def _deliver(self, line: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        while True:
            due, piece = await line.get()
            await asyncio.sleep(due - self._loop.time())
            await self._flowing.wait()
            if not piece:
                writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()

    async def _pay(self, size: int) -> None:
        """Count what went upwards, wait for the rate, cut at the mark."""
        self.sent += size
        if self.cut_after is not None and self.sent >= self.cut_after:
            self._cut()
        if self.rate:
            self._free_at = max(self._free_at, self._loop.time()) + size / self.rate
            await asyncio.sleep(self._free_at - self._loop.time())

    def _cut(self) -> None:
        for writer in self._writers:
            raw: socket.socket | None = writer.get_extra_info("socket")
            if raw is not None:
                with contextlib.suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()
