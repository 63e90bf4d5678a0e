import React, { act } from 'react';
import { expect, it, vi } from 'vitest';

import { filesOf, Publish } from '../src/classes/publish';
import { RequestError } from '../src/requests';
import { fakeTab, used } from './staffpart';

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
    gradebook: { units: [], exercises: [], students: [] },
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

it('publishes a folder of this computer once it was looked at, and says where it is wrong', async () => {
  const { tab, sent } = tabOf();
  const page = await used(<Publish tab={tab} />);
  const asked = vi.spyOn(tab.api, 'staff');
  const bring = () =>
    act(async () => {
      asked.mockClear();
      const field = page.field('Or the folder of the course on your computer');
      Object.defineProperty(field, 'files', { value: [fileAt('c/course.yaml', 'x')], configurable: true });
      field.dispatchEvent(new Event('change', { bubbles: true }));
      await vi.waitFor(() => expect(asked.mock.lastCall![0]).toBe('POST'));
      await new Promise(shown => setTimeout(shown)); // what hangs on the answer has gone on
    });
  await bring();
  const files = { 'course.yaml': 'eA==' };
  expect(sent).toEqual([['versions', { files, dry_run: true }]]);
  await page.fill('What is new, for your colleagues', 'mended');
  await page.press('Publish now');
  expect(sent[1]).toEqual(['versions', { note: 'mended', anyway: false, files }]);
  expect(page.node.textContent).toContain('Publish what is in the folder');
  const errors = ['one.yaml:7: there is no key `cheks`'];
  asked.mockImplementation(async (method, ...rest) => {
    if (method === 'POST') {
      throw new RequestError(409, 'course_broken', 'No.', { errors });
    }
    return tabOf().tab.api.staff(method, ...rest);
  });
  await bring();
  expect(page.node.querySelector('[role="alert"]')!.textContent).toBe(errors[0]);
  expect([...page.node.querySelectorAll('button')].map(one => one.textContent)).not.toContain('Publish now');
  await page.close();
});
