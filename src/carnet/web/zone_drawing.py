"""
The drawing of a result beside its usual range: every x in per cent, every y in pixels, so that figures keep their size on a phone.

The marker is a disc inside the range, a triangle outside, pointing where the value lies; the words say the same.
"""

from decimal import Decimal
from typing import Final

from carnet.formats.cda.reading.measures import bound
from carnet.formats.cda.reading.model import Result, Zone
from carnet.vocabulary.frozen import frozen

_EDGE: Final = 4.0  # per cent kept free at both ends for a marker
_ROOM: Final = Decimal("0.6")  # of the range, on each side of it
_FARTHEST: Final = 3  # ranges away from the range: beyond, a marker stands at the edge
_LABEL_FITS: Final = 62.0  # per cent that « zone habituelle » and its bounds need on a phone


@frozen
class Drawing:
    """
    Positions in per cent. start, width: of the usual range. here, was: of this result and of the last one (None: not drawn).
    shape: `disc`, `low` or `high`. bounds: the figures under the drawing, with their place.
    """

    start: float
    width: float
    here: float
    shape: str
    was: float | None
    bounds: tuple[tuple[float, str], ...]
    is_roomy: bool

    @property
    def middle(self) -> float:
        return round(self.start + self.width / 2, 1)


def drawing(result: Result) -> Drawing | None:
    """The drawing of a number beside a range with at least one bound; None for anything else."""
    measure, zone = result.measure, result.zone
    if (
        measure is None
        or zone is None
        or measure.low is None
        or measure.low != measure.high
        or measure.unit != zone.unit
    ):
        return None
    if zone.low is None and zone.high is None:
        return None
    value = measure.low
    first, last = _scale(zone, value)

    def at(number: Decimal) -> float:
        share = float((number - first) / (last - first)) * 100
        return round(min(max(share, 0.0), 100.0), 1)

    start = 0.0 if zone.low is None else at(zone.low)
    end = 100.0 if zone.high is None else at(zone.high)
    if end <= start:  # a range that ends where the line starts
        return None
    former = next((each.measure for each in result.formers), None)
    was = None
    if former is not None and former.low is not None and former.low == former.high and former.unit == zone.unit:
        was = _inside(at(former.low))
    bounds = tuple((at(limit), bound(limit)) for limit in (zone.low, zone.high) if limit is not None)
    return Drawing(
        start=start,
        width=round(end - start, 1),
        here=_inside(at(value)),
        shape=_shape(zone, value),
        was=was,
        bounds=bounds,
        is_roomy=end - start >= _LABEL_FITS,
    )


def _inside(share: float) -> float:
    return min(max(share, _EDGE), 100.0 - _EDGE)


def _scale(zone: Zone, value: Decimal) -> tuple[Decimal, Decimal]:
    """The two ends of the line: the range with room around it, and the value unless it is very far."""
    if zone.low is not None and zone.high is not None:
        span = zone.high - zone.low
        first, last = zone.low - span * _ROOM, zone.high + span * _ROOM
    elif zone.high is not None:
        span = abs(zone.high) or Decimal(1)
        first, last = min(Decimal(0), zone.high - span), zone.high + span
    else:
        assert zone.low is not None
        span = abs(zone.low) or Decimal(1)
        first, last = min(Decimal(0), zone.low), zone.low + span
    if value > last:
        last = min(value + span * Decimal("0.15"), last + span * _FARTHEST)
    if value < first:
        first = max(value - span * Decimal("0.15"), first - span * _FARTHEST)
    # Quantities of the body do not go below zero: a line that starts there is not drawn further.
    is_positive = all(number is None or number >= 0 for number in (value, zone.low, zone.high))
    return (max(first, Decimal(0)) if is_positive else first), last


def _shape(zone: Zone, value: Decimal) -> str:
    if zone.low is not None and value < zone.low:
        return "low"
    if zone.high is not None and value > zone.high:
        return "high"
    return "disc"
