import { TranslationBundle } from '@jupyterlab/translation';

import { HOLD, phrase, Phrase } from '../phrases';
import { IFailure } from '../records';

type Say = (match: RegExpExecArray, trans: TranslationBundle) => Phrase;

/** What CPython says of a text that it cannot read, and what we say for it, in the order they are tried. */
const WORDS: [RegExp, Say][] = [
  [/^expected ':'/, (_, t) => phrase(t.__('a colon is missing at the end'))],
  [/^'(.)' was never closed/, ([, b], t) => phrase(t.__('the bracket `%1` is never closed', ...HOLD), b)],
  [/^unmatched '(.)'/, ([, b], t) => phrase(t.__('the bracket `%1` was never opened', ...HOLD), b)],
  [
    /^closing parenthesis '(.)' does not match opening parenthesis '(.)'/,
    ([, b, a], t) => phrase(t.__('the bracket `%1` is closed by `%2`', ...HOLD), a, b)
  ],
  [
    /^unterminated (triple-quoted )?f?-?string/,
    (_, t) => phrase(t.__('a text is never closed with a quote'))
  ],
  [/^expected an indented block after (.*) on line (\d+)/, indented],
  [/^unexpected indent/, (_, t) => phrase(t.__('this line is indented further than the one above'))],
  [/^unindent does not match/, (_, t) => phrase(t.__('the indentation matches no line above'))],
  [/^inconsistent use of tabs/, (_, t) => phrase(t.__('tabs and spaces are mixed'))],
  [
    /Maybe you meant '==' (?:or ':=' )?instead of '='/,
    (_, t) => phrase(t.__('`=` gives a name a value; to compare, write `==`'))
  ],
  [/Perhaps you forgot a comma/, (_, t) => phrase(t.__('a comma seems to be missing'))],
  [
    /^cannot assign to (.*?)(?: here.*)?$/,
    ([, w], t) => phrase(t.__('nothing can be assigned to %1', ...HOLD), w)
  ],
  [/^'(\w+)' outside (.*)$/, ([, w, of], t) => phrase(t.__('`%1` stands outside %2', ...HOLD), w, of)],
  [/^Missing parentheses in call to '(\w+)'/, ([, w], t) => phrase(t.__('`%1` needs brackets', ...HOLD), w)],
  [
    /^invalid (decimal|imaginary|hexadecimal) literal/,
    (_, t) => phrase(t.__('a name may not begin with a digit'))
  ],
  [
    /^invalid character '(.)'/,
    ([, c], t) => phrase(t.__('Python does not know the character `%1`', ...HOLD), c)
  ],
  [/^invalid syntax|^invalid /, (_, t) => phrase(t.__('something here is not Python'))],
  [/^unexpected EOF|^unexpected end/, (_, t) => phrase(t.__('the code ends too early'))]
];

/** A SyntaxError's message in plain words; where we have none for it, Python's own. */
export function readable(message: string, trans: TranslationBundle): Phrase {
  const text = message.replace(/\s*\(.*, line \d+\)$/, '').replace(/\.$/, '');
  for (const [pattern, say] of WORDS) {
    const match = pattern.exec(text);
    if (match) {
      return say(match, trans);
    }
  }
  return text ? [{ text }] : phrase(trans.__('something here is not Python'));
}

function indented([, what, line]: RegExpExecArray, trans: TranslationBundle): Phrase {
  const head = what.replace(/^'?(\w+)'? statement$|^(.*)$/, (_, word: string, rest: string) => word ?? rest);
  return phrase(
    trans.__('the lines after `%1` in line %2 must be indented', ...HOLD),
    head.replace(/^function definition$/, 'def').replace(/^class definition$/, 'class'),
    line
  );
}

/** Names of Python's own that beginners misspell. */
const BUILTINS =
  'print input len range sum min max sorted list dict set str int float round abs True False None';

/** What an error means in plain words, where its message says too little. */
export function errorInWords(
  { type, message }: IFailure,
  source: string,
  trans: TranslationBundle
): Phrase | null {
  if (type === 'EOFError') {
    return phrase(trans.__('`input()` waits for a line, and nobody types while Check runs.', ...HOLD));
  }
  const name = type === 'NameError' ? /^name '(\w+)' is not defined/.exec(message)?.[1] : undefined;
  if (!name) {
    return null;
  }
  const code = source.replace(/#.*|"[^"\n]*"|'[^'\n]*'/g, '');
  const meant = nearest(name, [...(code.match(/[^\W\d]\w*/g) ?? []), ...BUILTINS.split(' ')]);
  return meant
    ? phrase(trans.__('Python does not know `%1`. Did you mean `%2`?', ...HOLD), name, meant)
    : phrase(trans.__('Python does not know `%1`.', ...HOLD), name);
}

/** The name that is one slip away, or two where it is long. */
function nearest(name: string, names: string[]): string | null {
  const most = name.length > 4 ? 2 : name.length > 2 ? 1 : 0;
  const others = [...new Set(names)].filter(one => one !== name && one.length > 1);
  const ranked = others.map(one => ({ one, slips: slips(name, one) })).sort((a, b) => a.slips - b.slips);
  return ranked[0]?.slips <= most ? ranked[0].one : null;
}

/** Letters put in, left out, changed, or changed round with their neighbour. */
function slips(one: string, other: string): number {
  const rows = [[...Array(other.length + 1).keys()]];
  for (let i = 1; i <= one.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= other.length; j++) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      const turned = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const fewest = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost);
      rows[i].push(turned ? Math.min(fewest, rows[i - 2][j - 2] + 1) : fewest);
    }
  }
  return rows[one.length][other.length];
}
