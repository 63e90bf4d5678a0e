import React from 'react';
import { expect, it } from 'vitest';

import { Past } from '../src/classes/gradebook';
import { fakeTab, used } from './staffpart';

it('how a score came to be tells the moves between teams, too', async () => {
  const judged = {
    judgement: 'j1',
    judged_at: '2025-10-21T10:00:00Z',
    score: 1,
    max_score: 2,
    cause: 'check'
  };
  const past = [
    { exercise: 'add', submission: 's1', history: [{ ...judged, mark: null, who: null, why: null }] },
    { unit: 'one', moved_at: '2025-10-22T10:00:00Z', before: null, after: 'red', who: 'prof', why: 'asked' }
  ];
  const { tab } = fakeTab({ history: { past } });
  const page = await used(<Past tab={tab} account="ana" exercise="add" />);
  const lines = [...page.node.querySelectorAll('li')].map(one => one.textContent);
  expect(lines[0]).toContain('no team → red moved by prof');
  expect(lines[0]).toContain('asked');
  expect(lines[1]).toContain('1 / 2 by checks');
  await page.close();
});
