import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { WrongAnswers } from '../src/classes/clusters';
import { Mistakes } from '../src/classes/mistakes';
import type { IWrongCluster } from '../src/classes/records';
import { trans } from './make';

function cluster(id: string, change: Partial<IWrongCluster> = {}): IWrongCluster {
  const whole = { id, answers: 3, lines: [2], code: 't = x', question: 'Which `t`?', misconception: null };
  const draft = { yaml: '- id: mistake\n', refused: true, alike: 3 };
  const shown = { source: 'def f(x):\n    t = x', example: null, draft };
  return { ...whole, ...shown, failed: ['f(1)'], checks: 2, ...change };
}

/** A server that has looked at all answers when it is asked for the second time. */
function asked(): { model: Mistakes; queries: unknown[] } {
  const queries: unknown[] = [];
  const staff = async (_m: string, _p: string[], _b: unknown, query: { exercise?: string }) => {
    queries.push(query);
    const exercises = [{ exercise: 'f', title: 'Function', answers: 4 }];
    const clusters = query.exercise ? [cluster('a'), cluster('b', { answers: 1, misconception: 'own' })] : [];
    const left = query.exercise && queries.length < 3 ? 1 : 0;
    return { exercises, answers: 4, left, clusters };
  };
  return { model: new Mistakes({ staff } as never, 'de'), queries };
}

function drawn(model: Mistakes): HTMLElement {
  const node = document.createElement('div');
  node.innerHTML = renderToStaticMarkup(<WrongAnswers model={model} tab={{ trans } as never} />);
  return node;
}

describe('the wrong answers of a class', () => {
  it('are asked for until the server has looked at all', async () => {
    const { model, queries } = asked();
    await model.read('local:demo');
    expect([...drawn(model).querySelectorAll('option')].map(one => one.textContent)).toEqual([
      'Choose an exercise',
      'Function · 4 students'
    ]);
    await model.look('f');
    expect(queries.slice(1)).toEqual(Array(2).fill({ exercise: 'f', language: 'de' }));
    expect(model.state.loading).toBe(false);
  });
  it('stand in a listbox, the most frequent chosen, its lines marked, its draft one click away', async () => {
    const { model } = asked();
    await model.read('local:demo');
    await model.look('f');
    const node = drawn(model);
    const [first, second] = [...node.querySelectorAll('[role=listbox] > [role=option]')];
    expect(first.getAttribute('aria-selected')).toBe('true');
    expect(second.textContent).toContain('a misconception speaks: own');
    expect(node.querySelector('[role=listbox]')!.getAttribute('aria-activedescendant')).toBe(first.id);
    expect(node.querySelector('.codegym-mod-here')!.textContent).toBe('    t = x');
    expect(node.textContent).toContain('Draft a misconception');
    model.choose('b');
    expect(drawn(model).querySelectorAll('[role=option]')[1].getAttribute('aria-selected')).toBe('true');
  });
});
