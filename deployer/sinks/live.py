"""The console on a terminal: waves and hosts as they are now, above them what matters, at the end a table."""

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from deployer import events as ev
from deployer.sinks.ending import ending, went_well
from deployer.sinks.line import Weight, line
from deployer.sinks.phrases import clock, doing, release, span, stage, streak, whereabouts
from deployer.sinks.rulings import pending
from deployer.sinks.story import HostStory, Progress, Standing, Story, WaveStory

REFRESH = 0.1
"""Seconds between two pictures, at least."""

_WAVE_STYLES = {Progress.PASSED: "green", Progress.FAILED: "red", Progress.WAITING: "dim", Progress.HELD: "yellow"}
_HOST_STYLES = {
    Standing.CONFIRMED: "green", Standing.HEALTHY: "green", Standing.UNCHANGED: "green", Standing.WAITING: "dim",
    Standing.REVERTING: "yellow", Standing.REVERTED: "yellow", Standing.STRANDED: "bold red", Standing.HELD: "yellow",
}  # fmt: skip
_LINE_STYLES = {Weight.FAILURE: "red", Weight.LOOK: "dim"}
_DONE = {Standing.CONFIRMED, Standing.HEALTHY, Standing.UNCHANGED}
_DULL = {Standing.WAITING, Standing.STAGED, Standing.CONFIRMED, Standing.UNCHANGED}


class LiveConsole:
    """Shows progress in place on a terminal. It draws when it hears, on the caller's thread, and has no clock."""

    def __init__(self, console: Console, plan: str, weight: Weight = Weight.MILESTONE) -> None:
        self._console, self._plan, self._weight = console, plan, weight
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._drawn = 0.0

    def hear(self, event: ev.Event, story: Story) -> None:
        """Write what matters above, and draw the picture anew."""
        if isinstance(event, ev.RolloutStarted):
            self._live.start()
        said = line(event, story)
        if said is not None and said.weight <= self._weight:
            self._print(f"{clock(event.at)} {said}", _LINE_STYLES.get(said.weight, ""))
        if event.at - self._drawn >= REFRESH:
            self._drawn = event.at
            self._live.update(picture(story, self._console.size.height), refresh=True)

    def close(self, story: Story) -> None:
        """Take the picture away, write the table of all hosts and how it ended."""
        self._live.stop()
        if story.started is not None:
            self._console.print(table(story))
            first, *rest = ending(story, self._plan, hosts_shown=True)
            self._print(first, "bold green" if went_well(story) else "bold red")
            for text in rest:
                self._print(text, "")

    def _print(self, text: str, style: str) -> None:
        self._console.print(Text(text, style), soft_wrap=True)


def picture(story: Story, height: int) -> Group:
    """Draw waves and hosts as they are now, in at most `height` lines."""
    room = max(3, height - len(story.waves) - 4)
    return Group(_waves(story), Text(), *_hosts(story, room))


def table(story: Story) -> Table:
    """Draw how every host ended."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("wave", "host", "before", "now", "healthy after", "outcome"):
        drawn.add_column(name, overflow="fold")
    for host in story.hosts.values():
        proved = span(host.proved) if host.proved is not None else "-"
        cells = (host.wave, host.name, release(host.before), release(host.now), proved)
        drawn.add_row(*map(Text, cells), Text(whereabouts(host), _style(host)))
    return drawn


def _waves(story: Story) -> Table:
    drawn = Table.grid(padding=(0, 2, 0, 0))
    for wave in story.waves.values():
        hosts = story.of_wave(wave.name)
        done = sum(host.standing in _DONE for host in hosts)
        drawn.add_row(
            Text(wave.name, "bold"), ProgressBar(max(1, len(hosts)), done, width=20), Text(f"{done}/{len(hosts)}"),
            Text(_stage(wave, story), _WAVE_STYLES.get(wave.progress, "")), Text(_age(wave, story), "dim"),
        )  # fmt: skip
    return drawn


def _stage(wave: WaveStory, story: Story) -> str:
    needed = pending(wave) if wave.progress is Progress.BAKING else ""
    return f"{stage(wave, story)}; {needed}" if needed else stage(wave, story)


def _age(wave: WaveStory, story: Story) -> str:
    return span(story.at - wave.started) if wave.started and not wave.ended else ""


def _hosts(story: Story, room: int) -> tuple[Table | Text, ...]:
    drawn = Table.grid(padding=(0, 2, 0, 0))
    chosen = sorted(story.hosts.values(), key=lambda host: (_dull(host), host.standing in _DONE))
    shown = {host.name for host in (chosen if len(chosen) <= room else chosen[: room - 1])}
    for host in story.hosts.values():
        if host.name in shown:
            cells = (Text(host.place), Text(doing(host, story), _style(host)), Text(streak(host), "dim"))
            drawn.add_row(*(_cut(cell) for cell in cells))
    more = len(chosen) - len(shown)
    return (drawn, Text(f"... and {more} more", "dim")) if more else (drawn,)


def _cut(cell: Text) -> Text:
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def _dull(host: HostStory) -> bool:
    return host.act is None and host.failure is None and not host.lost and host.standing in _DULL


def _style(host: HostStory) -> str:
    return "red" if host.failure and host.standing in _DULL else _HOST_STYLES.get(host.standing, "")
