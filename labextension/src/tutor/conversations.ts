import { ISignal, Signal } from '@lumino/signaling';

import { IAnswerer, IConversation, IQuestion, ITurn, TalkEvent } from '../records';
import { Api, ServerAway } from '../requests';
import { IExerciseRef, keyOf } from '../tokens';

/** An answer on its way. */
export interface IRunning {
  message: string;
  /** What passed so far, in Markdown. */
  text: string;
  /** What goes on meanwhile. */
  status: 'thinking' | 'trying';
  /** Who answers after another one stopped half-way. */
  again: string | null;
}

/** One exercise's conversation, as far as this page knows it. */
export interface IOpenConversation {
  loaded: boolean;
  turns: ITurn[];
  /** What was said before a new conversation was begun. */
  earlier: ITurn[];
  answerers: IAnswerer[];
  tutor: 'full' | 'hints' | 'off';
  running: IRunning | null;
  /** `away`, `stopped`, or why there is no answer, in the server's words. */
  problem: string | null;
  /** What was typed and not sent. */
  draft: string;
}

const NOTHING: IOpenConversation = {
  loaded: false,
  turns: [],
  earlier: [],
  answerers: [],
  tutor: 'full',
  running: null,
  problem: null,
  draft: ''
};

/** The conversations with the tutor. Fetches; knows neither notebooks nor JSX. */
export class Conversations {
  private readonly _conversations = new Map<string, IOpenConversation>();
  private readonly _stops = new Map<string, AbortController>();
  private readonly _changed = new Signal<this, IExerciseRef>(this);
  private readonly _said = new Signal<this, { ref: IExerciseRef; text: string }>(this);
  private readonly _answered = new Signal<this, { ref: IExerciseRef; turn: ITurn }>(this);

  constructor(private readonly _api: Api) {}

  get changed(): ISignal<this, IExerciseRef> {
    return this._changed;
  }

  /** Emits what is to be read out: an answer's pieces as they pass. */
  get said(): ISignal<this, { ref: IExerciseRef; text: string }> {
    return this._said;
  }

  /** Emits when an answer is whole. */
  get answered(): ISignal<this, { ref: IExerciseRef; turn: ITurn }> {
    return this._answered;
  }

  of(ref: IExerciseRef): IOpenConversation {
    return this._conversations.get(keyOf(ref)) ?? NOTHING;
  }

  /** Asks for what was said before, once. */
  async need(ref: IExerciseRef): Promise<void> {
    if (!this._conversations.has(keyOf(ref))) {
      this._set(ref, {});
      await this.load(ref);
    }
  }

  async load(ref: IExerciseRef): Promise<void> {
    const before = this.of(ref).turns;
    try {
      this._take(ref, await this._api.conversation(ref.course, ref.exercise), before);
    } catch (reason) {
      this._set(ref, { problem: wordsOf(reason) });
    }
  }

  /** Keeps what is typed, so that going to another exercise loses nothing. */
  type(ref: IExerciseRef, draft: string): void {
    this._set(ref, { draft });
  }

  /** Sends a question; does nothing while one of the same exercise is being answered. */
  async ask(ref: IExerciseRef, question: IQuestion): Promise<void> {
    const { running, tutor } = this.of(ref);
    if (running || tutor === 'off' || !question.message.trim()) {
      return;
    }
    const stop = new AbortController();
    this._stops.set(keyOf(ref), stop);
    const { message } = question;
    this._set(ref, { running: { message, text: '', status: 'thinking', again: null }, problem: null });
    try {
      for await (const event of this._api.ask(ref.course, ref.exercise, question, stop.signal)) {
        this._hear(ref, event);
      }
      this._end(ref, this.of(ref).running ? 'cut' : null);
    } catch (reason) {
      this._end(ref, stop.signal.aborted ? 'stopped' : wordsOf(reason));
    } finally {
      this._stops.delete(keyOf(ref));
    }
    this._giveBack(ref, question);
  }

  /** What was typed and not answered at all stands in the field again, to be sent once more. */
  private _giveBack(ref: IExerciseRef, { message, wants }: IQuestion): void {
    const { problem, draft, turns } = this.of(ref);
    const last = turns.at(-1);
    if (problem && problem !== 'stopped' && !wants && !draft && last?.message === message && !last.reply) {
      this._set(ref, { draft: message });
    }
  }

  /** Ends the answer that is on its way; what was shown of it stays. */
  stop(ref: IExerciseRef): void {
    this._stops.get(keyOf(ref))?.abort();
  }

  /** Begins anew; what was said is put away, and stays within reach. */
  async begin(ref: IExerciseRef): Promise<void> {
    this.stop(ref);
    try {
      await this._api.newConversation(ref.course, ref.exercise);
      const { earlier, turns } = this.of(ref);
      this._set(ref, { earlier: [...earlier, ...turns], turns: [], problem: null });
    } catch (reason) {
      this._set(ref, { problem: wordsOf(reason) });
    }
  }

  /** Says whether an answer helped; the same again takes it back. */
  async thumb(ref: IExerciseRef, turn: ITurn, thumb: 1 | -1): Promise<void> {
    const wanted = turn.thumb === thumb ? 0 : thumb;
    this._replace(ref, { ...turn, thumb: wanted });
    try {
      this._replace(ref, await this._api.thumb(ref.course, ref.exercise, turn.id, wanted));
    } catch {
      this._replace(ref, turn);
    }
  }

  private _hear(ref: IExerciseRef, event: TalkEvent): void {
    const { running } = this.of(ref);
    if (!running) {
      return;
    }
    if (event.type === 'status') {
      this._set(ref, { running: { ...running, status: event.code } });
    } else if (event.type === 'piece') {
      this._set(ref, { running: { ...running, text: running.text + event.text, status: 'thinking' } });
      this._said.emit({ ref, text: event.text });
    } else if (event.type === 'again') {
      this._set(ref, { running: { ...running, text: '', again: event.by } });
    } else if (event.type === 'error') {
      this._end(ref, event.message);
    } else if (event.type === 'done') {
      this._finish(ref, event.turn, running.text);
    }
  }

  private _finish(ref: IExerciseRef, turn: ITurn, shown: string): void {
    const others = this.of(ref).turns.filter(one => one.id !== turn.id);
    this._set(ref, { turns: [...others, turn], running: null });
    if (!shown && turn.reply) {
      this._said.emit({ ref, text: turn.reply.text });
    }
    this._answered.emit({ ref, turn });
  }

  /** The stream is over: an answer that is still on its way stays as far as it came. */
  private _end(ref: IExerciseRef, problem: string | null): void {
    const { running, turns } = this.of(ref);
    if (!running) {
      return;
    }
    const reply = running.text ? { agent: 'stopped', text: running.text } : null;
    const turn: ITurn = { id: '', message: running.message, reply };
    this._set(ref, { turns: [...turns, turn], running: null, problem });
  }

  /** `before`: the turns when the server was asked; what was added meanwhile is newer than its answer. */
  private _take(ref: IExerciseRef, said: IConversation, before: ITurn[]): void {
    const { answerers, tutor } = said;
    const known = new Set(said.turns.map(({ id }) => id));
    const added = this.of(ref).turns.filter(one => !before.includes(one) && !known.has(one.id));
    const turns = [...said.turns, ...added];
    const earlier = said.earlier ?? [];
    this._set(ref, { loaded: true, turns, earlier, answerers, tutor, problem: null });
  }

  private _replace(ref: IExerciseRef, turn: ITurn): void {
    this._set(ref, { turns: this.of(ref).turns.map(one => (one.id === turn.id ? turn : one)) });
  }

  private _set(ref: IExerciseRef, change: Partial<IOpenConversation>): void {
    this._conversations.set(keyOf(ref), { ...this.of(ref), ...change });
    this._changed.emit(ref);
  }
}

function wordsOf(reason: unknown): string {
  return reason instanceof ServerAway ? 'away' : reason instanceof Error ? reason.message : String(reason);
}
