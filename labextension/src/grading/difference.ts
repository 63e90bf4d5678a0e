import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';

import { HOLD, phrase, Phrase, plain } from '../phrases';
import { Diff, ICheck, IPrintedLine } from '../records';
import { serverPhrase } from '../serverwords';

/** A stretch of one side of a diff; `differs` is marked. */
export interface IStretch {
  text: string;
  differs: boolean;
}

/** Where two one-line values part and meet again; the middle of each is what differs. */
export function stretches(expected: string, got: string): { expected: IStretch[]; got: IStretch[] } {
  if (expected.includes('\n') !== got.includes('\n')) {
    return { expected: whole(expected), got: whole(got) };
  }
  let head = 0;
  const short = Math.min(expected.length, got.length);
  while (head < short && expected[head] === got[head]) {
    head++;
  }
  let tail = 0;
  while (tail < short - head && expected.at(-1 - tail) === got.at(-1 - tail)) {
    tail++;
  }
  [head, tail] = widen(expected, got, head, tail);
  const cut = (text: string): IStretch[] =>
    [
      { text: text.slice(0, head), differs: false },
      { text: text.slice(head, text.length - tail), differs: true },
      { text: text.slice(text.length - tail), differs: false }
    ].filter(part => part.text);
  return { expected: cut(expected), got: cut(got) };
}

function whole(text: string): IStretch[] {
  return text ? [{ text, differs: true }] : [];
}

/** A difference inside a number marks all of the number: 1995 and 1996 differ, not 5 and 6. */
function widen(one: string, other: string, head: number, tail: number): [number, number] {
  const digit = (text: string, at: number) => /\d/.test(text.charAt(at));
  const both = [one, other];
  while (head > 0 && digit(one, head - 1) && both.some(text => digit(text, head))) {
    head--;
  }
  while (
    tail > 0 &&
    digit(one, one.length - tail) &&
    both.some(text => text.length - tail - 1 >= head && digit(text, text.length - tail - 1))
  ) {
    tail--;
  }
  return [head, tail];
}

/** One line of a printed diff as it is drawn: a line that is the same is drawn once. */
export type DrawnLine =
  | { n: number; same: string }
  | { n: number; expected: IStretch[] | null; got: IStretch[] | null };

export interface IDrawnLines {
  lines: DrawnLine[];
  /** How many lines before the first and after the last drawn are folded away. */
  before: number;
  after: number;
}

/** Over twelve lines the diff folds to the first difference, with two lines of context. */
export function drawnLines(lines: IPrintedLine[], all: boolean): IDrawnLines {
  const drawn = lines.map(drawLine);
  if (all || lines.length <= 12) {
    return { lines: drawn, before: 0, after: 0 };
  }
  const first = Math.max(
    0,
    lines.findIndex(line => !line.same)
  );
  const from = Math.max(0, first - 2);
  const to = Math.min(lines.length, from + 8);
  return { lines: drawn.slice(from, to), before: from, after: lines.length - to };
}

function drawLine(line: IPrintedLine): DrawnLine {
  if (line.same) {
    return { n: line.n, same: line.expected ?? line.got ?? '' };
  }
  if (line.expected === null || line.got === null) {
    const whole = (text: string | null) => (text === null ? null : [{ text: visible(text), differs: true }]);
    return { n: line.n, expected: whole(line.expected), got: whole(line.got) };
  }
  const parts = stretches(line.expected, line.got);
  return { n: line.n, expected: parts.expected, got: parts.got };
}

/** A line of nothing but spaces would mark nothing: they are shown as dots. */
function visible(text: string): string {
  return text.trim() ? text : text ? '·'.repeat(text.length) : '⏎';
}

/** A column of a table's diff: drawn as a pair where any of its cells differs, else once, for orientation. */
export interface IDrawnColumn {
  name: string;
  differs: boolean;
}

/** Columns that stand by for orientation, at most. */
const STANDING_BY = 2;

export function drawnColumns(diff: Diff & { kind: 'table' }): IDrawnColumn[] {
  let standing = 0;
  return diff.columns
    .map(name => ({
      name,
      differs: diff.rows.some(row => row.cells.some(c => c.column === name && cellDiffers(c)))
    }))
    .filter(column => column.differs || standing++ < STANDING_BY);
}

/** Whether two cells differ as they are compared: 4 and 4.0 do not. */
export function cellDiffers({ expected, got }: { expected: string | null; got: string | null }): boolean {
  if (expected === got) {
    return false;
  }
  const [one, other] = [expected, got].map(text => (text?.trim() ? Number(text) : NaN));
  return !(Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other)));
}

/** What is said under a diff, if anything. */
export function remark(diff: Diff, trans: TranslationBundle): Phrase | null {
  switch (diff.kind) {
    case 'type':
      return phrase(
        trans.__('The value is right, its kind is not: `%1` is %2, and %3 is expected.', ...HOLD),
        diff.got,
        kindName(diff.got_type, trans),
        kindName(diff.expected_type, trans)
      );
    case 'raises':
      return raises(diff, trans);
    case 'unsupported':
      return phrase(
        trans.__(
          'Your answer returned an unsupported kind of value: *%1*. Return a list, text, number or table.',
          ...HOLD
        ),
        diff.type
      );
    case 'item':
      return diff.path ? phrase(trans.__('The first difference is at `%1`.', ...HOLD), diff.path) : null;
    case 'table':
      return diff.more ? phrase(trans._n('%1 more row differs.', '%1 more rows differ.', diff.more)) : null;
    default:
      return null;
  }
}

function raises(diff: Diff & { kind: 'raises' }, trans: TranslationBundle): Phrase {
  if (diff.got) {
    return phrase(trans.__('Expected `%1`; your answer raised `%2`.', ...HOLD), diff.expected, diff.got);
  }
  return diff.value === null || diff.value === undefined
    ? phrase(trans.__('Expected `%1`; your answer raised nothing.', ...HOLD), diff.expected)
    : phrase(trans.__('Expected `%1`; your answer returned `%2`.', ...HOLD), diff.expected, diff.value);
}

/** A type's name as a beginner reads it: "a whole number", "a float", "a list". */
export function kindName(type: string, trans: TranslationBundle): string {
  const names: Record<string, string | undefined> = {
    int: trans.__('a whole number'),
    float: trans.__('a float'),
    str: trans.__('a text'),
    bool: trans.__('a truth value'),
    list: trans.__('a list'),
    tuple: trans.__('a tuple'),
    dict: trans.__('a dict'),
    set: trans.__('a set'),
    NoneType: trans.__('nothing (None)'),
    ndarray: trans.__('an array'),
    DataFrame: trans.__('a table'),
    Series: trans.__('a column')
  };
  return names[type] ?? trans.__('of type %1', type);
}

/** A call or other code is set as code; an author's words are not. */
export function isCode(label: string): boolean {
  return /^[A-Za-z_][\w.]*(\(|\[|\s*(==|=|<|>|\+|-|\*|\/|%)\s*\S)|^[[({'"\d-]/.test(label.trim());
}

/** The server's sentence for printed lines; the headline has said it. */
const PRINTED = /^(Lines? \d+( and \d+)?|\d+ lines) of what is printed differ/;

/**
 * What is said under a test that did not pass: the author's message, or the server's own sentence, which is better
 * than ours where it counts items; where both say the same, ours, because it is translated.
 */
export function explanation(check: ICheck, trans: TranslationBundle): Phrase | null {
  const mine = check.diff ? remark(check.diff, trans) : null;
  if (!check.message || (check.diff?.kind === 'lines' && PRINTED.test(check.message))) {
    return mine;
  }
  const english = check.diff ? remark(check.diff, nullTranslator.load('codegym')) : null;
  const bare = (text: string) => text.replace(/`/g, '');
  return mine && english && plain(english) === bare(check.message)
    ? mine
    : serverPhrase(check.message, trans);
}
