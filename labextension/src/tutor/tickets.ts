import { UUID } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';

import { ITicket, Share, StreamMessage } from '../records';
import { Api, ServerAway } from '../requests';
import { IExerciseRef, keyOf } from '../tokens';

/** Questions to a person about one exercise, as far as this page knows them. */
export interface ITicketForm {
  /** Who can be asked; null: nobody, or not known yet. */
  contact: string | null;
  tickets: ITicket[];
  /** The form is open. */
  writing: boolean;
  /** What was typed and not sent. */
  question: string;
  busy: boolean;
  /** `away`, or why it was not sent, in the server's words. */
  problem: string | null;
}

const NOTHING: ITicketForm = {
  contact: null,
  tickets: [],
  writing: false,
  question: '',
  busy: false,
  problem: null
};

/** Ask a human. Fetches; knows neither notebooks nor JSX. */
export class Tickets {
  /** What is being sent: the same question sent again, as after an answer that was lost, has the same key. */
  private readonly _sending = new Map<string, { asked: string; key: string }>();
  private readonly _forms = new Map<string, ITicketForm>();
  private readonly _changed = new Signal<this, IExerciseRef>(this);
  private readonly _answered = new Signal<this, ITicket>(this);

  constructor(private readonly _api: Api) {}

  get changed(): ISignal<this, IExerciseRef> {
    return this._changed;
  }

  /** Emits when a person answered. */
  get answered(): ISignal<this, ITicket> {
    return this._answered;
  }

  of(ref: IExerciseRef): ITicketForm {
    return this._forms.get(keyOf(ref)) ?? NOTHING;
  }

  /** Asks once who can be asked, and what was. */
  async need(ref: IExerciseRef): Promise<void> {
    if (this._forms.has(keyOf(ref))) {
      return;
    }
    this._set(ref, {});
    try {
      this._set(ref, await this._api.tickets(ref.course, ref.exercise));
    } catch {
      this._forms.delete(keyOf(ref));
    }
  }

  write(ref: IExerciseRef, writing: boolean): void {
    this._set(ref, { writing, problem: null });
  }

  /** Keeps what is typed for its exercise: going to another one neither loses it nor takes it along. */
  type(ref: IExerciseRef, question: string): void {
    this._set(ref, { question });
  }

  /** Sends a question; the form stays open where it could not be sent. */
  async ask(ref: IExerciseRef, question: string, share: Share[], source: string): Promise<void> {
    if (this.of(ref).busy || !question.trim()) {
      return;
    }
    this._set(ref, { busy: true, problem: null });
    try {
      const asked = { question, share, source, idempotency_key: this._keyFor(ref, question) };
      const ticket = await this._api.askPerson(ref.course, ref.exercise, asked);
      this._sending.delete(keyOf(ref));
      const others = this.of(ref).tickets.filter(one => one.id !== ticket.id);
      this._set(ref, { tickets: [...others, ticket], writing: false, question: '' });
    } catch (reason) {
      this._set(ref, { problem: reason instanceof ServerAway ? 'away' : (reason as Error).message });
    } finally {
      this._set(ref, { busy: false });
    }
  }

  private _keyFor(ref: IExerciseRef, question: string): string {
    const before = this._sending.get(keyOf(ref));
    const sent = before?.asked === question ? before : { asked: question, key: UUID.uuid4() };
    this._sending.set(keyOf(ref), sent);
    return sent.key;
  }

  /** Takes over an answer that the stream tells of. */
  hear(message: StreamMessage): void {
    if (message.type !== 'ticket') {
      return;
    }
    const { course, ticket } = message;
    const ref = { course, exercise: ticket.exercise };
    if (this._forms.has(keyOf(ref))) {
      const others = this.of(ref).tickets.filter(one => one.id !== ticket.id);
      const tickets = [...others, ticket].sort((one, other) => (one.asked_at < other.asked_at ? -1 : 1));
      this._set(ref, { tickets });
    }
    this._answered.emit(ticket);
  }

  private _set(ref: IExerciseRef, change: Partial<ITicketForm>): void {
    this._forms.set(keyOf(ref), { ...this.of(ref), ...change });
    this._changed.emit(ref);
  }
}
