import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { IJudgementHost } from '../src/grading/host';
import { JudgementView } from '../src/grading/judgement';
import { Strip } from '../src/grading/strip';
import { readJudgement } from '../src/grading/renderer';
import type { IExercise, IJudgement } from '../src/records';
import { check, clock, exercise, hidden, host, judgement, trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
const none = () => undefined;

function drawn(view: IJudgement, around: Partial<IJudgementHost> | null = {}): HTMLElement {
  const node = document.createElement('div');
  const whole = around && { ...host, ...around };
  node.innerHTML = renderToStaticMarkup(
    <JudgementView view={view} trans={trans} clock={clock} host={whole} />
  );
  return node;
}
const text = (node: Element) => node.textContent ?? '';

describe('a judgement', () => {
  const wrong = check({
    verdict: 'WA',
    status: 'not_passed',
    diff: { kind: 'value', expected: '6', got: '4' }
  });

  it('is a labelled section that keeps the lab’s keys away', () => {
    const section = drawn(judgement()).querySelector('section')!;
    expect(section.getAttribute('aria-label')).toBe('Judgement of Sum of the even numbers');
    expect(section.hasAttribute('data-lm-suppress-shortcuts')).toBe(true);
  });
  it('lists tests, and marks what differs as ins and del with hidden words', () => {
    const node = drawn(judgement({ verdict: 'WA', checks: [wrong, hidden('an empty list', true)] }));
    expect(node.querySelectorAll('ul[aria-label="Tests"] > li')).toHaveLength(2);
    expect(text(node.querySelector('ins')!)).toBe('expected part 6');
    expect(text(node.querySelector('del')!)).toBe('your part 4');
  });
  it('opens the first test that failed, and the rest behind a row that counts them', async () => {
    const checks = [
      check(),
      hidden('an empty list', false),
      { ...wrong, label: 'f(1)' },
      { ...wrong, label: 'f(2)' },
      check({ status: 'not_run' })
    ];
    const node = document.createElement('div');
    const view = judgement({ verdict: 'WA', checks });
    await act(async () =>
      createRoot(node).render(<JudgementView view={view} trans={trans} clock={clock} host={host} />)
    );
    const rows = () => [...node.querySelectorAll('.codegym-Test-label')].map(text);
    expect(rows()).toEqual(['f(1)']);
    const fold = node.querySelector('.codegym-Tests button')!;
    expect(text(fold)).toBe('4 more tests: 1 passed, 2 not passed, 1 not run');
    expect(fold.getAttribute('aria-expanded')).toBe('false');
    await act(async () => (fold as HTMLElement).click());
    expect(fold.getAttribute('aria-expanded')).toBe('true');
    expect(rows()).toHaveLength(5);
  });
  it('shows of a hidden test its label, its word and its author’s message, whatever came with it', () => {
    const leaky = {
      ...hidden('random lists', false),
      expected: 'SECRET',
      got: 'SECRET',
      stdout: 'SECRET',
      diff: { kind: 'value' as const, expected: 'SECRET', got: 'SECRET' },
      failure: { type: 'SECRET', message: 'SECRET', line: 1, cell: 'answer', frames: [] }
    };
    const node = drawn(judgement({ verdict: 'WA', checks: [{ ...leaky, message: 'Think of zero.' }] }));
    expect(node.innerHTML).not.toContain('codegym-Diff');
    expect(text(node)).toContain('Think of zero.');
    expect(text(node.querySelector('.codegym-Test')!)).toContain('hidden test');
    expect(node.querySelector('.codegym-Test')!.innerHTML).not.toContain('SECRET');
  });
  it('shows a person’s marks by line and their comment, as text', () => {
    const lines = [{ text: 'Clear names', points: 1.5, max_points: 2 }];
    const marks = { points: 1.5, max_points: 2, lines, comment: 'Well told.\n<img src=x>' };
    const node = drawn(judgement({ marks }));
    const list = node.querySelector('ul[aria-label="Marked by a person"]')!;
    expect(text(list)).toBe('Clear names1.5 of 2 points');
    expect(text(node.querySelector('[aria-label="Comment on your answer"]')!)).toBe(marks.comment);
    expect(node.querySelector('img')).toBeNull();
    const odd = { ...judgement(), marks: { lines: [null, { text: {} }], comment: {} } };
    expect(readJudgement(odd)?.marks).toMatchObject({ lines: [], comment: '' });
    expect(readJudgement({ ...judgement(), marks: 'good' })?.marks).toBeNull();
  });
  it('takes nothing for HTML', () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(1)</script>';
    const node = drawn(
      judgement({
        title: evil,
        verdict: 'RTE',
        notices: [{ code: 'x', text: evil }],
        checks: [check({ label: evil, status: 'stopped', verdict: 'RTE', message: evil, stdout: evil })],
        failure: { type: evil, message: evil, line: 1, cell: 'answer', frames: [] }
      })
    );
    expect(node.querySelector('img, script')).toBeNull();
    expect(text(node)).toContain('<img');
  });
  it('offers what fits the moment, three actions at most', () => {
    const chips = (change: Partial<IJudgement>, around: Partial<IJudgementHost> = {}) =>
      [...drawn(judgement(change), around).querySelectorAll('.codegym-Chip')].map(one => one.textContent);
    expect(chips({ verdict: 'WA' })).toEqual(['Why is it wrong?', 'Ask the tutor', 'Next: Countdown']);
    expect(chips({ verdict: 'RTE' })).toEqual(['Explain this error', 'Ask the tutor']);
    expect(chips({})).toEqual(['Next: Countdown', 'Review my solution']);
    expect(chips({ kind: 'try', attempts: { used: 0, max: 2, left: 2 } })[0]).toBe('Hand in');
    const can = (command: string) => !/why|ask|review|explain/.test(command);
    expect(chips({ verdict: 'WA' }, { can })).toEqual(['Give me a hint', 'Next: Countdown']);
    expect(chips({ verdict: 'WA' }, { can, hintButton: false, nextTitle: null })).toEqual([]);
  });
  it('gives way to a run that is newer, and can be unfolded', () => {
    const node = drawn(judgement({ checks: [check()] }), { ran: true });
    expect(text(node)).not.toContain('Accepted');
    expect(text(node)).toContain('This run is newer than the judgement of 14:03');
    expect(node.querySelector('.codegym-Chip')).toBeNull();
  });
  it('is read only where nothing is around it', () => {
    const node = drawn(judgement({ verdict: 'WA', checks: [wrong] }), null);
    expect(text(node)).not.toContain('Give me a hint');
    expect(text(node)).toContain('Not yet.');
  });
  it('folds to its first line', () => {
    const node = drawn(judgement({ checks: [check()] }), { folded: true });
    expect(node.querySelector('button')!.getAttribute('aria-expanded')).toBe('false');
    expect(node.querySelector('.codegym-Tests')).toBeNull();
  });
  it('says that it is older than the code', () =>
    expect(text(drawn(judgement(), { older: true }))).toContain('Your code has changed since.'));
  it('says that it is being checked again, and keeps what stood there', () => {
    const node = drawn(judgement({ checks: [check()] }), { checking: true });
    expect(text(node)).toContain('Checking…');
    expect(node.querySelector('[aria-busy="true"]')).not.toBeNull();
  });
  it('shows the same error of two tests once', () => {
    const failure = {
      type: 'ZeroDivisionError',
      message: 'division by zero',
      line: 4,
      cell: 'answer',
      frames: [{ cell: 'answer', line: 4, function: 'mean', text: 'return 1 / 0' }]
    };
    const stopped = check({ status: 'stopped', verdict: 'RTE', failure });
    const node = drawn(
      judgement({ verdict: 'RTE', failure, checks: [stopped, { ...stopped, label: 'g(2)' }] })
    );
    expect(node.querySelectorAll('.codegym-Lines')).toHaveLength(1);
  });
  it('never shows a verdict code', () => {
    const limit = { type: 'TLE', message: '', line: 2, cell: 'answer', frames: [] };
    const node = drawn(
      judgement({
        verdict: 'TLE',
        failure: limit,
        checks: [check({ verdict: 'TLE', status: 'stopped', failure: limit })]
      })
    );
    expect(text(node)).not.toContain('TLE');
  });
  it('from a file that is none of ours is not drawn', () => {
    expect(readJudgement({ schema: 2, exercise: 'x' })).toBeNull();
    expect(readJudgement('text')).toBeNull();
    expect(readJudgement({ schema: 1, exercise: 'x', checks: 'no' })?.checks).toEqual([]);
  });
});

describe('the strip', () => {
  function strip(change: { exercise?: IExercise | null; active?: boolean; running?: boolean }): HTMLElement {
    const node = document.createElement('div');
    const line = { shape: 'tried', tone: 'notyet', text: 'tried at 14:25' } as const;
    const props = {
      trans,
      title: 'Guess',
      task: 'Your answer',
      handsIn: false,
      line,
      keys: '',
      check: none,
      handIn: none,
      hint: none,
      reset: none
    };
    node.innerHTML = renderToStaticMarkup(
      <Strip {...props} exercise={null} active={true} running={false} {...change} />
    );
    return node;
  }
  const buttons = (node: HTMLElement) => [...node.querySelectorAll('button')].map(one => one.textContent);

  it('shows the state where the cell is not active', () => {
    const node = strip({ active: false });
    expect(text(node)).toBe('Your answer: Guesstried at 14:25');
    expect(node.querySelector('button')).toBeNull();
  });
  it('is a toolbar with one way to hand in where attempts are unlimited', () => {
    const node = strip({ exercise: exercise() });
    expect(node.querySelector('[role="toolbar"]')!.getAttribute('aria-label')).toBe('Answer: Guess');
    expect(buttons(node)).toEqual(['Check', 'Hint', 'Reset']);
  });
  it('says how many attempts are left', () =>
    expect(buttons(strip({ exercise: exercise({ attempts: { used: 1, max: 3, left: 2 } }) }))[1]).toBe(
      'Hand in· 2 left'
    ));
  it('disables with a reason, and keeps the button in reach', () => {
    const node = strip({ exercise: exercise({ attempts: { used: 3, max: 3, left: 0 } }) });
    const handIn = node.querySelectorAll('button')[1];
    expect(handIn.getAttribute('aria-disabled')).toBe('true');
    const why = node.querySelector(`[id="${handIn.getAttribute('aria-describedby')}"]`);
    expect(why?.textContent).toBe('No attempts left. You can still check.');
  });
  it('disables Check while it runs', () =>
    expect(strip({ running: true }).querySelector('button')!.getAttribute('aria-disabled')).toBe('true'));
});

describe('a diagnosis', () => {
  const example = {
    call: 'total([3, 4])',
    got: '3',
    wanted: '7',
    is_new: true,
    turns: [{ number: 1, names: { x: '3', t: '<b>' } }],
    first_wrong: 1,
    name: 't',
    watched: {
      line: 4,
      parts: [
        { text: 'x', value: '3' },
        { text: 'x < y', value: 'False' }
      ]
    }
  };
  const none = { lines: [], question: '', example: null, hint: null };
  const wrong = judgement({ verdict: 'WA' });
  const row = (diagnosis: IJudgementHost['diagnosis'], more: Partial<IJudgementHost> = {}) =>
    drawn(wrong, { diagnosis, ...more }).querySelector('[role=group][aria-label=Diagnosis]');

  it('keeps its row free while it is looked for, and has none where there is nothing to say', () => {
    expect(text(row({ ...none, state: 'looking' })!)).toContain('Looking for the place…');
    expect(row({ ...none, state: 'off' })).toBeNull();
    expect(row(null)).toBeNull();
    expect(row({ ...none, state: 'looking' }, { ran: true })).toBeNull();
  });
  it('has none for a choice or a prediction but to say its author’s word', () => {
    const bare = (diagnosis: IJudgementHost['diagnosis']) =>
      drawn({ ...wrong, answer: 'choice' }, { diagnosis }).querySelector('.codegym-Diagnosis');
    expect(bare({ ...none, state: 'looking' })).toBeNull();
    expect(bare({ ...none, state: 'none' })).toBeNull();
    expect(text(bare({ ...none, state: 'found', question: 'In which order?' })!)).toContain(
      'In which order?'
    );
  });
  it('names the lines as links, and opens its steps', () => {
    const found = row({ ...none, state: 'found', lines: [2, 6], question: 'Which `t`?', example })!;
    expect(text(found)).toContain('Look at lines 2 and 6 together. Which t?');
    const [second, , steps] = [...found.querySelectorAll('button')];
    expect(second.getAttribute('aria-label')).toBe('Go to line 2 of your answer');
    expect(steps.getAttribute('aria-expanded')).toBe('false');
    expect(found.querySelector('table')).toBeNull();
  });
  it('says in its steps what the parts of the line were worth', async () => {
    const node = document.createElement('div');
    const around = {
      ...host,
      diagnosis: { ...none, state: 'found' as const, lines: [4], question: '', example }
    };
    await act(async () =>
      createRoot(node).render(<JudgementView view={wrong} trans={trans} clock={clock} host={around} />)
    );
    const steps = node.querySelector<HTMLElement>('.codegym-Diagnosis button[aria-expanded]')!;
    await act(async () => steps.click());
    expect(text(node)).toContain('When it comes to line 4: x = 3, x < y → False');
  });
  it('says that it found none, with the smallest input, and what a hint costs', () => {
    const nothing = row({ ...none, state: 'none', example })!;
    expect(text(nothing)).toContain('I did not find one place. This is the smallest input that differs.');
    expect(text(nothing)).toContain('total([3, 4])');
    const price = row({ ...none, state: 'hint', hint: { rung: 1, total: 3, cost: 0.2 } })!;
    expect(text(price)).toContain('It counts as hint 1 of 3 and costs 0.2 points.');
    expect(text(price.querySelector('button')!)).toBe('Show it');
  });
});
