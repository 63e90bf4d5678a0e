import type { IOutput } from '@jupyterlab/nbformat';
import { describe, expect, it } from 'vitest';

import {
  answers,
  cellMark,
  collect,
  digestOf,
  exerciseAt,
  firstCellOf,
  IOutputsLike,
  judgementIn,
  judgementOutput,
  looksOurs,
  missingKernel,
  notebookMark,
  sourceDigest,
  withJudgement,
  writeJudgement
} from '../src/cells';
import { JUDGEMENT_MIME } from '../src/records';
import { judgement } from './make';

function cell(id: string, type: string, source: string, mark?: unknown) {
  return { id, type, sharedModel: { getSource: () => source }, getMetadata: () => mark };
}
const answer = (id: string, exercise: string, source: string) =>
  cell(id, 'code', source, { schema: 1, exercise, role: 'answer' });
const notebook = {
  getMetadata: () => ({ schema: 1, course: 'python-basics', unit: 'loops', version: 'v1' }),
  cells: [
    cell('m', 'markdown', '# Loops'),
    cell('g', 'code', 'numbers = [3]', { schema: 1, role: 'given' }),
    cell('s1', 'markdown', '### Sum', { schema: 1, exercise: 'sum-even', role: 'statement' }),
    answer('a1', 'sum-even', 'def sum_even(xs): ...'),
    cell('own', 'code', 'mine = 1'),
    answer('copy', 'sum-even', 'copy'),
    answer('a2', 'countdown', 'def countdown(n): ...')
  ]
};

describe('marks', () => {
  it('reads what is there and refuses what is not of its shape', () => {
    expect(cellMark(notebook.cells[3])).toEqual({ role: 'answer', exercise: 'sum-even' });
    expect(cellMark(cell('x', 'code', '', { role: 'boss' }))).toBeNull();
    expect(cellMark(cell('x', 'code', '', 'answer'))).toBeNull();
    expect(cellMark(cell('x', 'code', ''))).toBeNull();
    expect(notebookMark(notebook)).toEqual({ course: 'python-basics', unit: 'loops', version: 'v1' });
    expect(notebookMark({ ...notebook, getMetadata: () => ({ course: 3 }) })).toBeNull();
  });
  it('knows a notebook of ours by any mark that is left', () => {
    const bare = { getMetadata: () => undefined };
    expect(looksOurs({ ...bare, cells: [cell('sum-even-answer', 'code', '')] })).toBe(true);
    expect(looksOurs({ ...bare, cells: [answer('x', 'sum-even', '')] })).toBe(true);
    expect(looksOurs({ ...bare, cells: [cell('x', 'code', '')] })).toBe(false);
  });
  it('grades the original of copies, wherever it stands', () => {
    const moved = [answer('copy', 'sum-even', 'copy'), answer('sum-even-answer', 'sum-even', 'mine')];
    expect(answers({ cells: moved }).map(one => one.index)).toEqual([1]);
    expect(collect({ ...notebook, cells: moved }, 'sum-even')).toMatchObject({ source: 'mine' });
  });
  it('grades the first of copies where the original is gone', () =>
    expect(answers(notebook).map(one => one.cell.id)).toEqual(['a1', 'a2']));
  it('does not take a markdown cell for an answer', () => {
    const prose = cell('p', 'markdown', '', { role: 'answer', exercise: 'x' });
    expect(answers({ cells: [prose] })).toEqual([]);
  });
  it('knows where an exercise begins', () => {
    expect(firstCellOf(notebook, 'sum-even')).toBe(2);
    expect(firstCellOf(notebook, 'gone')).toBe(-1);
  });
  it('knows which exercise a place belongs to', () => {
    expect([0, 1, 2, 3, 4, 6].map(index => exerciseAt(notebook, index))).toEqual([
      null,
      null,
      'sum-even',
      'sum-even',
      'sum-even',
      'countdown'
    ]);
  });
});

describe('collecting', () => {
  it('sends the answer and the code cells above it, in order', () => {
    const sent = collect(notebook, 'countdown')!;
    expect(sent.source).toBe('def countdown(n): ...');
    expect(sent.cells.map(one => [one.id, one.role, one.exercise])).toEqual([
      ['g', 'given', null],
      ['a1', 'answer', 'sum-even'],
      ['own', null, null],
      ['copy', 'answer', 'sum-even']
    ]);
  });
  it('sends nothing of an exercise that is not there', () => expect(collect(notebook, 'gone')).toBeNull());
  it('sends a statement that became code as a cell of the student’s own', () => {
    const odd = [cell('s', 'code', 'x', { role: 'statement', exercise: 'e' }), answer('a', 'e', 'y')];
    expect(collect({ ...notebook, cells: odd }, 'e')!.cells[0]).toEqual({
      id: 's',
      source: 'x',
      role: null,
      exercise: null
    });
  });
  it('tells by a digest whether anything that was sent has changed', () => {
    const sent = collect(notebook, 'countdown')!;
    const above = { ...sent, cells: sent.cells.map(one => ({ ...one, source: `${one.source}\n` })) };
    expect(sourceDigest(sent)).toBe(sourceDigest({ ...sent }));
    expect(sourceDigest(above)).not.toBe(sourceDigest(sent));
    expect(sourceDigest({ ...sent, source: 'x' })).not.toBe(sourceDigest(sent));
  });
});

describe('judgements among outputs', () => {
  const print: IOutput = { output_type: 'stream', name: 'stdout', text: 'hello' };
  const plot: IOutput = { output_type: 'display_data', data: { 'image/png': '' }, metadata: {} };
  const bundle = (verdict: 'AC' | 'WA') => ({
    [JUDGEMENT_MIME]: judgement({ verdict }),
    'text/plain': verdict
  });
  const first = judgementOutput(bundle('WA'), 'd1');
  const second = judgementOutput(bundle('AC'), 'd2');

  it('stand first, and keep other outputs', () =>
    expect(withJudgement([print, plot], first)).toEqual([first, print, plot]));
  it('replace the former one in its place, and never stand twice', () => {
    expect(withJudgement([print, first, plot], second)).toEqual([print, second, plot]);
    expect(withJudgement([first, print, first], second)).toEqual([second, print]);
  });
  it('carry the mark of their code', () => {
    expect(digestOf((first as { metadata: unknown }).metadata)).toBe('d1');
    expect(digestOf({})).toBeNull();
    expect(digestOf(undefined)).toBeNull();
  });
  it('are found', () => {
    expect(judgementIn([print, second])?.judgement.verdict).toBe('AC');
    expect(judgementIn([print])).toBeNull();
  });
  it('are written by setting only what changes', () => {
    const set: number[] = [];
    const list = [print, first, plot];
    const outputs: IOutputsLike = {
      get length() {
        return list.length;
      },
      toJSON: () => [...list],
      set: (i, output) => {
        set.push(i);
        list[i] = output;
      },
      add: output => list.push(output),
      remove: i => void list.splice(i, 1)
    };
    writeJudgement(outputs, second);
    expect(set).toEqual([1]);
    expect(list).toEqual([print, second, plot]);
  });
});

describe('missingKernel', () => {
  const kernelspecs = { python3: {} };
  const on = (kernelspec?: object) => ({ getMetadata: () => kernelspec });

  it('names the kernel that a notebook asks for and the lab has not', () => {
    expect(missingKernel(on({ name: 'bash' }), { kernelspecs })).toBe('bash');
    expect(missingKernel(on({ name: 'python3' }), { kernelspecs })).toBeNull();
  });

  it('misses none where nothing is asked for, or the lab does not know its kernels yet', () => {
    expect(missingKernel(on(), { kernelspecs })).toBeNull();
    expect(missingKernel(on({ name: 'bash' }), null)).toBeNull();
  });
});
