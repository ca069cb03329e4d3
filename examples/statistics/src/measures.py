"""What can be said of numbers."""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Literal

Measure = Literal["count", "sum", "mean", "median", "min", "max", "stdev", "distinct"]


def mean(numbers: Sequence[float]) -> float:
    """The arithmetic mean."""
    return math.fsum(numbers) / len(numbers)


def stdev(numbers: Sequence[float]) -> float | None:
    """The standard deviation of a sample; None of fewer than two numbers. `statistics.stdev` is exact and slow."""
    if len(numbers) < 2:
        return None
    middle = mean(numbers)
    return math.sqrt(math.fsum((number - middle) ** 2 for number in numbers) / (len(numbers) - 1))


def quartiles(ordered: Sequence[float]) -> tuple[float, float, float]:
    """The three points that cut sorted numbers into quarters, the ends included."""

    def at(part: float) -> float:
        place = part * (len(ordered) - 1)
        low = math.floor(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return at(0.25), at(0.5), at(0.75)


MEASURES: dict[Measure, Callable[[Sequence[float]], float | None]] = {
    "count": lambda numbers: len(numbers),
    "sum": math.fsum,
    "mean": mean,
    "median": statistics.median,
    "min": min,
    "max": max,
    "stdev": stdev,
    "distinct": lambda numbers: len(set(numbers)),
}


def measured(measure: Measure, numbers: Sequence[float]) -> float | None:
    """The measure of the numbers; of none it is 0 where they are counted or added, else None."""
    if not numbers and measure not in ("count", "sum", "distinct"):
        return None
    return tidy(MEASURES[measure](numbers))


def tidy(number: float | None) -> float | None:
    """Without the noise of binary fractions: 12 digits, and whole numbers as such."""
    if number is None or not math.isfinite(number):
        return None
    rounded = float(f"{number:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**53 else rounded


def ranks(numbers: Sequence[float]) -> list[float]:
    """The place of each number in their order; equal ones share the mean of their places."""
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    found = [0.0] * len(numbers)
    at = 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and numbers[order[end + 1]] == numbers[order[at]]:
            end += 1
        for place in order[at : end + 1]:
            found[place] = (at + end) / 2
        at = end + 1
    return found


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's coefficient, -1 to 1; None where one of them never changes."""
    middle_x, middle_y = mean(xs), mean(ys)
    both = math.fsum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys))
    squares = math.fsum((x - middle_x) ** 2 for x in xs) * math.fsum((y - middle_y) ** 2 for y in ys)
    return None if squares <= 0 else max(-1.0, min(1.0, both / math.sqrt(squares)))
