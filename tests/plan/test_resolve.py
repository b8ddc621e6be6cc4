"""Waves: every host in one of them, in the inventory's order, whatever the plan asks for."""

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from deployer.plan.model import Host, Wave
from deployer.plan.resolve import DEFAULT_WAVES, Asked, Fault, resolve
from deployer.plan.selector import Count, Named, Percent, Rest, Selector


def hosts(number: int) -> tuple[Host, ...]:
    """Make hosts h0, h1, ...; every third one is in region eu, the others in us."""
    return tuple(Host(f"h{n}", f"h{n}", "", 22, labels=(("region", "us" if n % 3 else "eu"),)) for n in range(number))


def named(*patterns: str) -> Named:
    return Named(patterns)


def members(number: int, *selectors: Selector) -> list[tuple[str, ...]]:
    resolved = resolve(hosts(number), [Asked(f"w{n}", selector) for n, selector in enumerate(selectors)])
    assert resolved.faults == ()
    return [wave.hosts for wave in resolved.waves]


def faults(number: int, *selectors: Selector) -> list[Fault]:
    return list(resolve(hosts(number), [Asked(f"w{n}", selector) for n, selector in enumerate(selectors)]).faults)


def test_named_hosts_are_taken_first_wherever_their_wave_stands() -> None:
    assert members(4, Count(1), named("h0", "h2"), Rest()) == [("h1",), ("h0", "h2"), ("h3",)]


def test_hosts_keep_the_inventorys_order_not_the_selectors() -> None:
    assert members(3, named("h2", "h0"), Rest()) == [("h0", "h2"), ("h1",)]


def test_globs_and_labels_name_hosts() -> None:
    assert members(4, named("h[12]"), named("region=e*")) == [("h1", "h2"), ("h0", "h3")]
    assert members(4, named("region=eu"), Rest()) == [("h0", "h3"), ("h1", "h2")]
    assert members(12, named("h1*"), Rest())[0] == ("h1", "h10", "h11")


def test_percentages_are_of_the_whole_inventory_and_rounded_up() -> None:
    quarter = Percent(Fraction(1, 4))
    assert [len(each) for each in members(10, quarter, quarter, Rest())] == [3, 3, 4]
    assert members(10, named("h0"), Percent(Fraction(1, 10)), Rest())[1] == ("h1",)


def test_a_wave_short_of_hosts_takes_what_there_is() -> None:
    assert members(3, Count(2), Count(5)) == [("h0", "h1"), ("h2",)]


def test_the_default_waves_work_for_one_host() -> None:
    resolved = resolve(hosts(1), DEFAULT_WAVES)
    assert resolved.waves == (Wave("canary", ("h0",), max_parallel=1),)
    assert resolved.notes == (
        "wave pilot is skipped: no host is left for it",
        "wave full is skipped: no host is left for it",
    )


def test_the_first_wave_with_hosts_goes_one_at_a_time_and_the_others_ten() -> None:
    asked = [Asked("empty", Count(1)), Asked("a", named("h0")), Asked("b", named("h1"))]
    assert [(wave.name, wave.max_parallel) for wave in resolve(hosts(2), asked).waves] == [("a", 1), ("b", 10)]


def test_a_wave_may_say_how_many_at_once_and_how_many_may_fail() -> None:
    asked = [
        Asked("a", Count(7), max_parallel=4, max_failures=Count(2)),
        Asked("b", Rest(), max_failures=Percent(Fraction(1, 2))),
    ]
    first, second = resolve(hosts(10), asked).waves
    assert (first.max_parallel, first.max_failures) == (4, 2)
    assert (second.max_parallel, second.max_failures) == (10, 1)


def test_a_selector_that_matches_nothing_is_a_fault_with_a_guess() -> None:
    assert faults(2, named("h0", "h11"), Rest()) == [Fault(0, "no host matches 'h11'", "did you mean 'h1'?", entry=1)]
    assert faults(2, named("region=uk"), Rest()) == [
        Fault(0, "no host matches 'region=uk'", "did you mean 'region=us'?", entry=0)
    ]
    assert faults(1, named("db"), Rest()) == [Fault(0, "no host matches 'db'", "there are: h0", entry=0)]


def test_a_label_that_no_host_has_says_that_there_are_none() -> None:
    bare = (Host("h0", "h0", "", 22),)
    assert resolve(bare, [Asked("a", named("a=b")), Asked("b", Rest())]).faults[0].remedy == "there are: none"


def test_a_host_in_two_waves_is_a_fault() -> None:
    assert faults(2, named("h0"), named("h*")) == [
        Fault(1, "in two waves: h0 (also in w0)", "a host belongs to one wave")
    ]


def test_hosts_in_no_wave_are_a_fault() -> None:
    assert faults(3, Count(1)) == [Fault(None, "in no wave: h1, h2", "add a last wave with hosts: rest")]


def test_with_labels_that_are_not_known_what_names_alone_tell_is_still_a_fault() -> None:
    asked = [Asked("a", named("region=uk", "h1")), Asked("b", named("h1", "db")), Asked("c", Count(1))]
    assert [(fault.wave, fault.message) for fault in resolve(hosts(4), asked, labelled=False).faults] == [
        (1, "no host matches 'db'"),
        (1, "in two waves: h1 (also in a)"),
    ]
    assert resolve(hosts(4), [Asked("a", named("region=uk"))], labelled=False).faults == ()


def test_rest_can_stand_once_and_last() -> None:
    assert [fault.wave for fault in faults(3, Rest(), Count(1))] == [0]
    assert [fault.wave for fault in faults(3, Rest(), Rest())] == [0]


@st.composite
def sound_waves(draw: st.DrawFn) -> tuple[tuple[Host, ...], list[Asked]]:
    """Draw an inventory and waves that partition it: some name hosts, some take numbers or shares, one the rest."""
    inventory = hosts(draw(st.integers(1, 40)))
    names = draw(st.permutations([host.name for host in inventory]))
    selectors: list[Selector] = []
    for size in draw(st.lists(st.integers(1, 5), max_size=4)):
        chosen, names = names[:size], names[size:]
        if chosen:
            selectors.append(Named(tuple(chosen)))
    selectors += draw(st.lists(st.builds(Count, st.integers(1, 20)), max_size=3))
    selectors += draw(st.lists(st.builds(Percent, st.fractions(Fraction(1, 1000), 1)), max_size=3))
    mixed = [*draw(st.permutations(selectors)), Rest()]
    return inventory, [Asked(f"w{n}", selector) for n, selector in enumerate(mixed)]


@given(sound_waves())
def test_waves_partition_the_inventory(drawn: tuple[tuple[Host, ...], list[Asked]]) -> None:
    inventory, asked = drawn
    resolved = resolve(inventory, asked)
    taken = [name for wave in resolved.waves for name in wave.hosts]
    assert resolved.faults == ()
    assert sorted(taken) == sorted(host.name for host in inventory)


@given(sound_waves())
def test_waves_and_their_hosts_keep_their_orders(drawn: tuple[tuple[Host, ...], list[Asked]]) -> None:
    inventory, asked = drawn
    position = {host.name: n for n, host in enumerate(inventory)}
    resolved = resolve(inventory, asked)
    for wave in resolved.waves:
        assert [position[name] for name in wave.hosts] == sorted(position[name] for name in wave.hosts)
    order = [wave.name for wave in asked]
    assert [wave.name for wave in resolved.waves] == [
        name for name in order if any(w.name == name for w in resolved.waves)
    ]
    assert len(resolved.notes) == len(asked) - len(resolved.waves)


@given(sound_waves())
def test_no_wave_takes_more_than_it_asks_for(drawn: tuple[tuple[Host, ...], list[Asked]]) -> None:
    inventory, asked = drawn
    sizes = {wave.name: len(wave.hosts) for wave in resolve(inventory, asked).waves}
    left = len(inventory) - sum(len(wave.hosts.patterns) for wave in asked if isinstance(wave.hosts, Named))
    for wave in asked:
        match wave.hosts:
            case Named(patterns=patterns):
                assert sizes[wave.name] == len(patterns)
                continue
            case Count(hosts=count):
                wanted = count
            case Percent(share=share):
                wanted = ceil(share * len(inventory))
            case Rest():
                wanted = left
        assert sizes.get(wave.name, 0) == min(wanted, left)
        left -= min(wanted, left)
