import { expect, it } from 'vitest';

import { untouchedLine } from '../src/grading/state';
import { REF } from './fakes';

it.each([
  ['def f(x):\n    ...\n', 'def f(x):\n    ...\n', { line: 2, dots: true }],
  ['# Write below.\n# Two lines.\n', '# Write below.\n# Two lines.', { line: 2, dots: false }],
  ['# Write below.', '# Write below.\nprint(1)', null],
  ['# Write below.', '# My own words.', null],
  ['print(1)', 'print(1)', null],
  ['', '', null]
])('of the starter %j, %j is untouched: %j', async (starter, source, found) => {
  const api = { starter: async () => ({ source: starter }) as never };
  expect(await untouchedLine(api, REF, source)).toEqual(found);
});
