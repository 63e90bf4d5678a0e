import React from 'react';

import { Book, useBook } from './gradebook';
import { Choice, ITab, useRead } from './tab';

export type PlaceName = (of: { unit: string | null; exercise?: string | null }) => string;

/** How a place in the course is called: by the title of its exercise or unit, or by the id of one that has gone. */
export function usePlaceName(tab: ITab): PlaceName {
  const { book } = useBook({ ...tab, section: '-', find: '' });
  return ({ unit, exercise }) => {
    const titled = exercise
      ? book?.exercises.find(one => one.exercise === exercise)
      : book?.units.find(one => one.unit === unit);
    return titled?.title ?? exercise ?? unit ?? tab.trans.__('the whole course');
  };
}

/** A place in the course: all of it, a unit or an exercise. */
export function PlaceChoice(props: {
  tab: ITab;
  value: string;
  whole: boolean;
  /** Nothing is chosen yet: `-`, and the whole course is a choice of its own. */
  unset?: boolean;
  change(value: string): void;
}): JSX.Element {
  const { tab, value, whole, unset, change } = props;
  const { book } = useBook({ ...tab, section: '-', find: '' });
  return (
    <Choice label={tab.trans.__('Where')} value={value} change={change}>
      {unset && <option value="-"></option>}
      {whole ? <option value="">{tab.trans.__('the whole course')}</option> : <option value=""></option>}
      {book?.units.map(({ unit, title }) => (
        <optgroup key={unit} label={title}>
          <option value={`unit ${unit}`}>{title}</option>
          {book.exercises
            .filter(one => one.unit === unit)
            .map(one => (
              <option key={one.exercise} value={`exercise ${one.exercise}`}>
                {one.title}
              </option>
            ))}
        </optgroup>
      ))}
    </Choice>
  );
}

/** A unit, or none: all of them, where that is said. */
export function UnitChoice(props: {
  tab: ITab;
  unit: string;
  /** Those of a gradebook that is there; else they are read. */
  units?: Book['units'];
  all?: boolean;
  change(unit: string): void;
}): JSX.Element {
  const { tab, unit, units, all, change } = props;
  const { data } = useRead<Book>(tab, units ? null : ['gradebook'], { section: '-' });
  return (
    <Choice label={tab.trans.__('Unit')} value={unit} change={change}>
      <option value="">{all && tab.trans.__('All units')}</option>
      {(units ?? data?.units)?.map(one => (
        <option key={one.unit} value={one.unit}>
          {one.title}
        </option>
      ))}
    </Choice>
  );
}

export function scopeOf(place: string): Record<string, string> {
  const [part, id] = place.split(' ');
  return id ? { [part]: id } : {};
}
