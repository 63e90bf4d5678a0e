import { Bundle, ISubmissionBody } from '../records';
import { IExerciseRef } from '../tokens';

/** An answer that was handed to this browser while the server was away. */
export interface IPendingAnswer {
  body: ISubmissionBody;
  title: string;
  digest: string;
  /** The tab that keeps it: that tab sends it and writes the judgement, while it lives. */
  tab: string;
}

/** A judgement whose notebook was not open when it came. */
export interface IPendingResult extends IExerciseRef {
  bundle: Bundle;
  digest: string;
}

type Box = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Answers kept in this browser until they are sent, and results until they are written.
 *
 * The lab's own state database lives on the server, which is just what is away: so the browser's storage.
 */
export class PendingAnswers {
  constructor(
    private readonly _box: Box,
    private readonly _prefix: string
  ) {}

  list(): IPendingAnswer[] {
    return this._read<IPendingAnswer>('answers');
  }

  /** Keeps an answer; one of the same exercise that still waits gives way to it. */
  add(answer: IPendingAnswer): void {
    const others = this.list().filter(one => !sameExercise(one.body, answer.body));
    this._write('answers', [...others, answer]);
  }

  remove(key: string): void {
    const rest = this.list().filter(one => one.body.idempotency_key !== key);
    this._write('answers', rest);
  }

  addResult(result: IPendingResult): void {
    const others = this._read<IPendingResult>('results').filter(one => !sameExercise(one, result));
    this._write('results', [...others, result]);
  }

  /** The result that waits for this exercise's notebook, handed out once. */
  takeResult(ref: IExerciseRef): IPendingResult | null {
    const all = this._read<IPendingResult>('results');
    const found = all.find(one => sameExercise(one, ref));
    if (found) {
      this._write(
        'results',
        all.filter(one => one !== found)
      );
    }
    return found ?? null;
  }

  private _read<T>(what: string): T[] {
    try {
      const list: unknown = JSON.parse(this._box.getItem(this._key(what)) ?? '[]');
      return Array.isArray(list) ? (list as T[]) : [];
    } catch {
      return [];
    }
  }

  private _write(what: string, list: unknown[]): void {
    if (list.length) {
      this._box.setItem(this._key(what), JSON.stringify(list));
    } else {
      this._box.removeItem(this._key(what));
    }
  }

  private _key(what: string): string {
    return `codegym:${this._prefix}:${what}`;
  }
}

/** What of the browser's locks a tab needs. */
type Locks = Pick<LockManager, 'request' | 'query'>;

/** This tab's name, held as a lock for as long as the tab lives, so that others can tell. */
export class TabLife {
  constructor(
    readonly id: string,
    private readonly _locks: Locks | undefined = globalThis.navigator?.locks
  ) {
    void this._locks?.request(lockOf(id), () => new Promise(() => undefined))?.catch(() => undefined);
  }

  /** The tabs that live, or null where the browser cannot tell. */
  async living(): Promise<Set<string> | null> {
    const state = await this._locks?.query().catch(() => null);
    return state ? new Set((state.held ?? []).map(lock => lock.name ?? '')) : null;
  }

  /** Whether this tab sends what that tab kept: its own, and what a tab left that is gone. */
  async sends(tab: string): Promise<boolean> {
    return tab === this.id || !(await this.living())?.has(lockOf(tab));
  }

  /** Runs while no other tab does: one at a time sends what is kept. */
  async alone(work: () => Promise<void>): Promise<void> {
    await (this._locks ? this._locks.request('codegym:sending', work) : work());
  }
}

function lockOf(tab: string): string {
  return `codegym:tab:${tab}`;
}

export function sameExercise(one: IExerciseRef, other: IExerciseRef): boolean {
  return one.course === other.course && one.exercise === other.exercise;
}
