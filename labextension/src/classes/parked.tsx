import React from 'react';

import { when } from '../dates';
import { serverText } from '../serverwords';
import { Answer, Book } from './gradebook';
import { ForInstructors } from './roles';
import { Do, ITab, Panel, Problem, Schemas, useRead, useSend } from './tab';

type Parked = { answers: Schemas['ParkedAnswer'][] };

/** Answers that could not be judged, by a fault of the server's: looked at, and judged again. Nothing where none is. */
export function ParkedAnswers(props: { tab: ITab; book: Book; everyS?: number }): JSX.Element {
  const { tab, book, everyS } = props;
  const { trans, clock } = tab;
  const { data, problem, again } = useRead<Parked>(tab, ['parked'], {}, everyS);
  const { busy, problem: refused, send } = useSend(tab);
  const answers = data?.answers ?? [];
  const titles = new Map(book.exercises.map(one => [one.exercise, one.title]));
  const retry = async () => {
    if (await send(['parked'], {})) {
      tab.say(trans.__('They wait to be judged again.'));
      again();
    }
  };
  if (!answers.length) {
    return <Problem problem={problem} trans={trans} />;
  }
  const title = trans._n('%1 answer could not be judged', '%1 answers could not be judged', answers.length);
  return (
    <Panel title={title}>
      <p className="codegym-Quiet">
        {trans.__('A fault of the server’s, three times each. It cost no attempt.')}{' '}
        {trans.__('Once that is mended, have them judged again.')}
      </p>
      <ul className="codegym-Past">
        {answers.map(one => (
          <li key={one.submission}>
            <Answer
              tab={tab}
              submission={one.submission}
              summary={[
                one.team ?? tab.named(one.account),
                titles.get(one.exercise) ?? one.exercise,
                when(one.received_at, clock, trans)
              ].join(', ')}
            />
            {one.why && <q>{serverText(one.why, trans)}</q>}
          </li>
        ))}
      </ul>
      <Problem problem={refused} trans={trans} />
      <ForInstructors tab={tab}>
        <Do main disabled={busy} act={() => void retry()}>
          {trans.__('Judge them again')}
        </Do>
      </ForInstructors>
    </Panel>
  );
}
