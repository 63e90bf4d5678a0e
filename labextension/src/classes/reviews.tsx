import React from 'react';

import { points, when } from '../dates';
import { ticked } from '../phrases';
import { Glyph, Said } from '../pieces';
import { Lines } from './answerlines';
import { Failed } from './failedtests';
import { Keys } from './keys';
import { DraftAgreement, DraftHead, lineToChange, Proposal, propose } from './markdrafts';
import { Markers } from './markers';
import { Marking } from './marking';
import { IReview } from './records';
import { fields, recorded, settled } from './review';
import { Step, Steps, useSteps } from './steps';
import { ITab, Problem as Told } from './tab';

interface IReviewsProps {
  model: Marking;
  tab: ITab;
  /** Reads the list anew. */
  again(): void;
}

/** What awaits a person's marks: the queue, what was asked and answered, and the rubric, side by side. */
export function Reviews(props: IReviewsProps): JSX.Element {
  const { model, tab } = props;
  const { trans } = tab;
  const { list, opened } = model.state;
  const review = model.here;
  const page = React.useRef<HTMLDivElement>(null);
  const { step, show } = useSteps(page);
  const asked = opened !== '' && review?.submission === opened;
  React.useEffect(() => {
    if (asked && model.arrive()) {
      page.current?.querySelector<HTMLElement>('[role="listbox"]')?.focus();
    }
  }, [asked, model]);
  const record = async () => {
    if (review && (await model.save(review))) {
      if (model.here?.markers?.stage === 'differ') {
        tab.say(trans.__('Your marks were saved. They differ from the other marker’s; both are shown.'));
        return;
      }
      tab.say(trans.__('Your marks were saved.'));
      model.step(1);
      page.current?.querySelector<HTMLElement>('[role="listbox"]')?.focus();
      show('answer');
    }
  };
  const pick = (at: string) => {
    model.choose(at);
    show('answer');
  };
  return (
    <div
      ref={page}
      className={`codegym-Marking codegym-mod-${step}`}
      onKeyDown={event => onKey(event, props, show, record)}
    >
      {review && <Steps {...{ trans, step, show }} />}
      <Queue {...props} pick={pick} />
      {list && !list.length && <p className="codegym-Quiet">{trans.__('Nothing waits for marks.')}</p>}
      {review && <Text key={review.submission} review={review} model={model} tab={tab} />}
      {review && <Decision key={`${review.submission} form`} {...{ review, model, tab, record }} />}
      <DraftAgreement model={model} tab={tab} />
    </div>
  );
}

/** Single keys count outside of fields and buttons only, and only while the focus is on this part of the page. */
function onKey(
  event: React.KeyboardEvent,
  { model, tab }: IReviewsProps,
  show: (step: Step) => void,
  record: () => Promise<void>
): void {
  const place = event.target as HTMLElement;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && place.matches('textarea')) {
    event.preventDefault();
    event.currentTarget.querySelector<HTMLElement>('[role="listbox"]')?.focus();
    show('answer');
  }
  if (event.ctrlKey || event.metaKey || event.altKey || place.closest('input, textarea, select')) {
    return;
  }
  const { key, currentTarget } = event;
  const review = model.here;
  const acts: Record<string, () => void> = {
    j: () => model.step(1),
    k: () => model.step(-1),
    c: () => currentTarget.querySelector('textarea')?.focus(),
    d: () => void (review && propose({ review, model, tab })),
    a: () => model.decideHere(true),
    x: () => model.decideHere(false),
    e: () => typeInto(currentTarget, review && lineToChange(model, review)),
    z: () => void undo(model, tab),
    '?': () => void currentTarget.querySelector('details')?.toggleAttribute('open')
  };
  const act = /^\d$/.test(key) ? () => model.digit(Number(key)) : acts[key.toLowerCase()];
  if (act && model.state.keys) {
    event.preventDefault();
    show(key === '?' ? 'queue' : /[jk]/i.test(key) ? 'answer' : 'rubric');
    act();
  } else if (key === 'Enter' && !place.closest('button, summary')) {
    event.preventDefault();
    void record();
  }
}

async function undo(model: Marking, { trans, say }: ITab): Promise<void> {
  if (await model.undo(trans.__('corrected'))) {
    say(trans.__('Your marks were taken back.'));
  }
}

/** To the field for the points of a line of the rubric. */
function typeInto(page: Element, line: string | null): void {
  page.querySelector<HTMLInputElement>(`input[data-line="${CSS.escape(line ?? '')}"]`)?.select();
}

/** A name, or where names come after the marks a number. */
function whose(review: IReview, number: number, { trans, named }: ITab): string {
  return (review.account && named(review.account)) ?? review.team ?? trans.__('Answer %1', number);
}

/** How often two markers agree. */
function Agreed({ model, tab: { trans, clock } }: Omit<IReviewsProps, 'again'>): JSX.Element | null {
  const { agreement } = model.state;
  if (!agreement?.answers) {
    return null;
  }
  return (
    <p className="codegym-Meta">
      {trans._n(
        'Two markers agree in %2 of %1 answer; on average they are %3 points apart.',
        'Two markers agree in %2 of %1 answers; on average they are %3 points apart.',
        agreement.answers,
        agreement.within,
        points(agreement.apart ?? 0, clock)
      )}
    </p>
  );
}

function Queue({ model, tab, again, pick }: IReviewsProps & { pick(at: string): void }): JSX.Element {
  const { trans, clock } = tab;
  const { list, count, at, blind } = model.state;
  const id = React.useId();
  const place = list?.findIndex(one => one.submission === at) ?? -1;
  const onArrow = (event: React.KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      model.step(by);
    }
  };
  return (
    <div className="codegym-Queue">
      <p role="status">{trans._n('%1 waits for marks', '%1 wait for marks', count)}</p>
      <Agreed model={model} tab={tab} />
      <label className="codegym-Class-check">
        <input
          type="checkbox"
          checked={blind}
          onChange={event => {
            model.setBlind(event.target.checked);
            again();
          }}
        />
        {trans.__('Blind: names after marking')}
      </label>
      {list && list.length > 0 && (
        <ul
          role="listbox"
          aria-label={trans.__('Answers')}
          aria-activedescendant={`${id}-${place}`}
          tabIndex={0}
          onKeyDown={onArrow}
        >
          {list.map((one, i) => (
            <li
              key={one.submission}
              id={`${id}-${i}`}
              role="option"
              aria-selected={one.submission === at}
              onClick={() => pick(one.submission)}
            >
              <Glyph
                shape={one.points === null ? 'todo' : 'right'}
                tone={one.points === null ? 'grey' : 'right'}
              />
              <span>
                {whose(one, i + 1, tab)} <span className="codegym-Meta">{one.title}</span>
              </span>
              <span>{one.points !== null && points(one.points, clock)}</span>
            </li>
          ))}
        </ul>
      )}
      <Keys model={model} tab={tab} />
    </div>
  );
}

interface IReviewProps {
  review: IReview;
  model: Marking;
  tab: ITab;
}

/** What was asked, what was answered line by line, and the author's own answer. */
function Text({ review, model, tab }: IReviewProps): JSX.Element {
  const { trans, clock } = tab;
  const number = (model.state.list?.indexOf(review) ?? 0) + 1;
  const name = whose(review, number, tab);
  return (
    <article className="codegym-Answered" aria-label={trans.__('Answer of %1 to %2', name, review.title)}>
      <h3>
        <bdi>{name}</bdi>{' '}
        <span className="codegym-Meta">
          {review.title} · {trans.__('handed in %1', when(review.received_at, clock, trans))}
        </span>
      </h3>
      <h4>{trans.__('Statement')}</h4>
      <p className="codegym-Told-text">
        <Said words={ticked(review.statement)} />
      </p>
      <h4>
        {trans.__('Answer')}{' '}
        <span className="codegym-Meta">{trans.__('choose a line to write about it')}</span>
      </h4>
      <Lines review={review} model={model} tab={tab} />
      {review.total > 0 && (
        <p className="codegym-Meta">
          {trans._n('%1 of %2 tests passes.', '%1 of %2 tests pass.', review.passed, review.total)}
        </p>
      )}
      {review.passed < review.total && <Failed {...{ review, tab }} />}
      {review.reference && (
        <>
          <h4>
            {trans.__('Reference')} <span className="codegym-Meta">{trans.__('staff only')}</span>
          </h4>
          <pre
            tabIndex={0}
            className={review.answer === 'code' ? 'codegym-mod-code' : undefined}
            dir={review.answer === 'code' ? 'ltr' : 'auto'}
            aria-label={trans.__('Reference')}
          >
            {review.reference}
          </pre>
        </>
      )}
    </article>
  );
}

/** The form, or what two markers gave where others decide. */
function Decision(props: IReviewProps & { record(): Promise<void> }): JSX.Element {
  const { review } = props;
  if (!review.markers || !settled(review)) {
    return <MarksForm {...props} />;
  }
  return (
    <section className="codegym-Told-form" aria-label={props.tab.trans.__('Points')}>
      <Markers {...props} markers={review.markers} />
    </section>
  );
}

function MarksForm(props: IReviewProps & { record(): Promise<void> }): JSX.Element {
  const { model, review, tab, record } = props;
  const { trans, clock } = tab;
  const draft = model.draft(review);
  const id = React.useId();
  const again = recorded(review);
  return (
    <form
      className="codegym-Told-form"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        event.currentTarget.querySelector<HTMLElement>('input:invalid')?.focus();
        void record();
      }}
    >
      <PointFields {...props} />
      {review.markers && <Markers review={review} markers={review.markers} model={model} tab={tab} />}
      {again && (
        <p className="codegym-Meta">
          {trans.__(
            'Marked: %1 of %2 points in all.',
            points(review.score, clock),
            points(review.max_score, clock)
          )}
        </p>
      )}
      <label htmlFor="codegym-marks-comment">{trans.__('Comment to the student')}</label>
      <textarea
        id="codegym-marks-comment"
        rows={4}
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
        {again ? trans.__('Record other marks') : trans.__('Record and next')}
      </button>
      <p className="codegym-Meta">{trans.__('Nothing is recorded until you press it.')}</p>
    </form>
  );
}

/** A number for each line of the rubric, or one for all. */
function PointFields({ model, review, tab }: IReviewProps): JSX.Element {
  const { trans, clock } = tab;
  const { points: typed } = model.draft(review);
  const unfit = model.unfit(review);
  const id = React.useId();
  return (
    <fieldset className="codegym-Marks">
      <legend>{trans.__('Points')}</legend>
      <DraftHead {...{ review, model, tab }} />
      {fields(review).map(({ id: line, text, most }, i) => (
        <div key={line} className={`codegym-Marks-line${i === model.state.line ? ' codegym-mod-here' : ''}`}>
          <kbd aria-hidden="true">{i + 1}</kbd>
          <input
            id={`${id}-${line}`}
            data-line={line}
            type="number"
            inputMode="decimal"
            min={0}
            max={most}
            step="any"
            required
            value={typed[line] ?? ''}
            aria-invalid={(Boolean(typed[line]) && unfit.includes(line)) || undefined}
            aria-describedby={`${id}-${line}-most`}
            onChange={event => model.write(review, line, event.target.value)}
          />
          <span id={`${id}-${line}-most`} className="codegym-Meta">
            {trans.__('of %1', points(most, clock))}
          </span>
          <label htmlFor={`${id}-${line}`} dir="auto">
            {text || trans.__('Points for this answer')}
          </label>
          <Proposal
            {...{ review, model, tab, line }}
            text={text || trans.__('this answer')}
            change={() => document.querySelector<HTMLInputElement>(`[id="${id}-${line}"]`)?.select()}
          />
        </div>
      ))}
    </fieldset>
  );
}

/** Why it was not saved, and what helps. */
function Problem({ model, review, tab: { trans } }: IReviewProps): JSX.Element | null {
  const problem = model.state.problems.get(review.submission);
  const lower = model.state.lower.has(review.submission);
  return (
    <>
      <Told problem={problem ?? null} trans={trans} />
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
