import React from 'react';
import { expect, it } from 'vitest';

import { Publish } from '../src/classes/publish';
import { fakeTab, used } from './staffpart';

const EXERCISES = [{ unit: 'one', exercise: 'add', title: 'Add', points: 2, bonus: false }];
const STUDENT = { section: '', points: 0, max_points: 2, scores: [0] };
const STUDENTS = [
  { ...STUDENT, account: 'ana', tries: [2], signs: ['s'] },
  { ...STUDENT, account: 'ben', tries: [1], signs: [''] },
  { ...STUDENT, account: 'zoe', tries: [0], signs: [''] }
];
const CHANGES = ['one: exercise add: checks', 'one: exercise sum: new', 'course: title'];

it('tells of each exercise that changes who has an answer, and who solved it', async () => {
  const { tab } = fakeTab({
    gradebook: { units: [], exercises: EXERCISES, students: STUDENTS },
    changes: { changes: CHANGES, students: 3 },
    versions: { versions: [] }
  });
  const page = await used(<Publish tab={tab} />);
  const lines = [...page.node.querySelectorAll('ul[aria-label="What changes"] li')].map(one =>
    one.textContent.trim()
  );
  expect(lines).toEqual([
    'one: exercise add: checks 2 have an answer, 1 solved',
    'one: exercise sum: new',
    'course: title'
  ]);
  expect(page.node.textContent).toContain('3 students see this from their next request on.');
  await page.close();
});
