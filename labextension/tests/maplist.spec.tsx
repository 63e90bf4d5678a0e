import React, { act } from 'react';
import { expect, it } from 'vitest';

import { Progress } from '../src/classes/progress';
import { fakeTab, used } from './staffpart';

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
