import React from 'react';

import { points } from '../dates';
import { Marking } from './marking';
import { IReview } from './records';
import { fields, proposal, recorded } from './review';
import { Do, ITab, Rows } from './tab';

interface IDraftProps {
  review: IReview;
  model: Marking;
  tab: ITab;
}

/** Whether a model drafts marks of this answer, or did; nothing where that is switched off. */
export function DraftHead({ review, model, tab }: IDraftProps): JSX.Element | null {
  const { trans } = tab;
  if (!review.draft) {
    return null;
  }
  const { llm, lines } = review.draft;
  const drafting = review.draft.drafting || model.state.drafting.has(review.submission);
  const useful = lines.some(one => one.points !== null);
  const said = useful
    ? trans.__('Drafted by %1. It does not count yet: accept or change each line.', llm)
    : lines.length
      ? trans.__('%1 gave no draft that can be used. Give the points yourself.', llm)
      : '';
  return (
    <div className="codegym-Row">
      <Do disabled={drafting || recorded(review)} act={() => void propose({ review, model, tab })}>
        {lines.length ? trans.__('Draft again') : trans.__('Draft marks')}
      </Do>
      <span className="codegym-Meta" role="status">
        {drafting ? trans.__('A language model reads the answer…') : said}
      </span>
    </div>
  );
}

/** As the button does, and says what came of it. */
export async function propose({ review, model, tab }: IDraftProps): Promise<void> {
  if (await model.propose(review)) {
    tab.say(tab.trans.__('The draft is ready.'));
  }
}

/** What is drafted for one line of the rubric, with the words that it rests on; accepted or changed here. */
export function Proposal(
  props: IDraftProps & { line: string; text: string; change(): void }
): JSX.Element | null {
  const { review, model, line, text, change, tab } = props;
  const { trans, clock } = tab;
  const found = proposal(review, line);
  if (!found) {
    return null;
  }
  if (found.points === null) {
    return <p className="codegym-Proposal codegym-Meta">{trans.__('This line could not be drafted.')}</p>;
  }
  const shown = points(found.points, clock);
  const accepted = model.draft(review).accepted.includes(line);
  const refused = model.draft(review).refused.includes(line);
  const told = trans.__('Draft: %1', shown);
  return (
    <div className="codegym-Proposal">
      <span>
        {refused ? <s>{told}</s> : told}{' '}
        {found.words ? (
          <q dir="auto">{found.words}</q>
        ) : (
          <span className="codegym-Meta">{trans.__('nothing in the answer')}</span>
        )}
      </span>
      <button
        type="button"
        className="codegym-Chip"
        aria-disabled={accepted || undefined}
        aria-label={trans.__('Accept %1 for %2', shown, text)}
        onClick={() => accepted || model.accept(review, line)}
      >
        {accepted ? trans.__('Accepted') : trans.__('Accept')}
      </button>
      <button
        type="button"
        className="codegym-Chip"
        aria-pressed={refused}
        aria-label={trans.__('Not %1 for %2', shown, text)}
        onClick={() => refused || model.refuse(review, line)}
      >
        {trans.__('Not this')}
      </button>
      <button
        type="button"
        className="codegym-Chip"
        aria-label={trans.__('Change the points for %1', text)}
        onClick={change}
      >
        {trans.__('Change')}
      </button>
    </div>
  );
}

/** How near people came to what models drafted, by line of the rubric. */
export function DraftAgreement({ model, tab }: Omit<IDraftProps, 'review'>): JSX.Element | null {
  const { trans, clock } = tab;
  const drafts = model.state.agreement?.drafts ?? [];
  if (!drafts.length) {
    return null;
  }
  return (
    <details className="codegym-Agreement">
      <summary>{trans.__('Drafts and people')}</summary>
      <Rows
        label={trans.__('How close people came to the drafts')}
        heads={[
          trans.__('Line of the rubric'),
          trans.__('Answers'),
          trans.__('Accepted'),
          trans.__('The same points, typed'),
          trans.__('Apart'),
          trans.__('People higher by')
        ]}
        numbers={[1, 2, 3, 4, 5]}
        rows={drafts.map(one => ({
          key: `${one.exercise} ${one.line}`,
          cells: [
            `${one.title}${one.text && ': '}${one.text}`,
            one.answers,
            one.accepted,
            one.same,
            points(one.apart, clock),
            points(one.higher, clock)
          ]
        }))}
      />
    </details>
  );
}

/** The line of the rubric whose points are to be typed: the chosen one, else the first with a draft and no points. */
export function lineToChange(model: Marking, review: IReview): string | null {
  const own = fields(review);
  const typed = model.draft(review).points;
  return (own[model.state.line] ?? own.find(({ id }) => proposal(review, id) && !typed[id]))?.id ?? null;
}
