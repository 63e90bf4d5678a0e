import React from 'react';

import { when } from '../dates';
import { Glyph } from '../pieces';
import { IClassTicket } from './records';
import { ClassPage } from './model';
import { ITab } from './tab';

interface ITicketsProps extends Pick<ITab, 'trans' | 'clock' | 'named'> {
  model: ClassPage;
  /** An exercise's title by its id. */
  title(exercise: string): string;
  /** Called once an answer was sent. */
  sent(): void;
}

/** Students' questions to a person; they are answered here. */
export function ClassTickets(props: ITicketsProps): JSX.Element {
  const { model, trans } = props;
  const { tickets, answered } = model.state;
  const id = React.useId();
  return (
    <section className="codegym-Class-part codegym-mod-wide" aria-labelledby={id}>
      <h3 id={id}>{trans.__('Questions to you')}</h3>
      <label className="codegym-Class-check">
        <input
          type="checkbox"
          checked={answered}
          onChange={event => void model.showAnswered(event.target.checked)}
        />
        {trans.__('Also show answered ones')}
      </label>
      {tickets && !tickets.list.length && <p className="codegym-Quiet">{trans.__('No question waits.')}</p>}
      <ul className="codegym-Tolds">
        {tickets?.list.map(ticket => (
          <li key={ticket.id}>
            <Ticket {...props} ticket={ticket} />
          </li>
        ))}
      </ul>
      {tickets?.more && (
        <button type="button" className="codegym-Chip" onClick={() => void model.moreTickets()}>
          {trans.__('More questions')}
        </button>
      )}
    </section>
  );
}

function Ticket(props: ITicketsProps & { ticket: IClassTicket }): JSX.Element {
  const { ticket, trans, clock, title, named } = props;
  const name = named(ticket.account);
  return (
    <article className="codegym-Told" aria-label={trans.__('Question of %1', name)}>
      <div className="codegym-Who">
        <Glyph shape="person" tone="info" />
        <b>
          <bdi>{name}</bdi>
        </b>
        <span>
          {title(ticket.exercise)} · {when(ticket.asked_at, clock, trans)}
        </span>
      </div>
      <p className="codegym-Told-text">{ticket.question}</p>
      <Shared ticket={ticket} trans={trans} clock={clock} />
      {ticket.answer !== null && (
        <div className="codegym-Told-answer">
          <div className="codegym-Meta">
            {trans.__('%1 answered %2', named(ticket.answered_by), when(ticket.answered_at!, clock, trans))}
          </div>
          <p className="codegym-Told-text">{ticket.answer}</p>
        </div>
      )}
      <AnswerForm {...props} />
    </article>
  );
}

/** What the student let be seen: as text, whatever it holds. */
function Shared(props: Pick<ITab, 'trans' | 'clock'> & { ticket: IClassTicket }): JSX.Element | null {
  const { ticket, trans, clock } = props;
  const { source, hints, transcript } = ticket.shared;
  if (!source && hints === undefined && !transcript?.length) {
    return null;
  }
  return (
    <details>
      <summary>{trans.__('What was sent with it')}</summary>
      {hints !== undefined && (
        <p className="codegym-Meta">{trans._n('%1 hint seen', '%1 hints seen', hints)}</p>
      )}
      {source && (
        <pre tabIndex={0} dir="ltr" aria-label={trans.__('Answer cell')}>
          {source}
        </pre>
      )}
      {transcript?.map((turn, i) => (
        <div key={i} className="codegym-Told-turn">
          <span className="codegym-Meta">{when(turn.asked_at, clock, trans)}</span>
          <p className="codegym-Told-text">{turn.message}</p>
          {turn.reply && <p className="codegym-Told-text codegym-Quiet">{turn.reply}</p>}
        </div>
      ))}
    </details>
  );
}

function AnswerForm({ model, ticket, trans, sent }: ITicketsProps & { ticket: IClassTicket }): JSX.Element {
  const { drafts, sending } = model.state;
  const field = React.useId();
  const draft = drafts.get(ticket.id) ?? '';
  const first = ticket.answer === null;
  return (
    <form
      className="codegym-Told-form"
      onSubmit={event => {
        event.preventDefault();
        void model.answer(ticket).then(done => done && sent());
      }}
    >
      <label htmlFor={field}>
        {first ? trans.__('Your answer') : trans.__('Another answer in its place')}
      </label>
      <textarea
        id={field}
        rows={2}
        maxLength={4000}
        value={draft}
        onChange={event => model.type(ticket.id, event.target.value)}
      />
      <button
        type="submit"
        className="codegym-Button codegym-mod-accept"
        aria-disabled={!draft.trim() || sending.has(ticket.id) || undefined}
      >
        {trans.__('Send')}
      </button>
    </form>
  );
}
