import React from 'react';
import { expect, it, vi } from 'vitest';

import { Progress } from '../src/classes/progress';
import { fakeTab, used } from './staffpart';

const EXERCISES = ['one', 'two'].map(unit => ({
  ...{ unit, exercise: `add-${unit}`, title: `Add ${unit}`, points: 2, bonus: false }
}));
const ANA = {
  account: 'ana',
  section: '',
  points: 2,
  max_points: 4,
  tries: [1, 3],
  scores: [2, 0],
  signs: ['s', '']
};

function stuck(n: number, failed: string[]) {
  const own = { person: `p${n}`, account: `ana-${n}`, section: '', for_s: 86400, failed };
  return { ...own, exercise: 'add-two', title: 'Add two', sends: 6, verdict: 'WA' };
}

function page() {
  const units = ['one', 'two'].map(unit => ({ unit, title: `Unit ${unit}` }));
  const checks = Array.from({ length: 9 }, (_, n) => ({
    ...{ exercise: 'add-two', title: 'Add two', check: `c${n}`, label: `sum ${n}` },
    ...{ hidden: n === 0, people: 10, failed: 10 - n, passed: n / 10 }
  }));
  const { tab } = fakeTab({
    ...{ gradebook: { units, exercises: EXERCISES, students: [ANA] }, parked: { answers: [] } },
    ...{ hardest: { checks }, history: { past: [] } },
    stuck: { students: Array.from({ length: 12 }, (_, n) => stuck(n, n ? ['sum 0'] : ['sum 1'])) },
    scores: { bins: [], mean: null, median: null, max_points: 4, not_begun: 0 }
  });
  return { tab, asked: vi.spyOn(tab.api, 'staff') };
}

it('tells who is stuck at which check, so many days as are chosen, and all of them where that is asked', async () => {
  const { tab, asked } = page();
  const shown = await used(<Progress tab={tab} />);
  const rows = () =>
    [...shown.node.querySelectorAll('table[aria-label="Stuck now"] tr')].map(one => one.textContent);
  expect(rows()).toHaveLength(10);
  expect(rows()[0]).toContain('Add two sum 1');
  expect(shown.node.textContent).toContain('11 fail here: sum 0 Add two');
  await shown.press('All 12');
  expect(rows()).toHaveLength(12);
  await shown.fill('Sent five times in vain, or begun', '7');
  expect(asked.mock.calls.at(-1)!.slice(1)).toEqual([
    ['classes', 'c', 'stuck'],
    undefined,
    { section: '', hours: '168' }
  ]);
  await shown.close();
});

it('marks hidden checks, and is of one unit where that is chosen', async () => {
  const { tab, asked } = page();
  const shown = await used(<Progress tab={tab} />);
  const hardest = () => [...shown.node.querySelectorAll('table[aria-label="Hardest checks"] tr')];
  expect(hardest()).toHaveLength(8);
  expect(hardest().filter(one => one.textContent.includes('hidden test'))).toEqual(hardest().slice(0, 1));
  await shown.press('All 9');
  expect(hardest()).toHaveLength(9);
  await shown.fill('Unit', 'one');
  expect(shown.node.querySelectorAll('[role="grid"] tbody td')).toHaveLength(4); // one exercise, solved, late, last seen
  expect(shown.node.textContent).toContain('Nobody.');
  const narrowed = asked.mock.calls
    .filter(([, , , query]) => query?.unit === 'one')
    .map(([, parts]) => parts.at(-1));
  expect(new Set(narrowed)).toEqual(new Set(['hardest', 'scores']));
  await shown.close();
});
