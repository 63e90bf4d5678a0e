import React, { act } from 'react';
import { expect, it } from 'vitest';

import { Progress } from '../src/classes/progress';
import { fakeTab, used } from './staffpart';

it('the map and its list tell who was seen when, and how much came late', async () => {
  const student = { section: '', points: 1, max_points: 4, tries: [1, 1], scores: [1, 1] };
  const exercises = ['add', 'sum'].map(exercise => ({ unit: 'one', exercise, title: exercise, points: 2 }));
  const students = [
    { ...student, account: 'ana', signs: ['sl', 'l'] },
    { ...student, account: 'ben', signs: ['s', ''] }
  ];
  const rows = [{ account: 'ana', seen_at: '2025-10-20T08:00:00Z', late: 2 }];
  const { tab } = fakeTab({
    ...{ gradebook: { units: [{ unit: 'one', title: 'One' }], exercises, students }, progress: { rows } },
    ...{ stuck: { students: [] }, parked: { answers: [] }, hardest: { checks: [] } },
    scores: { bins: [], mean: null, median: null, max_points: 4, not_begun: 0 }
  });
  const page = await used(<Progress tab={tab} />);
  await act(async () => undefined); // what was read is drawn
  const grid = page.node.querySelector('[role="grid"]')!;
  const heads = [...grid.querySelectorAll('thead tr:last-child th')].map(one => one.textContent);
  expect(heads.slice(-3)).toEqual(['of 2', 'Late', 'Last seen']);
  const ends = [...grid.querySelectorAll('tbody tr')].map(row =>
    [...row.querySelectorAll('.codegym-mod-number')].map(one => one.textContent)
  );
  expect(ends).toEqual([
    ['1', '2', 'Mon 20 Oct, 10:00'],
    ['1', '', '']
  ]);
  const list = [...page.node.querySelectorAll('.codegym-MapList summary')].map(one => one.textContent);
  expect(list).toEqual(['ana 1 of 2 · 2 late · Mon 20 Oct, 10:00', 'ben 1 of 2']);
  await page.close();
});

it('the map is a list of students, too: each with how many are solved, opened exercise by exercise', async () => {
  const student = { section: '', points: 1, max_points: 4, tries: [2, 0] };
  const students = ['ben', 'ana'].map((account, i) => ({
    ...{ ...student, account },
    ...{ scores: i ? [2, null] : [0, null], signs: i ? ['s', ''] : ['', ''] }
  }));
  const exercises = ['add', 'sum'].map(exercise => ({
    ...{ unit: 'one', exercise, title: exercise.toUpperCase(), points: 2, bonus: false }
  }));
  const units = [{ unit: 'one', title: 'Unit one' }];
  const { tab } = fakeTab({
    ...{ gradebook: { units, exercises, students }, stuck: { students: [] }, parked: { answers: [] } },
    ...{ hardest: { checks: [] }, history: { past: [] } },
    scores: { bins: [], mean: null, median: null, max_points: 4, not_begun: 0 }
  });
  const page = await used(<Progress tab={tab} />);
  const list = page.node.querySelector('.codegym-MapList')!;
  const of = [...list.querySelectorAll('details')];
  expect(of.map(one => one.textContent)).toEqual(['ana 1 of 2', 'ben 0 of 2']);
  await act(async () => {
    of[0].open = true;
    of[0].dispatchEvent(new Event('toggle'));
  });
  const lines = [...of[0].querySelectorAll('button')];
  expect(lines.map(one => one.textContent)).toEqual([
    'Unit one, ADD: solved, 2 tries',
    'Unit one, SUM: not started'
  ]);
  await page.press('Unit one, ADD: solved, 2 tries', list);
  expect(lines[0].getAttribute('aria-expanded')).toBe('true');
  expect(of[0].textContent).toContain('Nothing was handed in.');
  await page.close();
});
