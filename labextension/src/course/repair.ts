import type { ICell } from '@jupyterlab/nbformat';

/** One step from the cells that are there to the cells that should be. */
export type RepairStep =
  | { do: 'insert'; at: number; cell: ICell }
  | { do: 'move'; from: number; to: number }
  | { do: 'source'; at: number; source: string }
  | { do: 'metadata'; at: number; metadata: ICell['metadata'] }
  | { do: 'delete'; at: number };

/** A cell as both sides name it. */
export type IdCell = Pick<ICell, 'cell_type' | 'source' | 'metadata'> & { id?: unknown };

/** The fewest steps that keep outputs: cells that stay are moved and edited in place, never made again. */
export function planRepair(before: IdCell[], after: IdCell[]): RepairStep[] {
  const steps: RepairStep[] = [];
  const now = [...before];
  after.forEach((cell, at) => {
    const from = now.findIndex((one, i) => i >= at && same(one, cell));
    if (from < 0) {
      steps.push({ do: 'insert', at, cell: cell as ICell });
      now.splice(at, 0, cell);
      return;
    }
    if (from !== at) {
      steps.push({ do: 'move', from, to: at });
      now.splice(at, 0, ...now.splice(from, 1));
    }
    if (text(now[at]) !== text(cell)) {
      steps.push({ do: 'source', at, source: text(cell) });
    }
    if (JSON.stringify(now[at].metadata) !== JSON.stringify(cell.metadata)) {
      steps.push({ do: 'metadata', at, metadata: cell.metadata });
    }
  });
  for (let at = now.length - 1; at >= after.length; at--) {
    steps.push({ do: 'delete', at });
  }
  return steps;
}

/** The notebook's shared model, as far as a repair needs it. */
export interface ISharedNotebook {
  transact(change: () => void, undoable?: boolean): void;
  insertCell(at: number, cell: ICell): unknown;
  moveCell(from: number, to: number): void;
  deleteCell(at: number): void;
  getCell(at: number): { setSource(source: string): void; setMetadata(metadata: ICell['metadata']): void };
}

/** Takes the steps in one transaction, which undo takes back as one. */
export function applyRepair(notebook: ISharedNotebook, steps: RepairStep[]): void {
  notebook.transact(() => steps.forEach(step => applyStep(notebook, step)), true);
}

function applyStep(notebook: ISharedNotebook, step: RepairStep): void {
  switch (step.do) {
    case 'insert':
      notebook.insertCell(step.at, step.cell);
      break;
    case 'move':
      notebook.moveCell(step.from, step.to);
      break;
    case 'delete':
      notebook.deleteCell(step.at);
      break;
    case 'source':
      notebook.getCell(step.at).setSource(step.source);
      break;
    case 'metadata':
      notebook.getCell(step.at).setMetadata(step.metadata);
      break;
  }
}

function same(one: IdCell, other: IdCell): boolean {
  return one.id !== undefined && one.id === other.id && one.cell_type === other.cell_type;
}

function text(cell: IdCell): string {
  return Array.isArray(cell.source) ? cell.source.join('') : cell.source;
}
