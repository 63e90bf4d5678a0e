import React from 'react';

import { Marking } from './marking';
import { ITab } from './tab';

/** What the keys of marking do; those of a single character can be switched off (WCAG 2.1.4). */
export function Keys({ model, tab: { trans } }: { model: Marking; tab: ITab }): JSX.Element {
  const keys: [string, string][] = [
    ['J K', trans.__('next and previous answer')],
    ['1 … 9', trans.__('a line of the rubric, then 0 … 9 half points')],
    ['C', trans.__('comment')],
    ['Ctrl Enter', trans.__('out of the comment, which is kept')],
    ['D', trans.__('let a language model draft marks, if the class allows it')],
    ['A', trans.__('choose the next drafted line; accept the chosen one')],
    ['X', trans.__('not this draft, and to the next')],
    ['E', trans.__('change its points')],
    ['Enter', trans.__('record, and to the next')],
    ['Z', trans.__('undo')],
    ['?', trans.__('these keys')]
  ];
  return (
    <details>
      <summary>{trans.__('Keys')}</summary>
      <label className="codegym-Class-check">
        <input
          type="checkbox"
          checked={model.state.keys}
          onChange={event => model.setKeys(event.target.checked)}
        />
        {trans.__('Keys of a single character')}
      </label>
      <dl className="codegym-Keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
