import { describe, expect, it } from 'vitest';

import type { Checks } from '../src/grading/checks';
import type { NotebookAnswers } from '../src/grading/notebooks';
import { GradingService } from '../src/grading/service';
import { REF } from './fakes';

interface ICell {
  cell_type: string;
  source: string;
  metadata: Record<string, unknown>;
}

function notebook(...sources: string[]) {
  const cells: ICell[] = sources.map(source => ({ cell_type: 'code', source, metadata: { answer: true } }));
  const content = {
    widgets: [...cells],
    activeCellIndex: 0,
    model: {
      sharedModel: {
        insertCell: (at: number, cell: ICell) => {
          cells.splice(at, 0, cell);
        }
      }
    }
  };
  return { cells, content };
}

describe('an example of the tutor', () => {
  it('becomes a cell of its own below the answer, which stays as it is', () => {
    const { cells, content } = notebook('setup', 'def sum_even(xs): ...', 'notes');
    const answer = { panel: { content }, cell: content.widgets[1] };
    const service = new GradingService({} as Checks, { find: () => answer } as unknown as NotebookAnswers);
    service.insertBelow(REF, 'print(7 % 2)');
    expect(cells.map(({ source }) => source)).toEqual([
      'setup',
      'def sum_even(xs): ...',
      'print(7 % 2)',
      'notes'
    ]);
    expect(cells[2].metadata).not.toHaveProperty('answer');
    expect(content.activeCellIndex).toBe(2);
  });
  it('goes nowhere where the answer is not open', () => {
    const service = new GradingService({} as Checks, { find: () => null } as unknown as NotebookAnswers);
    expect(() => service.insertBelow(REF, 'x')).not.toThrow();
  });
});
