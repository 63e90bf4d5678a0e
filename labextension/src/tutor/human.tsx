import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { IClock, timeOfDay } from '../dates';
import { Glyph } from '../pieces';
import { ITicket, Share } from '../records';
import { Asked } from './reply';
import { ITicketForm } from './tickets';

/** Questions to a person, and what that person said. */
export function TicketList(props: {
  tickets: ITicket[];
  trans: TranslationBundle;
  clock: IClock;
}): JSX.Element {
  const { tickets, trans, clock } = props;
  return (
    <>
      {tickets.map(ticket => (
        <React.Fragment key={ticket.id}>
          <Asked text={ticket.question} trans={trans} />
          <article className="codegym-Reply">
            <div className="codegym-Who">
              <Glyph shape="person" tone="info" />
              <b>{ticket.answered_by ?? trans.__('Asked a person')}</b>
              <span>
                {ticket.answered_at
                  ? trans.__('answered at %1', timeOfDay(ticket.answered_at, clock))
                  : trans.__('not answered yet; the answer comes here')}
              </span>
            </div>
            {/* a person's words, as they were typed */}
            {ticket.answer && <p className="codegym-Reply-person">{ticket.answer}</p>}
          </article>
        </React.Fragment>
      ))}
    </>
  );
}

interface IHumanForm {
  form: ITicketForm;
  trans: TranslationBundle;
  hints: number;
  type(question: string): void;
  send(question: string, share: Share[]): void;
  cancel(): void;
}

/** The question to a person, and what is sent with it. */
export function HumanForm({ form, trans, hints, type, send, cancel }: IHumanForm): JSX.Element {
  const { question } = form;
  const [share, setShare] = React.useState<Share[]>(['answer', 'hints', 'conversation']);
  const field = React.useId();
  return (
    <form
      className="codegym-Human"
      onSubmit={event => {
        event.preventDefault();
        send(question, share);
      }}
    >
      <div className="codegym-Who">
        <Glyph shape="person" tone="info" />
        <b>{trans.__('Ask %1', form.contact ?? '')}</b>
      </div>
      <label htmlFor={field}>{trans.__('What is unclear?')}</label>
      <textarea
        id={field}
        rows={3}
        maxLength={4000}
        value={question}
        autoFocus
        onChange={event => type(event.target.value)}
      />
      <Shares trans={trans} hints={hints} share={share} change={setShare} />
      {form.problem && (
        <p className="codegym-Meta" role="alert">
          {form.problem === 'away'
            ? trans.__('The server is away. Ask again when it is back.')
            : form.problem}
        </p>
      )}
      <div className="codegym-Chips">
        <button
          type="submit"
          className="codegym-Button codegym-mod-accept"
          aria-disabled={!question.trim() || form.busy || undefined}
        >
          {trans.__('Send')}
        </button>
        <button type="button" className="codegym-Button" onClick={cancel}>
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}

/** What of the student's work goes with it: the student says. */
function Shares(props: {
  trans: TranslationBundle;
  hints: number;
  share: Share[];
  change(share: Share[]): void;
}): JSX.Element {
  const { trans, hints, share, change } = props;
  const box = (name: Share, label: string) => (
    <label className="codegym-Human-share">
      <input
        type="checkbox"
        checked={share.includes(name)}
        onChange={event =>
          change(event.target.checked ? [...share, name] : share.filter(one => one !== name))
        }
      />
      {label}
    </label>
  );
  return (
    <fieldset>
      <legend className="codegym-Meta">{trans.__('What is sent with it')}</legend>
      {box('answer', trans.__('my answer and its last result'))}
      {box('hints', trans._n('hints I have seen (%1)', 'hints I have seen (%1)', hints))}
      {box('conversation', trans.__('this conversation'))}
    </fieldset>
  );
}
