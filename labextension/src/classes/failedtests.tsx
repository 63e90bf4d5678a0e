import React from 'react';

import { Said } from '../pieces';
import { serverPhrase } from '../serverwords';
import { IReview } from './records';
import { ITab } from './tab';

type Test = { label: string; hidden: boolean; verdict: string; message: string };

/** The tests that an answer does not pass. */
export function Failed({ review, tab }: { review: IReview; tab: ITab }): JSX.Element | null {
  const { api, trans } = tab;
  const { submission, passed } = review;
  const [failed, setFailed] = React.useState<Test[]>([]);
  React.useEffect(() => {
    let wanted = true;
    type Whole = { judgement: { checks: Test[] } | null };
    void api.staff<Whole>('GET', ['submissions', submission, 'staff']).then(
      whole => wanted && setFailed((whole.judgement?.checks ?? []).filter(one => one.verdict !== 'AC')),
      () => undefined // how many fail stands above
    );
    return () => void (wanted = false);
  }, [api, submission, passed]);
  return failed.length ? (
    <ul aria-label={trans.__('Tests that fail')}>
      {failed.map((one, i) => (
        <li key={i}>
          <b>{one.label}</b> {one.hidden && <span className="codegym-Meta">{trans.__('hidden test')}</span>}{' '}
          {one.message && <Said words={serverPhrase(one.message, trans)} />}
        </li>
      ))}
    </ul>
  ) : null;
}
