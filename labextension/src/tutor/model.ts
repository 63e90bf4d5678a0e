import { ISignal, Signal } from '@lumino/signaling';

import { ILadder } from '../records';
import { Api, RequestError, ServerAway } from '../requests';
import { IExerciseRef, keyOf } from '../tokens';

/** Where one exercise's ladder stands, as far as this page knows it. */
export interface ILadderState {
  ladder: ILadder | null;
  /** The box under the answer shows: the student asked for a hint. */
  shown: boolean;
  busy: boolean;
  /** When the next hint may be asked for, in ms since 1970. */
  readyAt: number;
  /** `away`, or why the server gave none, in its words. */
  problem: string | null;
}

const NOTHING: ILadderState = { ladder: null, shown: false, busy: false, readyAt: 0, problem: null };

/** The ladders of hints. The ladder is state on the server; here it is shown and climbed. */
export class Ladders {
  private readonly _states = new Map<string, ILadderState & { ref: IExerciseRef }>();
  private readonly _changed = new Signal<this, IExerciseRef>(this);
  private readonly _given = new Signal<this, { rung: number; total: number; text: string }>(this);
  private readonly _ready = new Signal<this, IExerciseRef>(this);

  constructor(private readonly _api: Api) {}

  get changed(): ISignal<this, IExerciseRef> {
    return this._changed;
  }

  /** Emits when a hint was asked for and is there: its number, of how many, and its text. */
  get given(): ISignal<this, { rung: number; total: number; text: string }> {
    return this._given;
  }

  /** Emits once when a wait is over. */
  get ready(): ISignal<this, IExerciseRef> {
    return this._ready;
  }

  state(ref: IExerciseRef): ILadderState {
    return this._states.get(keyOf(ref)) ?? NOTHING;
  }

  /** Shows the ladder; climbs one rung when it may. What was given before is shown first. */
  async ask(ref: IExerciseRef): Promise<void> {
    if (this.state(ref).busy) {
      return;
    }
    const first = !this.state(ref).shown;
    this._set(ref, { shown: true, busy: true, problem: null });
    try {
      const known = first ? await this._api.hints(ref.course, ref.exercise) : this.state(ref).ladder;
      if (known && first) {
        this._take(ref, known);
      }
      const climb = !first || known?.given.length === 0 || known?.next?.ready === true;
      if (climb && known?.next !== null && !known?.next?.say_back && Date.now() >= this.state(ref).readyAt) {
        this._take(ref, await this._api.nextHint(ref.course, ref.exercise));
      }
      this._tell(ref);
    } catch (reason) {
      this._refused(ref, reason);
    } finally {
      this._set(ref, { busy: false });
    }
  }

  /** Asks how the ladder stands, and climbs nothing. */
  async refresh(ref: IExerciseRef): Promise<void> {
    try {
      this._take(ref, await this._api.hints(ref.course, ref.exercise));
    } catch (reason) {
      this._refused(ref, reason);
    }
  }

  close(ref: IExerciseRef): void {
    this._set(ref, { shown: false });
  }

  private _take(ref: IExerciseRef, ladder: ILadder): void {
    const wait = ladder.next && !ladder.next.ready ? ladder.next.wait_s : 0;
    this._set(ref, { ladder });
    this._wait(ref, wait);
  }

  private _tell(ref: IExerciseRef): void {
    const { ladder } = this.state(ref);
    const last = ladder?.given.at(-1);
    if (ladder && last) {
      this._given.emit({ ...last, total: ladder.total });
    }
  }

  private _wait(ref: IExerciseRef, seconds: number): void {
    const readyAt = seconds > 0 ? Date.now() + seconds * 1000 : 0;
    this._set(ref, { readyAt });
    if (readyAt) {
      window.setTimeout(() => {
        if (this.state(ref).readyAt === readyAt) {
          this._set(ref, { readyAt: 0 });
          this._ready.emit(ref);
        }
      }, seconds * 1000);
    }
  }

  private _refused(ref: IExerciseRef, reason: unknown): void {
    if (reason instanceof ServerAway) {
      this._set(ref, { problem: 'away' });
    } else if (reason instanceof RequestError && typeof reason.details.wait_s === 'number') {
      this._wait(ref, reason.details.wait_s);
    } else {
      this._set(ref, { problem: reason instanceof Error ? reason.message : String(reason) });
    }
  }

  private _set(ref: IExerciseRef, change: Partial<ILadderState>): void {
    this._states.set(keyOf(ref), { ...this.state(ref), ...change, ref });
    this._changed.emit(ref);
  }
}
