import React from 'react';

import { outcome } from '../phrases';
import { Glyph, Said, Tool } from '../pieces';
import { IFormProps, useSaid } from './form';
import { TypedIn } from './predict';

/** Lines of the given code that were changed together: where they stand now, and what was given there. */
export interface IChange {
  /** The first of them in the answer, from 0, and how many they are now. */
  at: number;
  now: number;
  given: string[];
}

/** Where the answer differs from the given code, by the longest run of lines that both have. */
export function changes(given: string, source: string): IChange[] {
  const [before, after] = [given, source].map(text => text.trimEnd().split('\n'));
  const common = lengths(before, after);
  const found: IChange[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i++;
      j++;
      continue;
    }
    const change: IChange = { at: j, now: 0, given: [] };
    while ((i < before.length || j < after.length) && before[i] !== after[j]) {
      if (j >= after.length || (i < before.length && common[i + 1][j] >= common[i][j + 1])) {
        change.given.push(before[i++]);
      } else {
        change.now++;
        j++;
      }
    }
    found.push(change);
  }
  return found;
}

/** By where one begins in each: how many lines of the rest are common. */
function lengths(before: string[], after: string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      table[i][j] =
        before[i] === after[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

/** The answer with one of its changes taken back. */
export function takenBack(source: string, { at, now, given }: IChange): string {
  const lines = source.trimEnd().split('\n');
  lines.splice(at, now, ...given);
  return lines.join('\n');
}

/** Under the editor: what the given code gives, then how many lines were changed and the way back for the first. */
export function Mended(props: IFormProps): JSX.Element {
  const { trans, form, source, write, readOnly } = props;
  const found = changes(form.given, source);
  const count = found.reduce((sum, { now, given }) => sum + Math.max(now, given.length), 0);
  const now = useSaid(props.given);
  const back = (change: IChange) => write(takenBack(source, change));
  return (
    <>
      <TypedIn {...props} />
      <div className="codegym-Form-foot" onKeyDown={event => event.stopPropagation()}>
        <Glyph shape={count ? 'pen' : 'debug'} tone="grey" />
        <span className="codegym-Number">
          {count ? (
            trans._n('%1 line changed', '%1 lines changed', count)
          ) : now ? (
            <>
              {trans.__('Now:')} <Said words={outcome(now, trans)} />
            </>
          ) : (
            trans.__('Nothing changed yet')
          )}
        </span>
        {!readOnly &&
          found.slice(0, 2).map(change => (
            <Tool key={change.at} shape="undo" onClick={() => back(change)}>
              {trans.__('Back to line %1 as given', change.at + 1)}
            </Tool>
          ))}
      </div>
    </>
  );
}
