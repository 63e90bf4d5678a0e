import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, it } from 'vitest';

import { Past } from '../src/classes/gradebook';
import type { ITab } from '../src/classes/tab';
import { clock, trans } from './make';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

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
  const api = { staff: async () => ({ past }) };
  const tab = { api, offering: { id: 'c' }, trans, clock } as unknown as ITab;
  const node = document.createElement('div');
  const root = createRoot(node);
  await act(async () => root.render(<Past tab={tab} account="ana" exercise="add" />));
  const lines = [...node.querySelectorAll('li')].map(one => one.textContent);
  expect(lines[0]).toContain('no team → red moved by prof');
  expect(lines[0]).toContain('asked');
  expect(lines[1]).toContain('1 / 2 by checks');
  await act(async () => root.unmount());
});
