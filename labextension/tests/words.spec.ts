import { describe, expect, it } from 'vitest';

import { readable } from '../src/grading/errorwords';
import { noticePhrase } from '../src/grading/notices';
import { handInLine, headline, resultWord, scoreLine } from '../src/grading/words';
import { plain } from '../src/phrases';
import type { IFailure, IJudgement } from '../src/records';
import { check, clock, hidden, judgement, trans } from './make';

function said(change: Partial<IJudgement>): string {
  const head = headline(judgement(change), clock, trans);
  return [head.word, plain(head.text), head.points && `[${head.points}]`].filter(Boolean).join(' ');
}
const failed = (change: object = {}) => check({ verdict: 'WA', status: 'not_passed', ...change });
const failure = (change: Partial<IFailure> = {}): IFailure => ({
  type: 'ZeroDivisionError',
  message: 'division by zero',
  line: 4,
  cell: 'answer',
  frames: [],
  ...change
});
const value = { kind: 'value' as const, expected: '6', got: '4' };

describe('an error in plain words', () => {
  const told = (type: string, message: string, source: string) => {
    const failure = { type, message, line: 1, cell: 'answer', frames: [] };
    return plain(headline(judgement({ verdict: 'RTE', failure }), clock, trans, source).text);
  };
  it('names what a misspelt name may mean', () => {
    const unknown = "name 'totl' is not defined";
    expect(told('NameError', unknown, 'total = 1\nprint(totl)')).toContain('Did you mean total?');
    expect(told('NameError', unknown, 'x = 1  # total\nprint(totl)')).not.toContain('Did you mean');
    expect(told('NameError', "name 'pritn' is not defined", 'pritn(1)')).toContain('Did you mean print?');
  });
  it('says that nobody types', () =>
    expect(told('EOFError', 'EOF when reading a line', '')).toContain('nobody types while Check runs'));
});

describe('the headline', () => {
  it('accepts', () => expect(said({})).toBe('Accepted. All 5 tests pass. [2 of 2 points]'));
  it('says not yet, and where to look', () =>
    expect(said({ verdict: 'WA', score: 1.33, passed: 2, checks: [failed({ diff: value })] })).toBe(
      'Not yet. 2 of 5 tests pass. The first difference is below. [1.33 of 2 points]'
    ));
  it('says so where only hidden tests do not pass', () =>
    expect(
      said({ verdict: 'WA', score: 1, passed: 4, checks: [check(), hidden('an empty list', false)] })
    ).toBe('Not yet. The sample tests pass, 1 hidden test does not. [1 of 2 points]'));
  it('counts none, one and many', () => {
    expect(said({ verdict: 'WA', score: 0, passed: 0, checks: [failed()] })).toContain(
      'None of 5 tests passes.'
    );
    expect(said({ verdict: 'WA', score: 0, passed: 1, total: 3, checks: [failed()] })).toContain(
      '1 of 3 tests passes.'
    );
  });
  it('says which printed lines differ', () => {
    const lines = [3, 4].map(n => ({ n, expected: 'a', got: 'b' }));
    const printed = {
      verdict: 'WA' as const,
      passed: 1,
      total: 3,
      checks: [failed({ diff: { kind: 'lines', lines } })]
    };
    expect(said(printed)).toContain('1 of 3 tests passes. Lines 3 and 4 of what is printed differ.');
  });
  it('names a value that cannot cross', () =>
    expect(
      said({ verdict: 'WA', checks: [failed({ diff: { kind: 'unsupported', type: 'generator' } })] })
    ).toContain(
      'Your answer returned an unsupported kind of value: generator. Return a list, text, number or table.'
    ));
  it('tells a try from a hand-in', () =>
    expect(
      said({
        kind: 'try',
        verdict: 'WA',
        samples_only: true,
        score: null,
        passed: 1,
        total: 2,
        checks: [failed()]
      })
    ).toBe('Not yet. 1 of 2 sample tests passes.'));
  it('does not call a try accepted', () =>
    expect(said({ kind: 'try', samples_only: true, score: null, passed: 2, total: 2 })).toBe(
      'Samples pass. All 2 sample tests pass.'
    ));
  it('stops by an error in a line of the answer', () =>
    expect(
      said({
        verdict: 'RTE',
        score: 0,
        passed: 1,
        total: 3,
        checks: [failed({ status: 'stopped', failure: failure() })]
      })
    ).toBe('Stopped by an error. ZeroDivisionError in line 4. 1 of 3 tests passes. [0 of 2 points]'));
  it('links no line of another cell', () => {
    const head = headline(judgement({ verdict: 'RTE', failure: failure({ cell: 'cell 3' }) }), clock, trans);
    expect(head.text.some(part => 'line' in part)).toBe(false);
    expect(plain(head.text)).toContain('ZeroDivisionError in line 4 of cell 3.');
  });
  it('cannot read', () =>
    expect(
      said({ verdict: 'CE', failure: failure({ type: 'SyntaxError', message: "expected ':'", line: 3 }) })
    ).toBe('Python cannot read this yet. Line 3: a colon is missing at the end. No attempt used.'));
  it('takes too long, with and without a line', () => {
    expect(said({ verdict: 'TLE', score: 0, failure: failure({ line: 3 }) })).toBe(
      'Took too long. Stopped after 2 seconds, at line 3. Does the loop always come to an end? [0 of 2 points]'
    );
    expect(said({ verdict: 'TLE', score: 0 })).toContain('Stopped after 2 seconds. Does');
  });
  it('needs too much memory', () =>
    expect(said({ verdict: 'MLE', score: 0, failure: failure({ line: 5 }) })).toBe(
      'Needs too much memory. Stopped at 256 MB, in line 5. Is a list growing that need not be kept? [0 of 2 points]'
    ));
  it('prints too much', () =>
    expect(said({ verdict: 'OLE', score: 0 })).toBe(
      'Prints too much. Stopped after 64 kB of output. Is a print inside a long loop? [0 of 2 points]'
    ));
  it('is not allowed, without points', () =>
    expect(
      said({ verdict: 'SV', violation: 'opening a network connection', failure: failure({ line: 2 }) })
    ).toBe(
      'Not allowed in Check. This tried something that Check does not allow: opening a network connection, in line 2.'
    ));
  it('takes our faults on us', () => {
    expect(said({ verdict: 'JE', score: null })).toMatch(/^Our fault, not yours\..*tried again by itself\.$/);
    expect(said({ state: 'parked', verdict: 'JE' })).toContain('Staff have been told.');
  });
  it('says what waits, was stopped, or is shown later', () => {
    const none = { verdict: null, score: null };
    expect(said({ ...none, state: 'waiting', ahead: 12 })).toBe(
      'In the queue. Your answer is stored. 12 are before it.'
    );
    expect(said({ ...none, state: 'waiting', wait_s: 8 })).toContain('this one is checked in 8 seconds.');
    expect(said({ ...none, state: 'waiting', not_before: '2025-10-24T14:03:20Z' })).toBe(
      'In the queue. Your answer is stored and will be checked at 14:03:20.'
    );
    expect(said({ ...none, state: 'cancelled' })).toBe('Stopped by you. No attempt used.');
    expect(said({ ...none, shown_after: '2025-10-24T23:59:00Z' })).toBe(
      'Handed in at 14:03. The result is shown after Fri 24 Oct, 23:59.'
    );
    expect(
      said({ state: 'awaiting_review', verdict: null, score: 2, max_score: 6, passed: 3, total: 3 })
    ).toBe('Handed in, awaiting review. 3 of 3 tests pass; a person marks the rest. [2 of 6 points so far]');
  });
  it('tells what a person gave, whatever the tests say', () => {
    const marks = { points: 1.5, max_points: 2, lines: [], comment: 'Well told.' };
    expect(said({ verdict: 'WA', score: 1.5, max_score: 5, passed: 2, total: 3, marks })).toBe(
      'Marked. 2 of 3 tests pass. [1.5 of 5 points]'
    );
    expect(said({ verdict: 'AC', score: 4, max_score: 4, passed: 0, total: 0, marks })).toBe(
      'Marked. [4 of 4 points]'
    );
  });
  it('holds no verdict code and no word that blames', () => {
    const codes = ['AC', 'WA', 'TLE', 'RTE', 'CE', 'MLE', 'OLE', 'SV', 'JE'] as const;
    for (const verdict of codes) {
      const words = said({ verdict, failure: failure() });
      expect(words).not.toMatch(/\b(AC|WA|TLE|RTE|CE|MLE|OLE|SV|JE)\b/);
      expect(words).not.toMatch(/[!]|oops|sorry|invalid|failed|illegal|wrong/i);
    }
  });
});

describe('beside the headline', () => {
  const attempts = { used: 1, max: 3, left: 2 };
  it('says what was handed in and what is left', () => {
    expect(handInLine(judgement({ attempts, counts: true }), clock, trans)).toBe(
      'Handed in at 14:03. This one counts. 2 attempts left.'
    );
    expect(handInLine(judgement({ attempts: { ...attempts, left: 0 }, counts: false }), clock, trans)).toBe(
      'Handed in at 14:03. An earlier one counts. No attempts left. You can still check.'
    );
    expect(handInLine(judgement({ attempts, kind: 'try' }), clock, trans)).toBe(
      'Only tried: no attempt used.'
    );
    expect(handInLine(judgement(), clock, trans)).toBeNull();
  });
  it('ends a row with a word', () => {
    const word = (change: object) => resultWord(check(change), judgement(), trans);
    expect(word({})).toBe('passed');
    expect(word({ status: 'not_passed' })).toBe('not passed');
    expect(word({ status: 'stopped', verdict: 'TLE' })).toBe('stopped after 2 s');
    expect(word({ status: 'stopped', verdict: 'RTE' })).toBe('stopped');
    expect(word({ status: 'not_run' })).toBe('not run');
  });
  it('counts one point in the singular', () =>
    expect(scoreLine(judgement({ score: 0.5, max_score: 1 }), clock, trans)).toBe('0.5 of 1 point'));
});

describe('what Python cannot read', () => {
  it.each([
    ["expected ':'", 'a colon is missing at the end'],
    ["'(' was never closed", 'the bracket ( is never closed'],
    ['unterminated string literal (detected at line 2)', 'a text is never closed with a quote'],
    [
      "expected an indented block after 'for' statement on line 3",
      'the lines after for in line 3 must be indented'
    ],
    [
      'expected an indented block after function definition on line 1',
      'the lines after def in line 1 must be indented'
    ],
    [
      "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
      '= gives a name a value; to compare, write =='
    ],
    ['invalid syntax. Perhaps you forgot a comma?', 'a comma seems to be missing'],
    ["'return' outside function", 'return stands outside function'],
    ['invalid syntax', 'something here is not Python'],
    ['', 'something here is not Python'],
    ['a new message of a new Python', 'a new message of a new Python']
  ])('%s', (message, words) => expect(plain(readable(message, trans))).toBe(words));
});

describe('notices', () => {
  const words = (code: string, args: Record<string, unknown>) =>
    plain(noticePhrase({ code, text: 'server text', args }, trans));
  it('says where the kernel and Check differ', () => {
    expect(words('fresh_start', { name: 'data' })).toBe(
      'Nothing up to your answer defines data. If your kernel knows it, define it in a cell above: Check starts fresh.'
    );
    expect(words('missing_package', { name: 'seaborn' })).toBe(
      'The package seaborn is not in this course. Check cannot import it.'
    );
  });
  it('says which builtin was given away, and where', () => {
    expect(words('shadowed_builtin', { name: 'list', line: 1, cell: null })).toContain(
      'gave away in line 1.'
    );
    expect(words('shadowed_builtin', { name: 'list', line: 1, cell: 2 })).toContain(
      'in line 1 of cell 2 above.'
    );
  });
  it('says why a cell was skipped', () => {
    expect(words('cell_skipped', { cell: 4, status: 'error' })).toBe(
      'Cell 4 above stopped with an error and was skipped.'
    );
    expect(words('cell_skipped', { cell: null, status: 'timeout' })).toContain('took too long');
  });
  it('takes the server’s words for what it does not know', () =>
    expect(words('something_new', { a: 1 })).toBe('server text'));
});
