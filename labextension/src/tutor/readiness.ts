import { ISignal, Signal } from '@lumino/signaling';

import { IAnswerer } from '../records';
import { Api, ServerAway } from '../requests';

/** Between two looks while somebody looks on, in ms: where something moves, and where nothing does. */
const QUICK = 1000;
const SLOW = 5000;
const MOVES = ['answering', 'pulling', 'unknown'];

/** Who answers, and what is being fetched. Fetches; knows no JSX. */
export class Readiness {
  private _list: IAnswerer[] = [];
  private readonly _changed = new Signal<this, void>(this);
  private readonly _began = new Map<string, { at: number; done: number }>();
  private _watchers = 0;
  private _timer = 0;

  constructor(
    private readonly _api: Pick<Api, 'llms' | 'pull' | 'stopPull'>,
    private readonly _now: () => number = Date.now
  ) {}

  /** Emits when something is known anew. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** In the order in which they are asked. */
  get list(): IAnswerer[] {
    return this._list;
  }

  /** Whom the student wants first: a name, '' for no model, null: as the settings have it. */
  get chosen(): string | null {
    return this._chosen;
  }
  set chosen(chosen: string | null) {
    this._chosen = chosen;
    this._changed.emit();
  }
  private _chosen: string | null = null;

  /** Keeps a choice for this person. */
  keep: (chosen: string | null) => void = () => undefined;

  choose(chosen: string | null): void {
    this.chosen = chosen;
    this.keep(chosen);
  }

  /** Somebody waits for an answer: who gives it is looked at more often. */
  lively = false;

  /** What could not be begun or ended well; by name, in the server's words. */
  readonly problems = new Map<string, string>();

  /** Takes over what another answer of the server says. */
  take(list: IAnswerer[]): void {
    this._list = list;
    for (const { name, state, bytes } of list) {
      if (state !== 'pulling') {
        this._began.delete(name);
      } else if (bytes?.total && !this._began.has(name)) {
        this._began.set(name, { at: this._now(), done: bytes.done });
      }
    }
    this._changed.emit();
  }

  async refresh(): Promise<void> {
    try {
      this.take((await this._api.llms()).answerers);
    } catch {
      // what was known stays; that the server is away is said elsewhere
    }
  }

  /** Seconds until a model is here, by how fast it came so far; null where that cannot be told yet. */
  left({ name, bytes }: IAnswerer): number | null {
    const began = this._began.get(name);
    const came = began && bytes ? bytes.done - began.done : 0;
    const took = began ? (this._now() - began.at) / 1000 : 0;
    return bytes && came > 0 && took >= 2 ? ((bytes.total - bytes.done) * took) / came : null;
  }

  /** Looks again and again until the returned function is called. */
  watch(): () => void {
    this._watchers++;
    if (this._watchers === 1) {
      void this._turn();
    }
    return () => {
      this._watchers--;
      if (!this._watchers) {
        window.clearTimeout(this._timer);
      }
    };
  }

  /** Fetches a model, and follows how far it is. */
  async pull(name: string): Promise<void> {
    this.problems.delete(name);
    this._mend(name, { state: 'pulling', share: null, bytes: null });
    try {
      for await (const event of this._api.pull(name, new AbortController().signal)) {
        if (event.type === 'pulling') {
          const { done, total } = event;
          this._mend(name, { state: 'pulling', share: total ? done / total : null, bytes: { done, total } });
        } else if (event.type === 'error') {
          this.problems.set(name, event.message);
        }
      }
    } catch (reason) {
      this.problems.set(name, wordsOf(reason));
    }
    await this.refresh();
  }

  /** Stops it; what came so far is kept. */
  async stop(name: string): Promise<void> {
    try {
      this.take((await this._api.stopPull(name)).answerers);
    } catch (reason) {
      this.problems.set(name, wordsOf(reason));
      this._changed.emit();
    }
  }

  private async _turn(): Promise<void> {
    await this.refresh();
    if (this._watchers) {
      const moves = this.lively || this._list.some(({ state }) => MOVES.includes(state));
      window.clearTimeout(this._timer);
      this._timer = window.setTimeout(() => void this._turn(), moves ? QUICK : SLOW);
    }
  }

  private _mend(name: string, change: Partial<IAnswerer>): void {
    this.take(this._list.map(one => (one.name === name ? { ...one, ...change } : one)));
  }
}

/** What of a choice holds here: a model that is no more in the settings is chosen no longer. */
export function wished(chosen: string | null, list: IAnswerer[]): string | null {
  return chosen && !list.some(({ name }) => name === chosen) ? null : chosen;
}

/** Who is asked, in order, where this is the choice. */
export function inOrder(list: IAnswerer[], chosen: string | null): IAnswerer[] {
  return chosen === '' ? [] : [...list].sort((a, b) => +(b.name === chosen) - +(a.name === chosen));
}

function wordsOf(reason: unknown): string {
  return reason instanceof ServerAway ? 'away' : reason instanceof Error ? reason.message : String(reason);
}
