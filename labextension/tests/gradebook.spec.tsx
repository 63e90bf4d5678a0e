import React, { act } from 'react';
import { expect, it } from 'vitest';

import { Past } from '../src/classes/gradebook';
import { fakeTab, used } from './staffpart';

const JUDGED = {
  judgement: 'j1',
  judged_at: '2025-10-21T10:00:00Z',
  score: 1,
  max_score: 2,
  cause: 'check',
  ...{ mark: null, who: null, why: null }
};
const SENT = {
  exercise: 'add',
  submission: 's1',
  state: 'judged',
  received_at: '2025-10-21T09:59:00Z',
  sent_by: 'ana',
  ...{ reason: null as string | null, collected: false, history: [JUDGED] }
};

it('how a score came to be tells the moves between teams, too', async () => {
  const past = [
    SENT,
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

it('how a score came to be tells who else handed it in and why, and shows each answer', async () => {
  const regraded = { ...JUDGED, judgement: 'j2', cause: 'regrade', who: 'prof', why: 'wrong check' };
  const past = [
    { ...SENT, history: [JUDGED, regraded] },
    { ...SENT, submission: 's2', sent_by: 'prof', reason: 'the network was down' },
    { ...SENT, submission: 's3', sent_by: null, state: 'waiting', collected: true, history: [] },
    { ...SENT, submission: 's4', history: [] },
    { ...SENT, submission: 's5', state: 'cancelled', history: [] }
  ];
  const { tab } = fakeTab({ history: { past } });
  const asked: string[] = [];
  const staff = async (method: 'GET', parts: string[]) => {
    if (parts[0] === 'submissions') {
      asked.push(parts[1]);
      return { judgement: { source: `source of ${parts[1]}` } };
    }
    return tab.api.staff(method, parts);
  };
  const own = { ...tab, api: { ...tab.api, staff: staff as typeof tab.api.staff } };
  const page = await used(<Past tab={own} account="ana" exercise="add" />);
  const [stopped, again, ...lines] = [...page.node.querySelectorAll('li')];
  expect([stopped, again].map(one => one.textContent.split('Answer')[0])).toEqual([
    'stopped',
    'the same answer again'
  ]);
  const words = lines.map(one => one.textContent);
  expect(words[0]).toMatch(/^not judged yet.*collected at the due time, from the draft.*Answer of/);
  expect(words[0]).not.toContain('somebody');
  expect(words[1]).toMatch(/^1 \/ 2 by checks.*handed in by prof.*the network was down.*Answer of/);
  expect(words[2]).toContain('judged again by prof');
  expect(words[3]).toMatch(/^1 \/ 2 by checks/);
  expect(words[3]).not.toContain('handed in by');
  const answers = lines.map(one => one.querySelector('details'));
  expect(answers.map(Boolean)).toEqual([true, true, false, true]);
  for (const one of [answers[1]!, answers[3]!]) {
    await act(async () => {
      one.open = true;
      one.dispatchEvent(new Event('toggle'));
    });
  }
  expect(asked).toEqual(['s2', 's1']);
  expect(lines[3].querySelector('pre')?.textContent).toBe('source of s1');
  await page.close();
});
