import React, { act } from 'react';
import { expect, it } from 'vitest';

import { Flows } from '../src/classes/flows';
import { fakeTab, used } from './staffpart';

it('works that commands began are read once they are opened, stopped and gone on with', async () => {
  const flow = { kind: 'regrade', created_ms: 0, done: 1, spans: 3, why: '', reason: 'a check was wrong' };
  const states = ['running', 'cancelled', 'failed', 'done'];
  const flows = states.map(state => ({ ...flow, id: state, state, why: state === 'failed' ? 'gone' : '' }));
  const { tab, sent } = fakeTab({ flows: { flows } });
  const page = await used(<Flows tab={tab} />);
  expect(page.node.querySelector('table')).toBeNull();
  await act(async () => {
    page.node.querySelector('details')!.open = true;
    page.node.querySelector('details')!.dispatchEvent(new Event('toggle'));
  });
  const rows = [...page.node.querySelectorAll('tbody tr')];
  const told = rows.map(row => [...row.querySelectorAll('td')].slice(2).map(cell => cell.textContent));
  expect(told).toEqual([
    ['1 of 3', 'runs', 'Stop'],
    ['1 of 3', 'stopped', 'Go on'],
    ['1 of 3', 'failed: gone', 'Go on'],
    ['1 of 3', 'done', '']
  ]);
  await page.press('Stop', rows[0]);
  await page.press('Go on', rows[2]);
  expect(sent.map(([address]) => address)).toEqual(['flows/running/stop', 'flows/failed/resume']);
  await page.close();
});
