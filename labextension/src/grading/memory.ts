import { IStateDB } from '@jupyterlab/statedb';
import { ReadonlyJSONObject } from '@lumino/coreutils';

import { IJudgement } from '../records';

const FOLDS = 'codegym-jlab:folds';
const RESETS = 'codegym-jlab:before-reset';

/** What is remembered between visits: which judgements are folded, and what stood before a reset. */
export class Memory {
  /** An accepted judgement folds itself on the next visit, unless a person wrote something to it. */
  foldAccepted = true;
  private _folds: Record<string, boolean> = {};
  private _resets: Record<string, string> = {};
  private readonly _fresh = new Set<string>();

  constructor(private readonly _state: IStateDB | null) {}

  async load(): Promise<void> {
    this._folds = await this._fetch<boolean>(FOLDS);
    this._resets = await this._fetch<string>(RESETS);
  }

  /** A judgement of this visit stays open. */
  judgedNow(judgement: IJudgement): void {
    this._fresh.add(judgement.submission);
  }

  isFresh(judgement: IJudgement): boolean {
    return this._fresh.has(judgement.submission);
  }

  folded(judgement: IJudgement): boolean {
    const chosen = this._folds[judgement.submission];
    const accepted = judgement.state === 'judged' && judgement.verdict === 'AC' && !judgement.marks;
    return chosen ?? (this.foldAccepted && accepted && !this._fresh.has(judgement.submission));
  }

  fold(judgement: IJudgement, folded: boolean): void {
    this._folds = newest({ ...this._folds, [judgement.submission]: folded });
    void this._state?.save(FOLDS, this._folds);
  }

  beforeReset(path: string, exercise: string): string | null {
    return this._resets[`${path}#${exercise}`] ?? null;
  }

  keepBeforeReset(path: string, exercise: string, source: string | null): void {
    const rest = { ...this._resets };
    delete rest[`${path}#${exercise}`];
    this._resets = source === null ? rest : newest({ ...rest, [`${path}#${exercise}`]: source });
    void this._state?.save(RESETS, this._resets);
  }

  private async _fetch<T>(key: string): Promise<Record<string, T>> {
    const value = await this._state?.fetch(key).catch(() => undefined);
    return value && typeof value === 'object' && !Array.isArray(value)
      ? (value as ReadonlyJSONObject as unknown as Record<string, T>)
      : {};
  }
}

/** The last 200: what is older than that is not missed. */
function newest<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).slice(-200));
}
