import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { IClock, points, when } from '../dates';
import { Glyph } from '../pieces';
import { serverText } from '../serverwords';
import { fields, Marking } from './marking';
import { IReview } from './records';

interface IReviewsProps {
  model: Marking;
  trans: TranslationBundle;
  clock: IClock;
  /** Called once marks were saved. */
  saved(): void;
}

/** What awaits a person's marks: read and marked here. */
export function Reviews(props: IReviewsProps): JSX.Element {
  const { model, trans } = props;
  const { list, count } = model.state;
  const id = React.useId();
  const more = count - (list?.filter(one => one.state === 'awaiting_review').length ?? 0);
  return (
    <section className="codegym-Class-part codegym-mod-wide" aria-labelledby={id}>
      <h3 id={id}>{trans.__('To be marked')}</h3>
      {list && !list.length && <p className="codegym-Quiet">{trans.__('Nothing awaits marks.')}</p>}
      <ul className="codegym-Tolds">
        {list?.map(review => (
          <li key={review.submission}>
            <Review {...props} review={review} />
          </li>
        ))}
      </ul>
      {list && more > 0 && (
        <p className="codegym-Meta">
          {trans._n('%1 more waits; read again to see it.', '%1 more wait; read again to see them.', more)}
        </p>
      )}
    </section>
  );
}

function Review(props: IReviewsProps & { review: IReview }): JSX.Element {
  const { review, trans, clock } = props;
  const name = review.account ?? review.team ?? trans.__('somebody');
  return (
    <article className="codegym-Told" aria-label={trans.__('Answer of %1 to %2', name, review.title)}>
      <div className="codegym-Who">
        <Glyph shape="person" tone="info" />
        <b>
          <bdi>{name}</bdi>
        </b>
        <span>
          {review.title} · {when(review.received_at, clock, trans)}
        </span>
      </div>
      <pre tabIndex={0} dir={review.answer === 'code' ? 'ltr' : 'auto'} aria-label={trans.__('Answer cell')}>
        {review.source}
      </pre>
      {review.total > 0 && (
        <p className="codegym-Meta">
          {trans._n('%1 of %2 tests passes.', '%1 of %2 tests pass.', review.passed, review.total)}
        </p>
      )}
      {review.points !== null && (
        <p className="codegym-Meta">
          {trans.__(
            'Marked: %1 of %2 points in all.',
            points(review.score, clock),
            points(review.max_score, clock)
          )}
        </p>
      )}
      <MarksForm {...props} />
    </article>
  );
}

function MarksForm(props: IReviewsProps & { review: IReview }): JSX.Element {
  const { model, review, trans, saved } = props;
  const draft = model.draft(review);
  const id = React.useId();
  const again = review.points !== null;
  return (
    <form
      className="codegym-Told-form"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        const missing = event.currentTarget.querySelector<HTMLElement>('input:invalid');
        missing?.focus();
        void model.save(review).then(done => done && saved());
      }}
    >
      <PointFields {...props} />
      <label htmlFor={`${id}-comment`}>{trans.__('Comment to the student')}</label>
      <textarea
        id={`${id}-comment`}
        rows={2}
        maxLength={10000}
        value={draft.comment}
        onChange={event => model.type(review, { comment: event.target.value })}
      />
      {again && (
        <>
          <label htmlFor={`${id}-why`}>{trans.__('Why it is marked again (for staff)')}</label>
          <input
            id={`${id}-why`}
            type="text"
            required
            maxLength={1000}
            value={draft.why}
            onChange={event => model.type(review, { why: event.target.value })}
          />
        </>
      )}
      <Problem {...props} />
      <button
        type="submit"
        className="codegym-Button codegym-mod-accept"
        aria-disabled={!model.ready(review) || undefined}
      >
        {again ? trans.__('Save other marks') : trans.__('Save marks')}
      </button>
    </form>
  );
}

/** A number for each line of the rubric, or one for all. */
function PointFields({ model, review, trans, clock }: IReviewsProps & { review: IReview }): JSX.Element {
  const { points: typed } = model.draft(review);
  const unfit = model.unfit(review);
  const id = React.useId();
  return (
    <fieldset className="codegym-Marks">
      <legend>{trans.__('Points')}</legend>
      {fields(review).map(({ id: line, text, most }) => (
        <div key={line} className="codegym-Marks-line">
          <input
            id={`${id}-${line}`}
            type="number"
            inputMode="decimal"
            min={0}
            max={most}
            step="any"
            required
            value={typed[line] ?? ''}
            aria-invalid={(Boolean(typed[line]) && unfit.includes(line)) || undefined}
            aria-describedby={`${id}-${line}-most`}
            onChange={event => model.type(review, { points: { ...typed, [line]: event.target.value } })}
          />
          <span id={`${id}-${line}-most`} className="codegym-Meta">
            {trans.__('of %1', points(most, clock))}
          </span>
          <label htmlFor={`${id}-${line}`} dir="auto">
            {text || trans.__('Points for this answer')}
          </label>
        </div>
      ))}
    </fieldset>
  );
}

/** Why it was not saved, and what helps. */
function Problem({ model, review, trans }: IReviewsProps & { review: IReview }): JSX.Element | null {
  const problem = model.state.problems.get(review.submission);
  const lower = model.state.lower.has(review.submission);
  return (
    <>
      {problem && (
        <p className="codegym-Class-problem" role="alert">
          <Glyph shape={problem === 'away' ? 'offline' : 'info'} tone="grey" />
          <span>
            {problem === 'away'
              ? trans.__('The server is away. What you typed is still here.')
              : serverText(problem, trans)}
          </span>
        </p>
      )}
      {lower && (
        <label className="codegym-Class-check">
          <input
            type="checkbox"
            checked={model.draft(review).allowLower}
            onChange={event => model.type(review, { allowLower: event.target.checked })}
          />
          {trans.__('The score may fall')}
        </label>
      )}
    </>
  );
}
