import { Bundle, ISubmissionBody } from '../records';
import { IExerciseRef } from '../tokens';

/** An answer that was handed to this browser while the server was away. */
export interface IKeptAnswer {
  body: ISubmissionBody;
  title: string;
  digest: string;
}

/** A judgement whose notebook was not open when it came. */
export interface IKeptResult extends IExerciseRef {
  bundle: Bundle;
  digest: string;
}

type Box = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Answers kept in this browser until they are sent, and results until they are written.
 *
 * The lab's own state database lives on the server, which is just what is away: so the browser's storage.
 */
export class KeptAnswers {
  constructor(
    private readonly _box: Box,
    private readonly _prefix: string
  ) {}

  list(): IKeptAnswer[] {
    return this._read<IKeptAnswer>('answers');
  }

  /** Keeps an answer; one of the same exercise that still waits gives way to it. */
  add(answer: IKeptAnswer): void {
    const others = this.list().filter(one => !sameExercise(one.body, answer.body));
    this._write('answers', [...others, answer]);
  }

  remove(key: string): void {
    const rest = this.list().filter(one => one.body.idempotency_key !== key);
    this._write('answers', rest);
  }

  addResult(result: IKeptResult): void {
    const others = this._read<IKeptResult>('results').filter(one => !sameExercise(one, result));
    this._write('results', [...others, result]);
  }

  /** The result that waits for this exercise's notebook, handed out once. */
  takeResult(ref: IExerciseRef): IKeptResult | null {
    const all = this._read<IKeptResult>('results');
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

export function sameExercise(one: IExerciseRef, other: IExerciseRef): boolean {
  return one.course === other.course && one.exercise === other.exercise;
}
