import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { IClock, when } from '../dates';
import { IWithheldTurn } from './records';
import { serverText } from '../serverwords';
import { leakName } from './statistics';
import { ClassPage } from './model';

interface IWithheldProps {
  model: ClassPage;
  trans: TranslationBundle;
  clock: IClock;
}

/** Replies that students were not shown, and why: text alone, whatever it holds. */
export function Withheld({ model, trans, clock }: IWithheldProps): JSX.Element {
  const { withheld } = model.state;
  const id = React.useId();
  return (
    <section className="codegym-Class-part codegym-mod-wide" aria-labelledby={id}>
      <h3 id={id}>{trans.__('Replies that were not shown')}</h3>
      <p className="codegym-Meta">
        {trans.__('They would have given something away. The student got a small hint instead.')}
      </p>
      {withheld && !withheld.list.length && (
        <p className="codegym-Quiet">{trans.__('Every reply was shown.')}</p>
      )}
      <ul className="codegym-Tolds">
        {withheld?.list.map(turn => (
          <li key={turn.id}>
            <Turn turn={turn} trans={trans} clock={clock} />
          </li>
        ))}
      </ul>
      {withheld?.more && (
        <button type="button" className="codegym-Chip" onClick={() => void model.moreWithheld()}>
          {trans.__('More replies')}
        </button>
      )}
    </section>
  );
}

function Turn({ turn, trans, clock }: { turn: IWithheldTurn } & Omit<IWithheldProps, 'model'>): JSX.Element {
  const reasons = [...new Set(turn.withheld.map(({ leaks }) => leakName(leaks, trans)))];
  return (
    <details className="codegym-Told">
      <summary>
        <b>{turn.title}</b> <span>{reasons.join(', ')}</span>{' '}
        <span className="codegym-Meta">{when(turn.asked_at, clock, trans)}</span>
      </summary>
      <dl>
        <dt>{trans.__('Asked')}</dt>
        <dd className="codegym-Told-text">{turn.message}</dd>
        {turn.withheld.map((one, i) => (
          <React.Fragment key={i}>
            <dt>{trans.__('Not shown: %1', leakName(one.leaks, trans))}</dt>
            <dd>
              {one.why && <span className="codegym-Meta">{serverText(one.why, trans)}</span>}
              <pre tabIndex={0} dir="ltr" aria-label={trans.__('Reply that was not shown')}>
                {one.text}
              </pre>
            </dd>
          </React.Fragment>
        ))}
        <dt>{trans.__('Shown instead')}</dt>
        <dd className="codegym-Told-text">{turn.shown ?? '–'}</dd>
      </dl>
    </details>
  );
}
