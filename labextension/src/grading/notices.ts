import { TranslationBundle } from '@jupyterlab/translation';

import { HOLD, phrase, Phrase } from '../phrases';
import { INotice } from '../records';

type Say = (args: Record<string, unknown>, trans: TranslationBundle) => Phrase;

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Our words for the notices whose code we know; each takes the server's arguments. */
const WORDS: Record<string, Say | undefined> = {
  only_kernel_knows: ({ name }, trans) =>
    phrase(
      trans.__(
        'Check starts fresh and does not know `%1`, which only your kernel knows. Define it in a cell above.',
        ...HOLD
      ),
      text(name)
    ),
  missing_package: ({ name, module }, trans) =>
    phrase(
      trans.__('The package `%1` is not in this course. Check cannot import it.', ...HOLD),
      text(name ?? module)
    ),
  shadowed: ({ name, line }, trans) =>
    phrase(
      trans.__(
        '`%1` is a name of Python’s that you gave away in line %2. The tests do not mind; your later code may.',
        ...HOLD
      ),
      text(name),
      text(line)
    ),
  cell_skipped: ({ cell }, trans) =>
    phrase(trans.__('%1 above stopped with an error and was skipped.', ...HOLD), cellName(text(cell), trans)),
  copy: ({ title }, trans) =>
    phrase(trans.__('This cell was a copy of *%1*. The first one is graded.', ...HOLD), text(title))
};

/** A notice in the reader's language; one that this page does not know yet, in the server's words. */
export function noticePhrase(notice: INotice, trans: TranslationBundle): Phrase {
  const args = notice.args ?? {};
  const say = WORDS[notice.code];
  const known = say && Object.keys(args).length > 0;
  return known ? say(args, trans) : ticked(notice.text);
}

/** The server's sentence; what it sets in backticks is code. */
export function ticked(sentence: string): Phrase {
  return sentence
    .split(/(`[^`]+`)/)
    .filter(Boolean)
    .map(part => (/^`.+`$/.test(part) ? { code: part.slice(1, -1) } : { text: part }));
}

/** "cell 4" as the first word of a sentence. */
function cellName(cell: string, trans: TranslationBundle): string {
  const number = /\d+/.exec(cell)?.[0];
  return number ? trans.__('Cell %1', number) : cell;
}
