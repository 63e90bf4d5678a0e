import { ISignal, Signal } from '@lumino/signaling';

import type { IAuthorChecked } from '../records';
import { Api, RequestError } from '../requests';

export type CheckState =
  | { phase: 'none' }
  | { phase: 'running'; done: number; total: number }
  | { phase: 'done'; found: IAuthorChecked }
  | { phase: 'failed'; why: string };

/** The check of one exercise, as its author sees it. */
export class ExerciseCheck {
  state: CheckState = { phase: 'none' };
  private _stop: AbortController | null = null;
  private readonly _changed = new Signal<this, void>(this);

  constructor(private readonly _api: Api) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Checks what the file holds; `away` is said where no answer comes. */
  async run(path: string, exercise: string, away: string): Promise<void> {
    this.stop();
    const own = (this._stop = new AbortController());
    this._set({ phase: 'running', done: 0, total: 0 });
    try {
      for await (const event of this._api.checkAuthored(path, exercise, own.signal)) {
        if (event.type === 'mutants') {
          this._set({ phase: 'running', done: event.done, total: event.total });
        } else if (event.type === 'checked') {
          this._set({ phase: 'done', found: event });
        } else {
          this._set({ phase: 'failed', why: event.message });
        }
      }
    } catch (reason) {
      if (!own.signal.aborted) {
        this._set({ phase: 'failed', why: reason instanceof RequestError ? reason.message : away });
      }
    }
    if (this._stop === own) {
      this._stop = null;
      if (this.state.phase === 'running') {
        this._set(own.signal.aborted ? { phase: 'none' } : { phase: 'failed', why: away });
      }
    }
  }

  fail(why: string): void {
    this._set({ phase: 'failed', why });
  }

  stop(): void {
    this._stop?.abort();
  }

  /** A mutant that is dealt with stands no longer among those alive, nor those that the same check kills. */
  settle(mutant: string): void {
    const tally = this.state.phase === 'done' ? this.state.found.mutants : null;
    if (this.state.phase === 'done' && tally) {
      const check = tally.survivors.find(one => one.id === mutant)?.suggestion;
      const survivors = tally.survivors.filter(
        one => one.id !== mutant && (!check || one.suggestion !== check)
      );
      this._set({ phase: 'done', found: { ...this.state.found, mutants: { ...tally, survivors } } });
    }
  }

  private _set(state: CheckState): void {
    this.state = state;
    this._changed.emit();
  }
}
