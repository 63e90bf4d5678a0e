import type { ICell } from '@jupyterlab/nbformat';
import { describe, expect, it } from 'vitest';

import { applyRepair, IdCell, planRepair } from '../src/course/repair';
import { FakeNotebook } from './fakes';

const code = (id: string, source = id, metadata: ICell['metadata'] = {}): IdCell => ({
  id,
  cell_type: 'code',
  source,
  metadata
});

function repaired(before: IdCell[], after: IdCell[]): FakeNotebook {
  const fake = new FakeNotebook([...before]);
  applyRepair(fake, planRepair(before, after));
  return fake;
}

describe('repair', () => {
  it('does nothing where nothing changed', () => {
    const cells = [code('a'), code('b')];
    expect(planRepair(cells, [code('a'), code('b')])).toEqual([]);
  });
  it('moves cells that stay, and so keeps them and their outputs', () => {
    const [a, b, c] = [code('a'), code('b'), code('c')];
    const fake = repaired([a, b, c], [code('c'), code('a'), code('b')]);
    expect(fake.cells).toEqual([c, a, b]);
    expect(fake.cells[0]).toBe(c);
    expect(fake.transactions).toBe(1);
  });
  it('inserts, edits and deletes as one transaction', () => {
    const after = [code('new'), code('a', 'a changed', { codegym: { role: 'answer' } })];
    const fake = repaired([code('a'), code('gone')], after);
    expect(fake.cells).toEqual(after);
    expect(fake.transactions).toBe(1);
  });
  it('makes a cell anew only where its kind changed', () => {
    const prose: IdCell = { ...code('a'), cell_type: 'markdown' };
    const steps = planRepair([code('a')], [prose]);
    expect(steps.map(step => step.do)).toEqual(['insert', 'delete']);
  });
  it('takes away a mark that a copy may not have, and leaves other metadata', () => {
    const copy = code('b', 'b', { tags: ['x'], codegym: { role: 'answer' } });
    expect(
      repaired([code('a'), copy], [code('a'), code('b', 'b', { tags: ['x'] })]).cells[1].metadata
    ).toEqual({
      tags: ['x']
    });
  });
  it('does not mind the order of keys', () => {
    const one = code('a', 'a', { codegym: { role: 'answer', schema: 1 } });
    expect(planRepair([one], [code('a', 'a', { codegym: { schema: 1, role: 'answer' } })])).toEqual([]);
  });
  it('reads a source that is a list of lines', () => {
    const lines: IdCell = { ...code('a'), source: ['x\n', 'y'] };
    expect(planRepair([lines], [code('a', 'x\ny')])).toEqual([]);
  });
});
