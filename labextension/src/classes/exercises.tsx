import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { span } from '../dates';
import { IAskedExercise } from './records';
import { Bar } from './charts';
import { intentName, mostAsked, turnShares } from './statistics';

interface IExercises {
  exercises: IAskedExercise[];
  trans: TranslationBundle;
  choose(exercise: string): void;
}

/** The questions by exercise, in the course's order. */
export function Exercises({ exercises, trans, choose }: IExercises): JSX.Element {
  const id = React.useId();
  const shares = turnShares(exercises);
  return (
    <section className="codegym-Class-part codegym-mod-wide" aria-labelledby={id}>
      <h3 id={id}>{trans.__('By exercise')}</h3>
      <div className="codegym-Class-scroll" role="group" aria-labelledby={id} tabIndex={0}>
        <table className="codegym-Table" aria-labelledby={id}>
          <thead>
            <tr>
              <th scope="col">{trans.__('Exercise')}</th>
              <th scope="col" colSpan={2}>
                {trans.__('Questions')}
              </th>
              <th scope="col">{trans.__('Mostly for')}</th>
              <th scope="col" className="codegym-mod-number">
                {trans.__('Hints, median')}
              </th>
              <th scope="col" className="codegym-mod-number">
                {trans.__('Helped')}
              </th>
              <th scope="col" className="codegym-mod-number">
                {trans.__('Did not help')}
              </th>
              <th scope="col" className="codegym-mod-number">
                {trans.__('Not shown')}
              </th>
              <th scope="col" className="codegym-mod-number">
                {trans.__('Until accepted, median')}
              </th>
            </tr>
          </thead>
          <tbody>
            {exercises.map(one => (
              <Row key={one.exercise} one={one} share={shares.get(one.exercise)!} {...{ trans, choose }} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

type IRow = Omit<IExercises, 'exercises'> & { one: IAskedExercise; share: number };

function Row({ one, share, trans, choose }: IRow): JSX.Element {
  const most = mostAsked(one);
  return (
    <tr>
      <th scope="row">
        <button type="button" className="codegym-Link" onClick={() => choose(one.exercise)}>
          {one.title}
        </button>
      </th>
      <td className="codegym-mod-number">{one.turns}</td>
      <td className="codegym-Bars-bar">
        <Bar share={share} />
      </td>
      <td>{most && intentName(most, trans)}</td>
      <td className="codegym-mod-number">{one.hints ?? '–'}</td>
      <td className="codegym-mod-number">{one.helped}</td>
      <td className="codegym-mod-number">{one.unhelped}</td>
      <td className="codegym-mod-number">{one.withheld}</td>
      <td className="codegym-mod-number">
        {one.accepted_after_s === null ? '–' : span(one.accepted_after_s, trans)}
      </td>
    </tr>
  );
}
