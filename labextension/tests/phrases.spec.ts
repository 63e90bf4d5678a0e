import { describe, expect, it } from 'vitest';

import { HOLD, outcome, phrase, plain, sentences, ticked } from '../src/phrases';
import { trans } from './make';

describe('phrase', () => {
  it('reads code, lines and emphasis', () => {
    const parts = phrase('`%1` in [line %2|2], a *copy*.', 'ZeroDivisionError', 4);
    expect(parts).toEqual([
      { code: 'ZeroDivisionError' },
      { text: ' in ' },
      { text: 'line 4', line: 4 },
      { text: ', a ' },
      { em: 'copy' },
      { text: '.' }
    ]);
  });

  it('takes no argument for markup', () => {
    expect(phrase('Got %1.', '`code` [x|1] *em*')).toEqual([{ text: 'Got `code` [x|1] *em*.' }]);
  });

  it('keeps placeholders through the translator, to be filled after reading', () => {
    expect(plain(phrase(trans.__('`%1` is %2', ...HOLD), 'a*b', '`c`'))).toBe('a*b is `c`');
  });

  it('joins sentences with a space and leaves out what is not said', () => {
    expect(plain(sentences(phrase('One.'), null, [], phrase('Two.')))).toBe('One. Two.');
  });

  it('sets the server’s backticks as code', () => {
    expect(ticked('Check does not know `data`.')).toEqual([
      { text: 'Check does not know ' },
      { code: 'data' },
      { text: '.' }
    ]);
  });

  it('says what a call gives and should give', () => {
    const said = (got: string) => plain(outcome({ call: 'f(1)', got, wanted: '2' }, trans));
    expect(said('3')).toBe('f(1) gives 3; it should give 2.');
    expect(said('')).toBe('f(1) does not come to an end; it should give 2.');
  });
});
