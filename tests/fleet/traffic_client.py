"""The process that sends traffic: open loop over one epoll, so that a thousand requests a second cost little.

Run by `traffic.py`: a JSON object on the command line says what to send. It begins at once, stops when stdin is closed,
waits for the answers that are due, and prints one line per request when it is over:
name, scheduled (Unix seconds), latency (seconds), outcome, status, reused (0 or 1), release, separated by tabs.
"""

import errno
import json
import os
import resource
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field

READ = 64 * 1024
MOST = 64 * 1024
STDIN = 0
OUTCOMES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """Where requests go: a name for reports, an address, and the bytes to send."""

    name: str
    address: tuple[str, int]
    request: bytes


@dataclass(slots=True)
class Request:
    """One request on its way; `due` in the monotonic clock's seconds."""

    goal: Goal
    due: float
    sock: socket.socket
    reused: bool = False
    sent: int = 0
    answer: bytearray = field(default_factory=bytearray)
    over: bool = False


class Client:
    """Sends `rate` requests per second to every goal, evenly spread, whatever the answers do."""

    def __init__(self, goals: list[Goal], rate: float, timeout: float, *, keep_alive: bool) -> None:
        self.goals = goals
        self.rate = rate
        self.timeout = timeout
        self.keep_alive = keep_alive
        self.poll = select.epoll()
        self.open: dict[int, Request] = {}
        self.waiting: deque[Request] = deque()
        self.idle: dict[Goal, list[socket.socket]] = {goal: [] for goal in goals}
        self.idle_by_fd: dict[int, Goal] = {}
        self.lines: list[str] = []
        self.wall = time.time() - time.monotonic()

    def run(self) -> None:
        """Send until stdin is closed, then wait for the answers that are still due."""
        self.poll.register(STDIN, select.EPOLLIN | select.EPOLLHUP)
        began, turn, sending = time.monotonic(), 0, True
        step = 1 / (self.rate * len(self.goals))
        while sending or self.open:
            now = time.monotonic()
            while sending and began + turn * step <= now:
                self.send(self.goals[turn % len(self.goals)], began + turn * step)
                turn += 1
            next_turn = began + turn * step if sending else now + 0.1
            self.expire(now)
            self.flush()
            for fd, event in self.poll.poll(max(0.0, min(next_turn - time.monotonic(), 0.1))):
                if fd == STDIN:
                    sending = sending and bool(os.read(STDIN, 1))
                else:
                    self.progress(fd, event)
        self.flush()

    def send(self, goal: Goal, due: float) -> None:
        """Begin one request, on a connection kept open if there is one."""
        kept = self.idle[goal]
        sock = kept.pop() if kept else socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        request = Request(goal, due, sock, reused=bool(self.idle_by_fd.pop(sock.fileno(), None)))
        self.open[sock.fileno()] = request
        self.waiting.append(request)
        if request.reused:
            self.poll.modify(sock, select.EPOLLIN | select.EPOLLOUT)
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(goal.address)
        self.poll.register(sock, select.EPOLLIN | select.EPOLLOUT)
        if code not in {0, errno.EINPROGRESS}:
            self.finish(request, OUTCOMES.get(code, "reset"))

    def progress(self, fd: int, event: int) -> None:
        """Go on with the request of one socket."""
        request = self.open.get(fd)
        if request is None:
            self.drop_idle(fd)
            return
        try:
            if request.sent < len(request.goal.request):
                self.write(request, event)
            if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self.read(request)
        except BlockingIOError:
            return
        except OSError as error:
            self.finish(request, OUTCOMES.get(error.errno or 0, "reset"))

    def write(self, request: Request, event: int) -> None:
        """Send what is left of the request; an error of connect(2) shows here."""
        if event & (select.EPOLLERR | select.EPOLLHUP):
            code = request.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code))
        request.sent += request.sock.send(request.goal.request[request.sent :])
        if request.sent == len(request.goal.request):
            self.poll.modify(request.sock, select.EPOLLIN)

    def read(self, request: Request) -> None:
        """Take what has come; an answer is complete by its length, or at the end of the stream where it states none."""
        piece = request.sock.recv(READ)
        request.answer += piece
        head, found, body = bytes(request.answer).partition(b"\r\n\r\n")
        length = content_length(head) if found else None
        complete = bool(found) and (len(body) >= length if length is not None else not piece)
        if complete:
            self.judge(request, head, body)
        elif not piece or len(request.answer) > MOST:
            self.finish(request, "cut")

    def judge(self, request: Request, head: bytes, body: bytes) -> None:
        """An answer came whole: see whether it is a good one."""
        try:
            status = int(head.split(b" ", 2)[1])
        except (IndexError, ValueError):
            self.finish(request, "bad")
            return
        keep = self.keep_alive and b"connection: close" not in head.lower() and content_length(head) is not None
        self.finish(request, "ok" if status == 200 else "bad", status, release_of(head, body), keep=keep)

    def finish(self, request: Request, outcome: str, status: int = 0, release: str = "", *, keep: bool = False) -> None:
        """Write down how a request ended; keep or close its connection."""
        fd, goal = request.sock.fileno(), request.goal
        request.over = True
        del self.open[fd]
        latency = time.monotonic() - request.due
        times = f"{self.wall + request.due:.6f}\t{latency:.6f}"
        self.lines.append(f"{goal.name}\t{times}\t{outcome}\t{status}\t{int(request.reused)}\t{release}")
        if keep:
            self.idle[goal].append(request.sock)
            self.idle_by_fd[fd] = goal
        else:
            request.sock.close()

    def drop_idle(self, fd: int) -> None:
        """A connection kept open was closed by the other side while nothing was asked: nothing is lost."""
        goal = self.idle_by_fd.pop(fd, None)
        if goal is not None:
            sock = next(kept for kept in self.idle[goal] if kept.fileno() == fd)
            self.idle[goal].remove(sock)
            sock.close()

    def expire(self, now: float) -> None:
        """End requests that are unanswered for too long."""
        while self.waiting and (self.waiting[0].over or self.waiting[0].due + self.timeout <= now):
            request = self.waiting.popleft()
            if not request.over:
                self.finish(request, "timeout")

    def flush(self) -> None:
        """Hand the finished ones over."""
        if self.lines:
            sys.stdout.write("\n".join(self.lines) + "\n")
            sys.stdout.flush()
            self.lines.clear()


def content_length(head: bytes) -> int | None:
    """The length that an answer states, or None."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return None


def release_of(head: bytes, body: bytes) -> str:
    """The release id of an answer: header X-Release, else the key `release` of a JSON body, else empty."""
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"x-release:"):
            return line.split(b":", 1)[1].strip().decode("ascii", "replace")
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("release", "")).replace("\t", " ").replace("\n", " ") if isinstance(found, dict) else ""


def main() -> None:
    """Read the order from the command line and carry it out."""
    order = json.loads(sys.argv[1])
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    goals = [Goal(name, (host, port), request.encode()) for name, host, port, request in order["goals"]]
    Client(goals, order["rate"], order["timeout"], keep_alive=order["keep_alive"]).run()


if __name__ == "__main__":
    main()
