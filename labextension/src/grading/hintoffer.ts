import { IJudgement } from '../records';
import { IExerciseRef, keyOf } from '../tokens';

/** After so many judgements in a row that stopped at the same place, a hint is offered. */
const TRIES = 3;

/** Counts judgements that stop at the same place, and offers a hint once for each exercise, by consent. */
export class HintOffer {
  private readonly _tries = new Map<string, { place: string; count: number }>();
  private readonly _offered = new Set<string>();
  private readonly _open = new Set<string>();

  /** Takes a judgement into account; true where it brings the offer. */
  judged(ref: IExerciseRef, judgement: IJudgement): boolean {
    const key = keyOf(ref);
    const place = placeOf(judgement);
    if (place === null) {
      this._tries.delete(key);
      this._open.delete(key);
      return false;
    }
    const before = this._tries.get(key);
    const count = before?.place === place ? before.count + 1 : 1;
    this._tries.set(key, { place, count });
    if (count < TRIES || this._offered.has(key)) {
      return false;
    }
    this._offered.add(key);
    this._open.add(key);
    return true;
  }

  isOpen(ref: IExerciseRef): boolean {
    return this._open.has(keyOf(ref));
  }

  /** The hint was asked for, here or elsewhere, or not wanted. */
  close(ref: IExerciseRef): void {
    this._open.delete(keyOf(ref));
  }
}

/** Where an answer stopped: the verdict and the first test that did not pass; null where it was accepted or not judged. */
function placeOf(judgement: IJudgement): string | null {
  const { state, verdict, checks, failure } = judgement;
  if (state !== 'judged' || verdict === null || verdict === 'AC' || verdict === 'JE') {
    return null;
  }
  const first = checks.findIndex(check => check.status !== 'passed');
  return JSON.stringify([verdict, first, failure?.type ?? null]);
}
