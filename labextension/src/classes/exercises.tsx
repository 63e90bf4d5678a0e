import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { span } from '../dates';
import { IAskedExercise } from './records';
import { Bar } from './charts';
import { intentName, mostAsked, turnShares } from './statistics';
import { Rows } from './tab';

interface IExercises {
  exercises: IAskedExercise[];
  trans: TranslationBundle;
  choose(exercise: string): void;
}

/** The questions by exercise, in the course's order. */
export function Exercises({ exercises, trans, choose }: IExercises): JSX.Element {
  const shares = turnShares(exercises);
  const heads = [
    trans.__('Exercise'),
    trans.__('Questions'),
    '',
    trans.__('Mostly for'),
    trans.__('Hints, median'),
    trans.__('Helped'),
    trans.__('Did not help'),
    trans.__('Not shown'),
    trans.__('Until accepted, median')
  ];
  const rows = exercises.map(one => {
    const most = mostAsked(one);
    const title = (
      <button type="button" className="codegym-Link" onClick={() => choose(one.exercise)}>
        {one.title}
      </button>
    );
    const bar = <Bar share={shares.get(one.exercise)!} />;
    const after = one.accepted_after_s === null ? '–' : span(one.accepted_after_s, trans);
    const counts = [one.hints ?? '–', one.helped, one.unhelped, one.withheld, after];
    return { key: one.exercise, cells: [title, one.turns, bar, most && intentName(most, trans), ...counts] };
  });
  return (
    <section className="codegym-Class-part codegym-mod-wide">
      <h3>{trans.__('By exercise')}</h3>
      <Rows label={trans.__('By exercise')} heads={heads} numbers={[1, 4, 5, 6, 7, 8]} rows={rows} />
    </section>
  );
}
