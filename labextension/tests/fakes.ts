import type { ICell } from '@jupyterlab/nbformat';
import type { PartialJSONObject, PartialJSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import type { IdCell, ISharedNotebook } from '../src/course/repair';
import type { ISubmissionBody, ISubmitted, Kind, State, Verdict } from '../src/records';
import { JUDGEMENT_MIME } from '../src/records';
import { RequestError, type Api } from '../src/requests';
import type { ICourses, IExerciseRef } from '../src/tokens';
import { exercise, judgement } from './make';

export const REF: IExerciseRef = { course: 'python-basics', exercise: 'sum-even' };

/** An answer of the server to a submission. */
export function submitted(
  change: { verdict?: Verdict; state?: State; id?: string; kind?: Kind } = {}
): ISubmitted {
  const { verdict = 'AC', state = 'judged', id = 's1', kind = 'submit' } = change;
  const view = state === 'judged' ? judgement({ verdict, submission: id }) : null;
  return {
    submission: { id, state, kind, received_at: '2025-10-22T14:03:00Z' },
    judgement: view,
    bundle: view && { [JUDGEMENT_MIME]: view, 'text/plain': 'Accepted.', 'text/html': '' },
    exercise: exercise({ status: 'submitted', score: 2 })
  };
}

/** A server that answers what it is told to, in order, and keeps what was sent. */
export class FakeApi {
  sent: ISubmissionBody[] = [];
  cancelled: string[] = [];
  answers: (ISubmitted | Error | Promise<ISubmitted>)[] = [];
  later: ISubmitted = submitted();

  async submit(body: ISubmissionBody): Promise<ISubmitted> {
    this.sent.push(body);
    const answer = this.answers.shift() ?? submitted();
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  }
  async submission(): Promise<ISubmitted> {
    return this.later;
  }
  async cancel(id: string): Promise<ISubmitted> {
    this.cancelled.push(id);
    return { ...submitted({ state: 'cancelled', id }), bundle: null };
  }
  /** Cancel by key: refused as unknown this many times, then as told, else done. */
  unknown = 0;
  cancelledKeys: string[] = [];
  refusal: Error | null = null;
  async cancelSent(_: string, key: string): Promise<ISubmitted> {
    this.cancelledKeys.push(key);
    if (this.unknown-- > 0) {
      throw new RequestError(404, 'unknown_submission', 'There is no such submission of yours.');
    }
    if (this.refusal) {
      throw this.refusal;
    }
    return { ...submitted({ state: 'cancelled' }), bundle: null };
  }
  get api(): Api {
    return this as unknown as Api;
  }
}

export class FakeCourses {
  updated: string[] = [];
  keptNow = new Map<string, boolean>();
  current = null;
  changed = new Signal<this, void>(this);
  update(course: string, ex: { id: string }): void {
    this.updated.push(`${course}/${ex.id}`);
  }
  keep(ref: IExerciseRef, kept: boolean): void {
    this.keptNow.set(ref.exercise, kept);
  }
  get courses(): ICourses {
    return this as unknown as ICourses;
  }
}

/** The browser's storage, in memory. */
export class FakeBox {
  items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

/** A shared notebook that keeps track of which cell objects live on. */
export class FakeNotebook implements ISharedNotebook {
  transactions = 0;
  constructor(public cells: IdCell[]) {}
  transact(change: () => void) {
    this.transactions++;
    change();
  }
  insertCell(at: number, cell: ICell) {
    this.cells.splice(at, 0, cell as IdCell);
  }
  moveCell(from: number, to: number) {
    this.cells.splice(to, 0, ...this.cells.splice(from, 1));
  }
  deleteCell(at: number) {
    this.cells.splice(at, 1);
  }
  getCell(at: number) {
    return {
      setSource: (source: string) => void (this.cells[at].source = source),
      getMetadata: () => this.cells[at].metadata as PartialJSONObject,
      setMetadata: (key: string, value: PartialJSONValue) =>
        void ((this.cells[at].metadata as PartialJSONObject)[key] = value),
      deleteMetadata: (key: string) => void delete (this.cells[at].metadata as PartialJSONObject)[key]
    };
  }
}
