"""The rollout as one JSON document: summary.json, and what `--json` prints."""

from dataclasses import asdict

from deployer.events import RolloutStarted
from deployer.facts import Receipt, Verb
from deployer.gates.receipt import losses
from deployer.sinks import rulings
from deployer.sinks.advice import advice
from deployer.sinks.ending import headline
from deployer.sinks.phrases import evidence, whereabouts
from deployer.sinks.story import HostStory, Story, Trouble

VERSION = 1
"""Of the document's form: grows when a field goes or changes its meaning."""

Document = dict[str, object]

_NOT_BEGUN = RolloutStarted(at=0.0, rollout="", verb=Verb.APPLY, service="", release="", digest="", waves=())


def document(story: Story, plan: str) -> Document:
    """Give the story as plain JSON values. Times are seconds since the epoch; null is what nobody knows."""
    finished, begun = story.finished, story.started or _NOT_BEGUN
    return {
        "version": VERSION,
        "rollout": begun.rollout,
        "verb": begun.verb.value,
        "service": begun.service,
        "release": begun.release,
        "digest": begun.digest,
        "previous_release": story.previous,
        "who": begun.who,
        "origin": begun.origin,
        "started": begun.at,
        "ended": finished.at if finished else None,
        "seconds": round(story.seconds, 3),
        "outcome": finished.outcome.value if finished else None,
        "exit_code": finished.exit_code if finished else None,
        "headline": headline(story),
        "resumes": begun.resumes.rollout if begun.resumes else None,
        "held": _held(story),
        "failed": _trouble(story.defeat, story) if story.defeat else None,
        "waves": [_wave(story, name) for name in story.waves],
        "failures": [_trouble(trouble, story) for trouble in story.troubles],
        "warnings": [{"wave": each.wave, "host": each.host, "message": each.message} for each in story.warnings],
        "notes": list(begun.notes),
        "next": list(advice(story, plan)),
    }


def _held(story: Story) -> Document | None:
    """Give where and why the rollout is held; `until` is null where no host has it on record."""
    held = story.held
    if held is None:
        return None
    why = {"code": held.failure.code, "message": held.failure.message, "evidence": list(held.failure.evidence)}
    return {"wave": held.wave, "before": held.before, "until": story.until or None, **why}


def _wave(story: Story, name: str) -> Document:
    wave = story.waves[name]
    seconds = round(wave.ended - wave.started, 3) if wave.started and wave.ended else None
    hosts = [_host(host) for host in story.of_wave(name)]
    looks = rulings.document(wave)
    return {"name": name, "progress": wave.progress.value, "seconds": seconds, "hosts": hosts, "looks": looks}


def _host(host: HostStory) -> Document:
    return {
        "name": host.name,
        "before": host.before,
        "now": host.now,
        "standing": host.standing.value,
        "where": whereabouts(host),
        "touched": host.touched,
        "healthy_after": host.proved,
        "rehearsed_in": host.rehearsed,
        "bridge": _bridge(host),
        "bytes_sent": host.sent,
        "gate": host.gate,
        "failure": host.failure.code if host.failure else None,
        "lost": host.lost,
        "last_answer": asdict(host.look) if host.look else None,
        "unit": asdict(host.unit) if host.unit else None,
        "activation": _receipt(host.receipt) if host.receipt else None,
        "revert": _receipt(host.revert) if host.revert else None,
        "traffic": [asdict(counts) for counts in host.traffic.counts] if host.traffic else None,
    }


def _bridge(host: HostStory) -> Document | None:
    bridge = host.bridge
    if bridge is None:
        return None
    counts = {"asked": bridge.asked, "good": bridge.good, "spoiled": bridge.spoiled}
    return {"seconds": bridge.seconds, **counts}


def _receipt(receipt: Receipt) -> Document:
    """Give a receipt with what it cost; the queue's losses are null where nobody can tell."""
    return {**asdict(receipt), "losses": asdict(losses(receipt))}


def _trouble(trouble: Trouble, story: Story) -> Document:
    failure = trouble.failure
    return {
        "host": trouble.host,
        "wave": trouble.wave,
        "gate": trouble.gate,
        "kind": failure.kind.value,
        "code": failure.code,
        "message": failure.message,
        "remedy": failure.remedy,
        "evidence": list(evidence(trouble, story)),
    }
