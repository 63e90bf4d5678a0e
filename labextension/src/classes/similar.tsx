import React from 'react';

import { Bar } from './charts';
import { Choice, ITab, Options, Problem, Schemas, Source, useRead } from './tab';

type Found = Schemas['SimilarAnswers'];
type Pair = Schemas['SimilarPair'];

/** Answers that look alike, side by side: a place to look at, and no finding about anybody. */
export function Similar({ tab }: { tab: ITab }): JSX.Element {
  const { trans } = tab;
  const [exercise, setExercise] = React.useState('');
  const { data, problem } = useRead<Found>(tab, ['similar'], { exercise });
  const every = useRead<Found>(tab, ['similar']).data?.exercises ?? [];
  return (
    <>
      <p className="codegym-Quiet">
        {trans.__('A hint to look, never a verdict: short exercises and shared sources make answers alike.')}{' '}
        {trans.__('What you gave, and what many wrote, is left out. Names of variables do not count.')}
      </p>
      <Problem problem={problem} trans={trans} />
      <div className="codegym-Class-filters">
        <Choice label={trans.__('Exercise')} value={exercise} change={setExercise}>
          <option value="">{trans.__('Choose an exercise')}</option>
          {every.map(one => (
            <option key={one.exercise} value={one.exercise}>
              {one.title}
            </option>
          ))}
        </Choice>
      </div>
      {exercise && data && (
        <p role="status">
          {trans._n('%1 similar pair.', '%1 similar pairs.', data.pairs.length)}{' '}
          {trans.__('%1 of %2 answers are long enough to compare.', data.compared, data.answers)}
        </p>
      )}
      {data && data.pairs.length > 0 && <Pairs key={exercise} pairs={data.pairs} tab={tab} />}
    </>
  );
}

function Pairs({ pairs, tab: { trans, named } }: { pairs: Pair[]; tab: ITab }): JSX.Element {
  const [chosen, choose] = React.useState('0');
  const whose = ({ account, team }: Pair['answers'][0]) => team ?? named(account);
  const items = pairs.map((one, i) => ({
    key: String(i),
    body: (
      <>
        <span>{one.answers.map(whose).join(' · ')}</span>
        <Bar share={one.share} />
        <span>{trans.__('%1 %', Math.round(100 * one.share))}</span>
      </>
    )
  }));
  return (
    <div className="codegym-Clusters">
      <Options label={trans.__('Pairs, the most similar first')} {...{ items, chosen, choose }} />
      <div className="codegym-Told codegym-Pair">
        {(pairs[Number(chosen)] ?? pairs[0]).answers.map((one, i) => (
          <article key={`${chosen} ${i}`} aria-label={whose(one)}>
            <h3>{whose(one)}</h3>
            <Source label={trans.__('Answer of %1', whose(one))} source={one.source} lines={one.lines} />
          </article>
        ))}
      </div>
    </div>
  );
}
