import { TranslationBundle } from '@jupyterlab/translation';

import { HOLD, phrase, Phrase } from '../phrases';
import { INotice } from '../records';
import { serverPhrase } from '../serverwords';

type Say = (args: Record<string, unknown>, trans: TranslationBundle) => Phrase;

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Our words for the notices whose code we know; each takes the server's arguments. */
const WORDS: Record<string, Say | undefined> = {
  fresh_start: ({ name }, trans) =>
    phrase(
      trans.__(
        'Nothing up to your answer defines `%1`. If your kernel knows it, define it in a cell above: Check starts fresh.',
        ...HOLD
      ),
      text(name)
    ),
  name_missing: ({ name }, trans) =>
    phrase(trans.__('The tests use `%1`, which your answer does not define.', ...HOLD), text(name)),
  missing_package: ({ name }, trans) =>
    phrase(trans.__('The package `%1` is not in this course. Check cannot import it.', ...HOLD), text(name)),
  shadowed_builtin: ({ name, line, cell }, trans) => {
    const place = text(cell)
      ? trans.__('line %1 of cell %2 above', text(line), text(cell))
      : trans.__('line %1', text(line));
    return phrase(
      trans.__(
        '`%1` is a name of Python’s that you gave away in %2. The tests do not mind; your later code may.',
        ...HOLD
      ),
      text(name),
      place
    );
  },
  mark_set: ({ mark, why }, trans) =>
    phrase(trans.__('Your mark was set to %1. Reason: %2', ...HOLD), text(mark), text(why)),
  cell_skipped: skipped,
  gate: (_, trans) => phrase(trans.__('The hidden tests earn points once all sample tests pass.'))
};

/** Why a cell above the answer was left out, by how it ended. */
function skipped({ cell, status }: Record<string, unknown>, trans: TranslationBundle): Phrase {
  const which = text(cell) ? trans.__('Cell %1 above', text(cell)) : trans.__('A cell of the course');
  const why: Record<string, string | undefined> = {
    timeout: trans.__('took too long and was skipped'),
    memory: trans.__('needed too much memory and was skipped'),
    output: trans.__('printed too much and was skipped'),
    violation: trans.__('tried something that Check does not allow and was skipped'),
    syntax: trans.__('cannot be read by Python and was skipped')
  };
  const said = why[text(status)] ?? trans.__('stopped with an error and was skipped');
  return phrase(trans.__('%1 %2.', which, said));
}

/** A notice in the reader's language; one that this page does not know yet, as the server says it. */
export function noticePhrase(notice: INotice, trans: TranslationBundle): Phrase {
  const say = WORDS[notice.code];
  return say ? say(notice.args ?? {}, trans) : serverPhrase(notice.text, trans);
}
