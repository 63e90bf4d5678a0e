import { describe, expect, it } from 'vitest';

import { marks, search } from '../src/course/search';
import { firstOpen, moveBy, rowsOf, typeAhead } from '../src/course/tree';
import { courseError } from '../src/course/words';
import { exercise, page, unit } from './make';

const course = page([
  unit('variables', [exercise({ id: 'basket', title: 'The fruit basket' })], { done: 1 }),
  unit('loops', [exercise(), exercise({ id: 'countdown', title: 'Countdown' })]),
  unit('later', [], { locked: true, total: 3 })
]);
const rows = rowsOf(course, new Set(['loops']));

describe('the tree', () => {
  it('shows the exercises of open units only', () =>
    expect(rows.map(row => row.key)).toEqual([
      'unit:variables',
      'unit:loops',
      'exercise:sum-even',
      'exercise:countdown',
      'unit:later'
    ]));
  it('shows a mistake at its exercise, or in its unit where that cannot be read', () => {
    const mistakes = [
      'loops.yaml:5: sum-even: no such key; take it out',
      'loops.yaml:9: gone: it has no check; write one',
      'variables.yaml:2: this is no cell; write one',
      'course.yaml:1: no title; write one'
    ].map(courseError);
    const all = rowsOf(course, new Set(['loops']), mistakes);
    expect(all.map(row => row.mistake?.line ?? row.key)).toEqual([
      'unit:variables',
      2,
      'unit:loops',
      'exercise:sum-even',
      5,
      'exercise:countdown',
      9,
      'unit:later'
    ]);
    expect(moveBy('ArrowLeft', all, 4, false)).toEqual({ do: 'focus', at: 2 });
    expect(typeAhead('it', all, 0)).toBe(6);
  });
  it('moves by arrows, Home and End and stops at its ends', () => {
    expect(moveBy('ArrowDown', rows, 1, false)).toEqual({ do: 'focus', at: 2 });
    expect(moveBy('ArrowUp', rows, 0, false)).toBeNull();
    expect(moveBy('Home', rows, 3, false)).toEqual({ do: 'focus', at: 0 });
    expect(moveBy('End', rows, 0, false)).toEqual({ do: 'focus', at: 4 });
    expect(moveBy('ArrowDown', rows, 4, false)).toBeNull();
  });
  it('opens, enters, leaves and closes by right and left', () => {
    expect(moveBy('ArrowRight', rows, 0, false)).toEqual({ do: 'expand', unit: 'variables' });
    expect(moveBy('ArrowRight', rows, 1, false)).toEqual({ do: 'focus', at: 2 });
    expect(moveBy('ArrowLeft', rows, 3, false)).toEqual({ do: 'focus', at: 1 });
    expect(moveBy('ArrowLeft', rows, 1, false)).toEqual({ do: 'collapse', unit: 'loops' });
    expect(moveBy('ArrowRight', rows, 3, false)).toBeNull();
  });
  it('swaps right and left where the text runs so', () =>
    expect(moveBy('ArrowLeft', rows, 0, true)).toEqual({ do: 'expand', unit: 'variables' }));
  it('opens by Enter and Space', () => {
    expect(moveBy('Enter', rows, 2, false)).toEqual({ do: 'activate', at: 2 });
    expect(moveBy(' ', rows, 2, false)).toEqual({ do: 'activate', at: 2 });
    expect(moveBy('x', rows, 2, false)).toBeNull();
  });
  it('goes to what is typed, on from here and round the end', () => {
    expect(typeAhead('c', rows, 0)).toBe(3);
    expect(typeAhead('l', rows, 1)).toBe(4);
    expect(typeAhead('v', rows, 3)).toBe(0);
    expect(typeAhead('lo', rows, 1)).toBe(1);
    expect(typeAhead('zz', rows, 0)).toBeNull();
  });
  it('has one unit open at first: the current one, else what to go on with, else the first undone', () => {
    expect(firstOpen(course, 'basket')).toBe('variables');
    expect(firstOpen({ ...course, go_on: { unit: 'loops', exercise: 'countdown' } }, null)).toBe('loops');
    expect(firstOpen(course, null)).toBe('loops');
    expect(firstOpen(page([]), null)).toBeNull();
  });
});

describe('search', () => {
  it('finds by title, concept and id, in course order', () => {
    expect(search([course], 'count').map(group => group.hits[0].exercise.id)).toEqual(['countdown']);
    expect(search([course], 'MODULO')[1].hits).toHaveLength(2);
    expect(search([course], 'sum-even')[0].unit).toBe('Loops');
  });
  it('wants every word', () => {
    expect(search([course], 'sum modulo')).toHaveLength(1);
    expect(search([course], 'sum fruit')).toHaveLength(0);
    expect(search([course], '   ')).toHaveLength(0);
  });
  it('marks where the words stand, merged', () => {
    expect(marks('Sum of sums', ['sum'])).toEqual([
      [0, 3],
      [7, 10]
    ]);
    expect(marks('banana', ['ana', 'nan'])).toEqual([[1, 5]]);
  });
});
