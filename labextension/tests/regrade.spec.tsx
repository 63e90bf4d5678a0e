import React from 'react';
import { expect, it } from 'vitest';

import { Regrade } from '../src/classes/regrade';
import { fakeTab, used } from './staffpart';

it('a whole unit is judged again, exercise by exercise, and applied as one', async () => {
  const line = {
    account: 'ana',
    team: null,
    verdict: 'AC',
    before: 1,
    after: 2,
    max_score: 2,
    lowers: false
  };
  const lines = [{ ...line, by_rules: true, because: [] }];
  const exercises = ['add', 'sum', 'far'].map(exercise => ({
    ...{ exercise, title: exercise.toUpperCase() },
    unit: exercise === 'far' ? 'two' : 'one'
  }));
  const units = ['one', 'two'].map(unit => ({ unit, title: unit }));
  const { tab, sent } = fakeTab({
    gradebook: { units, exercises, students: [] },
    regrade: { lines, seen: 1, total: 1, recorded: 1, held: 0, unanswered: 0, next: null }
  });
  const page = await used(<Regrade tab={tab} />);
  await page.press('See what would change');
  expect(sent).toEqual([]);
  await page.fill('Where', 'unit one');
  await page.press('See what would change');
  expect(page.node.textContent).toContain('2 of 2 exercises looked at. Nothing is applied yet.');
  const rows = [...page.node.querySelectorAll('tbody tr')].map(row => row.textContent);
  expect(rows.map(row => row.slice(0, 6))).toEqual(['anaADD', 'anaSUM']);
  await page.fill('Why', 'mended');
  await page.press('Apply 2 changes');
  const asked = ['add', 'sum'].map(exercise => ({ exercise, after: null, allow_lower: false }));
  expect(sent.map(([, body]) => body)).toEqual([
    ...asked.map(one => ({ ...one, why: null })),
    ...asked.map(one => ({ ...one, why: 'mended' }))
  ]);
  await page.close();
});
