import { nullTranslator } from '@jupyterlab/translation';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { ExerciseCheck } from '../src/author/check';
import { Report } from '../src/author/report';
import { groupAt, isHidden, placeFor, Role, roleOf, withHidden } from '../src/author/roles';
import type { AuthorCheckEvent } from '../src/records';
import { Api, RequestError } from '../src/requests';

const UNIT: Role[] = [
  'unit',
  'text',
  'exercise',
  'statement',
  'solution',
  'sample',
  'hidden',
  'hint',
  'given'
];
const cell = (role: string | null, source: string, type = 'raw') => ({
  id: 'a',
  type,
  sharedModel: { getSource: () => source },
  getMetadata: () => role && { role }
});

describe('the role of a cell', () => {
  it('is what its mark says; a check is hidden by its YAML', () => {
    expect(roleOf(cell('solution', 'x', 'code'))).toBe('solution');
    expect(roleOf(cell('check', 'call: f()\nhidden: empty'))).toBe('hidden');
    expect(roleOf(cell('check', 'call: f()\nlabel: "hidden: no"'))).toBe('sample');
    expect(roleOf(cell(null, 'x', 'markdown'))).toBe('text');
    expect(roleOf(cell(null, 'x', 'code'))).toBe('given');
  });

  it.each([
    ['call: f()\nequals: 1', 'call: f()\nequals: 1\nhidden: it'],
    ['{call: f(), equals: 1}', '{call: f(), equals: 1, hidden: "it"}']
  ])('of a check is turned by one line: %s', (sample, hidden) => {
    expect(isHidden(sample)).toBe(false);
    expect(withHidden(sample, true, 'it')).toBe(hidden);
    expect(withHidden(hidden, false, 'it')).toBe(sample);
    expect(withHidden(hidden, true, 'other')).toBe(hidden);
  });
});

describe('where a cell goes', () => {
  it('is in its exercise, behind its like', () => {
    expect(groupAt(UNIT, 4)).toEqual({ first: 2, end: 8 });
    expect(groupAt(UNIT, 1)).toBeNull();
    expect(groupAt(UNIT, 8)).toBeNull();
    expect(placeFor('starter', UNIT, 4)).toEqual({ at: 4 });
    expect(placeFor('sample', UNIT, 3)).toEqual({ at: 7 });
    expect(placeFor('misconception', UNIT, 2)).toEqual({ at: 8 });
  });

  it('is where one is that is there once, or after the exercise', () => {
    expect(placeFor('solution', UNIT, 2)).toEqual({ there: 4 });
    expect(placeFor('text', UNIT, 3)).toEqual({ at: 8 });
    expect(placeFor('exercise', UNIT, 8)).toEqual({ at: 9 });
    expect(placeFor('hint', ['unit'], 0)).toEqual({ at: 1 });
  });
});

describe('a check', () => {
  const told = (events: AuthorCheckEvent[], end?: Error) =>
    ({
      async *checkAuthored() {
        yield* events;
        if (end) {
          throw end;
        }
      }
    }) as unknown as Api;

  it('says how far it is, then what it found', async () => {
    const found = {
      type: 'checked',
      mutants: { survivors: [{ id: 'a', suggestion: 'x' }, { id: 'b' }, { id: 'c', suggestion: 'x' }] }
    } as never;
    const check = new ExerciseCheck(told([{ type: 'mutants', done: 1, total: 3 }, found]));
    const seen: string[] = [];
    check.changed.connect(() => seen.push(check.state.phase));
    await check.run('u.yaml', 'x', 'away');
    expect(seen).toEqual(['running', 'running', 'done']);
    check.settle('a');
    expect(check.state).toMatchObject({ found: { mutants: { survivors: [{ id: 'b' }] } } });
  });

  it('shows each mutant, alive or killed', () => {
    const mutant = {
      kind: 'arithmetic',
      line: 2,
      diff: '--- a\n+++ b\n-    return a + b\n+    return a - b'
    };
    const alive = { ...mutant, id: 'a', line: 7, suggestion: null, found: null, tried: 40 };
    const mutants = {
      total: 2,
      killed: 1,
      equivalent: 0,
      share: 50,
      survivors: [alive],
      dead: [{ ...mutant, id: 'b' }]
    };
    const found = {
      accepted: true,
      passed: 3,
      checks: 3,
      scores: {},
      findings: [],
      seconds: 1,
      mutants
    } as never;
    const nothing = () => undefined;
    const trans = nullTranslator.load('codegym');
    const props = {
      trans,
      state: { phase: 'done' as const, found },
      take: nothing,
      same: nothing,
      goTo: nothing
    };
    const node = document.createElement('div');
    node.innerHTML = renderToStaticMarkup(createElement(Report, props));
    expect(node.textContent).toContain('Alive 1 of 1 line 7: arithmetic');
    const folded = node.querySelector('details')!;
    expect(folded.open).toBe(false);
    expect(folded.querySelector('summary')!.textContent).toBe('1 mutant is killed');
    expect(folded.textContent).toContain('line 2: arithmetic-    return a + b+    return a - b');
  });

  it('says why it was refused, or that nobody answers', async () => {
    const refused = new ExerciseCheck(told([], new RequestError(422, 'unfit', 'Line 3')));
    await refused.run('u.yaml', 'x', 'away');
    expect(refused.state).toEqual({ phase: 'failed', why: 'Line 3' });
    const cut = new ExerciseCheck(told([{ type: 'mutants', done: 1, total: 3 }]));
    await cut.run('u.yaml', 'x', 'away');
    expect(cut.state).toEqual({ phase: 'failed', why: 'away' });
  });
});
