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

const CLASS = {
  c: { sections: [{ section: '' }, { section: 'Group 1' }] },
  teams: { teams: [{ team: 'red', unit: 'one', id: 't1', members: [], answers: true }] },
  gradebook: {
    units: [{ unit: 'one', title: 'One' }],
    exercises: [],
    students: [{ account: 'ana b' }, { account: 'ben' }]
  }
};

describe('what is set', () => {
  const rule = { account: null, team: 'red', section: null, unit: 'one', exercise: null, why: 'agreed' };
  const set = { fields: { due: '2025-11-01T08:00:00Z', attempts: 3 }, set_by: 'prof', set_at: null };

  it('is taken back as a whole or by its fields; a team has rules, too', async () => {
    const { tab, sent } = fakeTab({
      policy: { overrides: [{ ...rule, ...set }] },
      ...CLASS
    });
    const page = await used(<Dates tab={tab} changed={() => undefined} />);
    await page.press('Take back attempts');
    await page.press('Take back');
    const whom = { account: '', team: 'red', section: '', unit: 'one' };
    expect(sent.splice(0)).toEqual([
      ['policy', { ...whom, clear: ['attempts'], why: '' }],
      ['policy', { ...whom, clear: ['due', 'attempts'], why: '' }]
    ]);
    await page.fill('For', 'team one red');
    await page.fill('What', 'attempts');
    await page.fill('Value', '5');
    await page.press('Set it');
    expect(sent).toEqual([['policy', { team: 'red', unit: 'one', set: { attempts: 5 }, why: '' }]]);
    await page.close();
  });

  it('is for a section, or for somebody by name, who may be excused; all may not', async () => {
    const { tab, sent } = fakeTab({ policy: { overrides: [] }, ...CLASS });
    const named = (account: string | null) => (account === 'ana b' ? 'Haddad, Ana (ana b)' : account!);
    const page = await used(<Dates tab={{ ...tab, named }} changed={() => undefined} />);
    const choices = (label: string) => [...page.field(label).querySelectorAll('option')];
    const words = choices('For').map(one => one.textContent);
    expect(words).toEqual(['all', 'Section Group 1', 'red · One', 'ben', 'Haddad, Ana (ana b)']);
    const fields = () => choices('What').map(one => one.textContent);
    expect(fields()).not.toContain('excused');
    await page.fill('For', 'section Group 1');
    await page.fill('Value', '3');
    await page.fill('What', 'attempts');
    await page.press('Set it');
    await page.fill('For', 'account ana b');
    await page.fill('What', 'excused');
    await page.fill('Value', 'true');
    await page.press('Set it');
    await page.fill('For', '');
    expect([fields().includes('excused'), page.field('What').value]).toEqual([false, 'due']);
    expect(sent).toEqual([
      ['policy', { section: 'Group 1', set: { attempts: 3 }, why: '' }],
      ['policy', { account: 'ana b', set: { excused: true }, why: '' }]
    ]);
    await page.close();
  });
});

describe('what holds', () => {
  const holds = { opens: null, due: '2025-11-01T08:00:00Z', closes: '2025-11-02T09:30:00Z' };
  const set_by = { level: 'student', part: 'unit' };
  const held = { fields: [{ field: 'attempts', value: 3, set_by }], time_zone: 'UTC' };

  it('is told of a student and of a team, with when it was opened and when it closes', async () => {
    const answers = { policy: { overrides: [] }, ...CLASS };
    const { tab } = fakeTab({ ...answers, held: { ...held, holds, opened_at: '2025-10-30T08:00:00Z' } });
    const asked: unknown[] = [];
    const staff = (method: 'GET', parts: string[], body?: object, query?: object) => {
      if (parts.at(-1) === 'held') {
        asked.push(query);
      }
      return tab.api.staff(method, parts, body);
    };
    const own = { ...tab, api: { ...tab.api, staff: staff as typeof tab.api.staff } };
    const page = await used(<Dates tab={own} changed={() => undefined} />);
    await page.fill('Student or team', 'team one red');
    const panel = [...page.node.querySelectorAll('section')].find(one =>
      one.textContent?.startsWith('What holds for')
    )!;
    expect(panel.textContent).toMatch(/opened Thu 30 Oct, 09:00 · due .* 09:00 · closes Sun 2 Nov, 10:30/);
    expect(panel.textContent).toContain('this team, for the unit');
    await page.fill('Student or team', 'account ben', panel);
    expect(panel.textContent).toContain('this student, for the unit');
    expect(asked).toEqual([
      { team: 'red', unit: 'one' },
      { account: 'ben', unit: 'one' }
    ]);
    await page.close();
  });
});
