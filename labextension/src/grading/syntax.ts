import { TranslationBundle } from '@jupyterlab/translation';

import { HOLD, phrase, Phrase } from '../phrases';

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
