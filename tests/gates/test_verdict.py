"""Four verdicts, never folded; the worst wins."""

from itertools import pairwise

from deployer.gates.verdict import Judgement, Verdict, worst


def test_the_worst_verdict_wins() -> None:
    order = [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL]
    for better, worse in pairwise(order):
        assert worst((Judgement("a", better), Judgement("b", worse))).gate == "b"
        assert worst((Judgement("b", worse), Judgement("a", better))).gate == "b"


def test_of_equal_verdicts_the_first_speaks() -> None:
    assert worst((Judgement("first", Verdict.FAIL), Judgement("second", Verdict.FAIL))).gate == "first"


def test_nothing_measured_is_never_a_pass() -> None:
    assert worst(()).verdict is Verdict.INCONCLUSIVE
