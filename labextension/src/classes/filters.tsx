import React from 'react';

import { useBook } from './gradebook';
import { EVERYTHING, ClassPage } from './model';
import { Choice, ITab } from './tab';

interface IFiltersProps {
  model: ClassPage;
  tab: ITab;
}

/** What of the class is looked at; of what has a time, since when. */
export function Filters({ model, tab, timed }: IFiltersProps & { timed?: boolean }): JSX.Element {
  const { filter } = model.state;
  const { trans } = tab;
  const some = Object.values(filter).some(Boolean);
  return (
    <div className="codegym-Class-filters" role="group" aria-label={trans.__('What is looked at')}>
      <Places model={model} tab={tab} />
      {timed && (
        <Choice label={trans.__('Time')} value={filter.days} change={days => void model.narrow({ days })}>
          <option value="">{trans.__('All the time')}</option>
          <option value="1">{trans.__('Last 24 hours')}</option>
          <option value="7">{trans.__('Last 7 days')}</option>
          <option value="30">{trans.__('Last 30 days')}</option>
        </Choice>
      )}
      {some && (
        <button type="button" className="codegym-Link" onClick={() => void model.narrow(EVERYTHING)}>
          {trans.__('Show everything')}
        </button>
      )}
    </div>
  );
}

/** Which part of the course. */
function Places({ model, tab }: IFiltersProps): JSX.Element {
  const { trans } = tab;
  const { filter } = model.state;
  const { book } = useBook({ ...tab, section: '-', find: '' });
  const exercises = book?.exercises.filter(one => !filter.unit || one.unit === filter.unit);
  return (
    <>
      <Choice label={trans.__('Unit')} value={filter.unit} change={unit => void model.narrow({ unit })}>
        <option value="">{trans.__('All units')}</option>
        {book?.units.map(({ unit, title }) => (
          <option key={unit} value={unit}>
            {title}
          </option>
        ))}
      </Choice>
      <Choice
        label={trans.__('Exercise')}
        value={filter.exercise}
        change={exercise => void model.narrow({ exercise })}
      >
        <option value="">{trans.__('All exercises')}</option>
        {!book && filter.exercise && <option value={filter.exercise}>{filter.exercise}</option>}
        {exercises?.map(({ exercise, title }) => (
          <option key={exercise} value={exercise}>
            {title}
          </option>
        ))}
      </Choice>
    </>
  );
}
