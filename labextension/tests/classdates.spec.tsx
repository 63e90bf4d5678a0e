import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { describe, expect, it } from 'vitest';

import { Dates } from '../src/classes/dates';
import type { ITab } from '../src/classes/tab';
import { clock, trans } from './make';
import { fakeTab, used } from './staffpart';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

/** Types as a person does: React hears of it by the event alone. */
function type(field: HTMLInputElement, text: string): void {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

describe('a rule that is being set', () => {
  it('does not take away what is typed meanwhile', async () => {
    let answer: (said: object) => void = () => undefined;
    const staff = (method: string) =>
      method === 'POST'
        ? new Promise(resolve => (answer = resolve))
        : Promise.resolve({ overrides: [], units: [], exercises: [], students: [], sections: [] });
    const offering = { id: 'c', course: 'basics', title: 'Basics', term: '', time_zone: 'UTC' };
    const tab = {
      trans,
      clock,
      api: { staff },
      offering,
      turn: 0,
      find: '',
      section: '',
      say: () => undefined
    };
    const node = document.createElement('div');
    const root = createRoot(node);
    await act(async () => root.render(<Dates tab={tab as unknown as ITab} changed={() => undefined} />));
    const field = (label: string) => {
      const found = [...node.querySelectorAll('label')].find(one => one.textContent === label);
      return node.querySelector<HTMLInputElement>(`[id="${found?.htmlFor}"]`)!;
    };
    await act(async () => type(field('Value'), '2026-11-29T23:59'));
    const button = [...node.querySelectorAll('button')].find(one => one.textContent === 'Set it');
    await act(async () => button?.click());
    await act(async () => type(field('Why'), 'a holiday'));
    await act(async () => answer({}));
    expect([field('Value').value, field('Why').value]).toEqual(['', 'a holiday']);
    await act(async () => root.unmount());
  });
});

describe('what is set', () => {
  const rule = { account: null, team: 'red', section: null, unit: 'one', exercise: null, why: 'agreed' };
  const set = { fields: { due: '2025-11-01T08:00:00Z', attempts: 3 }, set_by: 'prof', set_at: null };

  it('is taken back as a whole or by its fields; a team has rules, too', async () => {
    const { tab, sent } = fakeTab({
      policy: { overrides: [{ ...rule, ...set }] },
      gradebook: { units: [], exercises: [], students: [] }
    });
    const page = await used(<Dates tab={tab} changed={() => undefined} />);
    await page.press('Take back attempts');
    await page.press('Take back');
    const whom = { account: '', team: 'red', section: '', unit: 'one' };
    expect(sent.splice(0)).toEqual([
      ['policy', { ...whom, clear: ['attempts'], why: '' }],
      ['policy', { ...whom, clear: ['due', 'attempts'], why: '' }]
    ]);
    await page.fill('For', 'team');
    await page.fill('Name', 'red');
    await page.fill('What', 'attempts');
    await page.fill('Value', '5');
    await page.press('Set it');
    expect(sent).toEqual([['policy', { team: 'red', set: { attempts: 5 }, why: '' }]]);
    await page.close();
  });
});
