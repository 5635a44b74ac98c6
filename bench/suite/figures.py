"""Quantiles, ratios with their intervals, slopes."""
import random
import statistics

QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def quantiles(values):
    return {name: quantile(values, share) for name, share in QUANTILES.items()}


def interval(values, of=statistics.median, draws=2000):
    """The bootstrap 95 % interval of a statistic."""
    chance = random.Random(1)
    found = sorted(of(chance.choices(values, k=len(values))) for _ in range(draws))
    return found[int(draws * 0.025)], found[int(draws * 0.975)]


def median_ratio(ours, theirs):
    """The median of the ratios within each round, with its interval."""
    ratios = [one / other for one, other in zip(ours, theirs)]
    low, high = interval(ratios)
    return {"median": statistics.median(ratios), "low": low, "high": high, "rounds": ratios}


def slope(points):
    """The slope of a least-squares line through (x, y), with its bootstrap 95 % interval."""
    def fit(some):
        return statistics.linear_regression(*zip(*some)).slope if len({x for x, _ in some}) > 1 else 0.0
    low, high = interval(points, fit, 500)
    return {"slope": fit(points), "low": low, "high": high}
