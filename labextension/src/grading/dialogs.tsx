import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { IAttempts, IJudgement } from '../records';
import { passLine } from './words';

/** Asks before an attempt is used; says what it costs and how the last check went. */
export async function askHandIn(
  trans: TranslationBundle,
  title: string,
  attempts: IAttempts & { count?: 'best' | 'last' },
  last: IJudgement | null
): Promise<boolean> {
  const [before, after] = trans
    .__('This uses 1 of your %1 attempts for %2. You have %3 left.', attempts.max, '\n', attempts.left)
    .split('\n');
  const counts =
    attempts.count === 'last' ? trans.__('The last one counts.') : trans.__('The best one counts.');
  const body = ReactWidget.create(
    <div className="codegym-Dialog">
      <p>
        {before}
        <b>{title}</b>
        {after} {attempts.max > 1 && counts}
      </p>
      {last?.samples_only && (
        <p className="codegym-Quiet">{trans.__('Your last check: %1', passLine(last, trans))}</p>
      )}
    </div>
  );
  const result = await showDialog({
    title: trans.__('Hand in?'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Not yet') }),
      Dialog.okButton({ label: trans.__('Hand in') })
    ]
  });
  return result.button.accept;
}

/** Asks before an answer goes back to its starter. */
export async function askReset(trans: TranslationBundle): Promise<boolean> {
  const result = await showDialog({
    title: trans.__('Reset this exercise?'),
    body: trans.__(
      'The answer cell goes back to its starter. What you wrote is kept and can be brought back.'
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep my answer') }),
      Dialog.okButton({ label: trans.__('Reset') })
    ]
  });
  return result.button.accept;
}
