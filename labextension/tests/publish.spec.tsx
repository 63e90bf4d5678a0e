import React, { act } from 'react';
import { expect, it, vi } from 'vitest';

import { filesOf, Publish } from '../src/classes/publish';
import { RequestError } from '../src/requests';
import { fakeTab, used } from './staffpart';

const EXERCISES = [{ unit: 'one', exercise: 'add', title: 'Add', points: 2, bonus: false }];
const STUDENT = { section: '', points: 0, max_points: 2, scores: [0] };
const STUDENTS = [
  { ...STUDENT, account: 'ana', tries: [2], signs: ['s'] },
  { ...STUDENT, account: 'ben', tries: [1], signs: [''] },
  { ...STUDENT, account: 'zoe', tries: [0], signs: [''] }
];
const CHANGES = ['one: exercise add: checks', 'one: exercise sum: new', 'course: title'];

function fileAt(path: string, content: string): File {
  const bytes = new TextEncoder().encode(content);
  return { webkitRelativePath: path, arrayBuffer: async () => bytes.buffer } as unknown as File;
}

function tabOf() {
  const first = {
    number: 1,
    version: 'abc',
    published_at: null,
    published_by: null,
    note: '',
    changes: CHANGES
  };
  return fakeTab({
    gradebook: { units: [], exercises: EXERCISES, students: STUDENTS },
    changes: { changes: CHANGES, students: 3 },
    versions: { versions: [first], changes: CHANGES }
  });
}

it('a course’s files are those beside its course.yaml, without what is hidden', async () => {
  const paths = [
    'a/x/course.yaml',
    'a/x/one.yaml',
    'a/x/data/n.csv',
    'a/x/.git/config',
    'a/x/old/course.yaml'
  ];
  const found = await filesOf(
    [...paths, 'a/notes.txt', 'a/x/__pycache__/s.pyc'].map(path => fileAt(path, 'é'))
  );
  expect(found).toEqual({
    'course.yaml': 'w6k=',
    'one.yaml': 'w6k=',
    'data/n.csv': 'w6k=',
    'old/course.yaml': 'w6k='
  });
});

it('tells of each exercise that changes who has an answer, and who solved it', async () => {
  const page = await used(<Publish tab={tabOf().tab} />);
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

it('publishes a folder of this computer once it was looked at, and says where it is wrong', async () => {
  const { tab, sent } = tabOf();
  const page = await used(<Publish tab={tab} />);
  const bring = async () => {
    const field = page.field('Or the folder of the course on your computer');
    Object.defineProperty(field, 'files', { value: [fileAt('c/course.yaml', 'x')], configurable: true });
    field.dispatchEvent(new Event('change', { bubbles: true }));
    await vi.waitFor(async () => {
      await act(async () => undefined); // what was read by now is shown
      expect(page.node.textContent).toContain('Publish the folder on your computer');
    });
  };
  await bring();
  const files = { 'course.yaml': 'eA==' };
  expect(sent).toEqual([['versions', { files, dry_run: true }]]);
  await page.fill('What is new, for your colleagues', 'mended');
  await page.press('Publish now');
  expect(sent[1]).toEqual(['versions', { note: 'mended', anyway: false, files }]);
  expect(page.node.textContent).toContain('Publish what is in the folder');
  const errors = ['one.yaml:7: there is no key `cheks`'];
  const staff = tab.api.staff.bind(tab.api);
  vi.spyOn(tab.api, 'staff').mockImplementation((method, ...rest) =>
    method === 'GET'
      ? staff(method, ...rest)
      : Promise.reject(new RequestError(409, 'course_broken', 'No.', { errors }))
  );
  await bring();
  expect(page.node.querySelector('[role="alert"]')!.textContent).toBe(errors[0]);
  expect([...page.node.querySelectorAll('button')].map(one => one.textContent)).not.toContain('Publish now');
  await page.close();
});
