import { describe, expect, it } from 'vitest';

import {
  cellDiffers,
  drawnColumns,
  drawnLines,
  explanation,
  isCode,
  IStretch,
  remark,
  stretches
} from '../src/grading/difference';
import { plain } from '../src/phrases';
import type { Diff } from '../src/records';
import { check, trans } from './make';

const marked = (parts: IStretch[]) =>
  parts.map(part => (part.differs ? `«${part.text}»` : part.text)).join('');
const pair = (expected: string, got: string) => {
  const both = stretches(expected, got);
  return [marked(both.expected), marked(both.got)];
};

describe('what differs', () => {
  it.each([
    ['6', '4', '«6»', '«4»'],
    ['6', '6.0', '6', '6«.0»'],
    ['1 bottle', '1 bottles', '1 bottle', '1 bottle«s»'],
    ['[0, 1996, 1998]', '[0, 1995, 1998]', '[0, «1996», 1998]', '[0, «1995», 1998]'],
    ['12', '112', '«12»', '«112»'],
    ['Go!', 'Go', 'Go«!»', 'Go'],
    ['3', '3 to go', '3', '3« to go»'],
    ['', 'x', '', '«x»'],
    ['aa', 'aaa', 'aa', 'aa«a»'],
    ['0', '0  x\n1  y', '«0»', '«0  x\n1  y»']
  ])('%s and %s', (expected, got, left, right) => expect(pair(expected, got)).toEqual([left, right]));
});

describe('printed lines', () => {
  const same = (n: number) => ({ n, expected: 'x', got: 'x', same: true });
  it('draws a line that is the same once', () =>
    expect(drawnLines([same(1)], false).lines).toEqual([{ n: 1, same: 'x' }]));
  it('folds over twelve lines to the first difference', () => {
    const lines = Array.from({ length: 30 }, (_, i) =>
      i === 19 ? { n: 20, expected: 'a', got: 'b' } : same(i + 1)
    );
    const drawn = drawnLines(lines, false);
    expect(drawn.lines.map(line => line.n)).toEqual([18, 19, 20, 21, 22, 23, 24, 25]);
    expect([drawn.before, drawn.after]).toEqual([17, 5]);
    expect(drawnLines(lines, true).lines).toHaveLength(30);
  });
  it('shows a missing line as none and a blank one as visible', () => {
    const drawn = drawnLines([{ n: 1, expected: ' ', got: null }], false).lines[0];
    expect(drawn).toEqual({ n: 1, expected: [{ text: '·', differs: true }], got: null });
  });
});

describe('tables', () => {
  const cells = (...pairs: [string, string, string][]) => ({
    index: '1',
    cells: pairs.map(([column, expected, got]) => ({ column, expected, got }))
  });
  it('compare numbers by value', () => {
    expect(cellDiffers({ expected: '4', got: '4.0' })).toBe(false);
    expect(cellDiffers({ expected: '4', got: '3.0' })).toBe(true);
    expect(cellDiffers({ expected: 'nan', got: 'nan' })).toBe(false);
    expect(cellDiffers({ expected: 'a', got: null })).toBe(true);
    expect(cellDiffers({ expected: '0', got: '' })).toBe(true);
  });
  it('draw a column as a pair only where it differs, and few others', () => {
    const row = cells(['a', 'x', 'x'], ['b', '1', '1.0'], ['c', 'z', 'z'], ['d', '4', '5']);
    const diff = { kind: 'table' as const, columns: ['a', 'b', 'c', 'd'], rows: [row] };
    expect(drawnColumns(diff)).toEqual([
      { name: 'a', differs: false },
      { name: 'b', differs: false },
      { name: 'd', differs: true }
    ]);
  });
});

describe('what is said of a difference', () => {
  const words = (diff: Diff) => {
    const said = remark(diff, trans);
    return said && plain(said);
  };
  it('tells kind from value', () =>
    expect(words({ kind: 'type', expected: '6', got: '6.0', expected_type: 'int', got_type: 'float' })).toBe(
      'The value is right, its kind is not: 6.0 is a float, and a whole number is expected.'
    ));
  it('tells what was raised or returned instead', () => {
    expect(words({ kind: 'raises', expected: 'IndexError', got: null, value: 'None' })).toBe(
      'Expected IndexError; your answer returned None.'
    );
    expect(words({ kind: 'raises', expected: 'IndexError', got: 'ValueError' })).toContain(
      'raised ValueError.'
    );
    expect(words({ kind: 'raises', expected: 'IndexError', got: null, value: null })).toContain(
      'raised nothing.'
    );
  });
  it('counts rows that are not shown', () =>
    expect(words({ kind: 'table', columns: [], rows: [], more: 3 })).toBe('3 more rows differ.'));
  it('prefers the server’s sentence where it says more, and the author’s always', () => {
    const diff: Diff = { kind: 'item', path: '[998]', expected: '1', got: '2' };
    const sentence = '1000 items each; the first difference is at position 998.';
    expect(plain(explanation(check({ diff, message: sentence }), trans)!)).toBe(sentence);
    expect(plain(explanation(check({ diff, message: '' }), trans)!)).toBe(
      'The first difference is at [998].'
    );
    expect(plain(explanation(check({ message: 'Think of `0`.' }), trans)!)).toBe('Think of 0.');
  });
  it('does not say twice which printed lines differ', () => {
    const diff: Diff = { kind: 'lines', lines: [] };
    expect(
      explanation(check({ diff, message: '4 lines of what is printed differ, the first is line 1.' }), trans)
    ).toBeNull();
    expect(explanation(check({ diff, message: 'Mind the end.' }), trans)).not.toBeNull();
  });
});

describe('labels', () => {
  it.each(['sum_even([1, 2])', 'x == 3', '[f(i) for i in xs]', 'table["a"]', "{'a': 1}", 'a.b(c)'])(
    'sets %s as code',
    label => expect(isCode(label)).toBe(true)
  );
  it.each(['pieces', 'an empty list', 'more apples (than pears)', 'the cost, in euros', 'a - b is small'])(
    'sets %s as words',
    label => expect(isCode(label)).toBe(label === 'a - b is small')
  );
});
