import type { ICell } from '@jupyterlab/nbformat';
import { JSONExt, PartialJSONObject, PartialJSONValue } from '@lumino/coreutils';

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
    if (!JSONExt.deepEqual(now[at].metadata, cell.metadata)) {
      steps.push({ do: 'metadata', at, metadata: cell.metadata });
    }
  });
  for (let at = now.length - 1; at >= after.length; at--) {
    steps.push({ do: 'delete', at });
  }
  return steps;
}

/** A cell's shared model, as far as a repair needs it. */
export interface ISharedCell {
  setSource(source: string): void;
  getMetadata(): PartialJSONObject;
  setMetadata(key: string, value: PartialJSONValue): void;
  deleteMetadata(key: string): void;
}

/** The notebook's shared model, as far as a repair needs it. */
export interface ISharedNotebook {
  transact(change: () => void, undoable?: boolean): void;
  insertCell(at: number, cell: ICell): unknown;
  moveCell(from: number, to: number): void;
  deleteCell(at: number): void;
  getCell(at: number): ISharedCell;
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
      applyMetadata(notebook.getCell(step.at), step.metadata);
      break;
  }
}

/** Key by key: the shared model's own way to set them all leaves those that are gone. */
function applyMetadata(cell: ISharedCell, metadata: PartialJSONObject): void {
  for (const key of Object.keys(cell.getMetadata())) {
    if (!(key in metadata)) {
      cell.deleteMetadata(key);
    }
  }
  for (const [key, value] of Object.entries(metadata)) {
    cell.setMetadata(key, value as PartialJSONValue);
  }
}

function same(one: IdCell, other: IdCell): boolean {
  return one.id !== undefined && one.id === other.id && one.cell_type === other.cell_type;
}

function text(cell: IdCell): string {
  return Array.isArray(cell.source) ? cell.source.join('') : cell.source;
}
