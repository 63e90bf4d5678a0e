import { ISignal, Signal } from '@lumino/signaling';

import { Api } from '../requests';
import { wordsOf } from './marking';
import { IWrongAnswers } from './records';

export interface IMistakesState {
  found: IWrongAnswers | null;
  exercise: string;
  /** The cluster that is looked at: its submission's id. */
  chosen: string;
  loading: boolean;
  problem: string | null;
}

const NOTHING: IMistakesState = { found: null, exercise: '', chosen: '', loading: false, problem: null };

/** The wrong answers of a class by mistake. Fetches; knows no JSX. */
export class Mistakes {
  private _state = NOTHING;
  private _class = '';
  private _turn = 0;
  private readonly _changed = new Signal<this, void>(this);

  constructor(
    private readonly _api: Pick<Api, 'staff'>,
    private readonly _language: string
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): IMistakesState {
    return this._state;
  }

  /** What is to be read next, of which nothing is shown yet. */
  aim(offering: string, exercise: string): void {
    if (offering !== this._class || exercise !== this._state.exercise) {
      this._class = offering;
      this._state = { ...NOTHING, exercise };
    }
  }

  /** Reads which exercises have wrong answers, and anew those of the one that is looked at. */
  async read(offering: string): Promise<void> {
    const same = offering === this._class;
    this._class = offering;
    await this.look(same ? this._state.exercise : '');
  }

  choose(chosen: string): void {
    this._set({ chosen });
  }

  /** Looks at an exercise, as often as the server has not looked at all its answers. */
  async look(exercise: string): Promise<void> {
    const turn = ++this._turn;
    const other = exercise !== this._state.exercise;
    this._set({ exercise, loading: true, problem: null, ...(other ? { chosen: '' } : {}) });
    try {
      for (let left = 1; left && turn === this._turn; ) {
        const query = { exercise, language: this._language };
        const parts = ['classes', this._class, 'wrong'];
        const found = await this._api.staff<IWrongAnswers>('GET', parts, undefined, query);
        left = found.left;
        if (turn === this._turn) {
          this._set({ found, loading: left > 0 });
        }
      }
    } catch (reason) {
      if (turn === this._turn) {
        this._set({ loading: false, problem: wordsOf(reason) });
      }
    }
  }

  private _set(change: Partial<IMistakesState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit();
  }
}
