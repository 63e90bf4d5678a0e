"""Policy as staff look at it and change it: what holds for whom, where it comes from, and what to write. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from codegym_jlab.course.policy import EffectivePolicy, Layer, PersonPolicy, Policy, iso_duration, merged, resolved
from codegym_jlab.course.schema import Exercise
from codegym_jlab.course.validation import Model, findings, near_key
from codegym_jlab.grading.admission import UnitPlace, layers_for
from codegym_jlab.store.classes import Change, Enrolment, FieldsChange, Override

from ..grading.errors import NothingToExtend, UnfitPolicy
from ..records import Json, frozen, some, without

#: What changes the conditions of a score, and so is never set without saying why.
CONDITIONS = frozenset(
    "attempts count opens due grace late unsubmitted duration time_factor hints owner drop_lowest mark excused".split()
)


@frozen
class Field:
    """One field of the policy that holds."""

    field: str  #: `late.per_day` for what lies within `late`
    value: Any  #: as JSON
    set_by: Json | None  #: level and part of the place that set it; None: the default


def explained(layers: Sequence[Layer]) -> Iterator[Field]:
    """Every field of the policy, with the last place that sets it."""
    written = [(layer, _written(layer.policy)) for layer in layers]
    for name in PersonPolicy.model_fields:
        own = [(layer, values[name]) for layer, values in written if name in values]
        inner = _inner(name)
        for key in inner:
            yield _last(f"{name}.{key}", [(layer, v[key]) for layer, v in own if v and key in v])
        if not inner:
            yield _last(name, own)


def _last(name: str, own: Sequence[tuple[Layer, Any]]) -> Field:
    if not own:
        return Field(name, None, None)
    layer, value = own[-1]
    return Field(name, value, some(layer, "level part"))


def _inner(name: str) -> tuple[str, ...]:
    """The keys of `late`, `rate` and `hints`; of the others none."""
    kinds = getattr(PersonPolicy.model_fields[name].annotation, "__args__", ())
    return next((tuple(k.model_fields) for k in kinds if isinstance(k, type) and issubclass(k, Model)), ())


def _written(policy: Policy) -> Json:
    return policy.model_dump(mode="json", exclude_unset=True)


def checked(fields: Json, model: type[Policy] = PersonPolicy) -> Json:
    """Policy fields as they are kept, or UnfitPolicy with what to write instead."""
    try:
        return _written(model.model_validate(dict(fields)))
    except ValidationError as error:
        found = next(iter(findings(error, model)))
        where = ".".join(str(step) for step in found.path)
        told = found.problem if where in found.problem else f"{where}: {found.problem}"
        raise UnfitPolicy(f"{told}; {found.mend}.", field=where) from None


def setting(fields: Json) -> FieldsChange:
    """These fields set beside those that are set already; `late`, `rate` and `hints` by their own fields."""

    def change(before: Mapping[str, Any]) -> Mapping[str, Any]:
        after = dict(before)
        for name, value in fields.items():
            known = after.get(name)
            after[name] = {**known, **value} if isinstance(value, dict) and isinstance(known, dict) else value
        return checked(after)

    return change


def clearing(names: Sequence[str]) -> FieldsChange:
    """These fields taken away (`late.per_day` alone too); all, where none is named. Raises UnfitPolicy."""
    for name in names:
        outer, _, inner = name.partition(".")
        if outer not in PersonPolicy.model_fields or (inner and inner not in _inner(outer)):
            near = near_key(name, PersonPolicy.model_fields)
            meant = f" Did you mean `{near}`?" if near else ""
            raise UnfitPolicy(f"The policy has no field `{name}`.{meant}", field=name)

    def change(before: Mapping[str, Any]) -> Mapping[str, Any]:
        after = dict(before) if names else {}
        for name in names:
            outer, _, inner = name.partition(".")
            if not inner:
                after.pop(outer, None)
            elif isinstance(after.get(outer), dict):
                after[outer] = without(after[outer], inner)
                if not after[outer]:
                    del after[outer]
        return after

    return change


def conditions_in(fields: Iterable[str]) -> list[str]:
    """Those of them that change the conditions of a score."""
    return sorted(CONDITIONS.intersection(name.partition(".")[0] for name in fields))


@frozen
class Extension:
    """More time for one person: by so much, or until then (aware)."""

    by: timedelta | None = None
    until: datetime | None = None

    def changes(
        self, who: Enrolment, at: UnitPlace, overrides: Sequence[Override], opened_at: datetime | None
    ) -> list[Change]:
        """What to write for the unit, and for exercises of it with other times; no time is ever taken away.

        Raises NothingToExtend where there is no due time and no duration.
        """

        def extended(exercise: Exercise | None) -> Json:
            layers = layers_for(UnitPlace(at.loaded, at.unit, exercise), who, overrides)
            return self._fields(merged([layer.policy for layer in layers]), who.time_zone, opened_at)

        own = extended(at.exercise)
        parts = [(at.exercise, own)]
        if at.exercise is None:
            each = [(e, extended(e)) for e in at.unit.exercises]
            # its own override, which is stronger than the unit's, sets them
            timed = {o.exercise for o in overrides if o.person and {"due", "duration"} & o.fields.keys()}
            parts += [(e, fields) for e, fields in each if fields != own or e.id in timed]
        changes = [
            (Override({}, *(("", e.id) if e else (at.unit.id, "")), who.person), setting(fields))
            for e, fields in parts
            if fields
        ]
        if not changes:
            raise NothingToExtend
        return changes

    def _fields(self, written: Json, time_zone: str, opened_at: datetime | None) -> Json:
        calendar = resolved({**written, "duration": None}, time_zone, None)
        now = resolved(written, time_zone, opened_at)
        fields = {}
        if calendar.due is not None:
            due = calendar.due + self.by if self.by is not None else max(calendar.due, self.until or calendar.due)
            fields["due"] = due.astimezone(UTC).isoformat()
        if now.duration is not None and (longer := self._longer(now, opened_at)) is not None:
            fields["duration"] = iso_duration(longer / now.time_factor)
        return fields

    def _longer(self, now: EffectivePolicy, opened_at: datetime | None) -> timedelta | None:
        """The whole time from the first opening, the time factor in it."""
        assert now.duration is not None
        if self.by is not None:
            return now.duration + self.by
        if opened_at is None or self.until is None:
            return None
        return max(now.duration, self.until - opened_at)
