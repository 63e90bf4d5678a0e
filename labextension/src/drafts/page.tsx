import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { Glyph, Said } from '../pieces';
import { ticked } from '../phrases';
import { Drafts, IAttempt, IDraft, isUnderWay } from './model';
import { Task } from './task';
import { costs, IMark, modeWord, stateMark, verdictMark } from './words';

interface IProps {
  model: Drafts;
  trans: TranslationBundle;
}

/** The page "Draft with a model" in the main area, for authors. */
export class DraftsPanel extends ReactWidget {
  constructor(private readonly _props: IProps) {
    super();
    this.addClass('codegym-Class');
    this.addClass('codegym-Drafts');
    this.node.setAttribute('data-lm-suppress-shortcuts', 'true');
  }

  render(): JSX.Element {
    return <UseSignal signal={this._props.model.changed}>{() => <Page {...this._props} />}</UseSignal>;
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    void this._props.model.load();
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._props.model.load();
  }
}

export function Page({ model, trans }: IProps): JSX.Element {
  const { problem, busy } = model.state;
  const draft = model.chosen;
  return (
    <div className="codegym-Drafts-page" aria-busy={busy}>
      <aside>
        <h2>{trans.__('Draft with a model')}</h2>
        <Task model={model} trans={trans} />
        <Earlier model={model} trans={trans} />
      </aside>
      <section aria-label={trans.__('Attempts')}>
        {problem && (
          <p className="codegym-Class-problem" role="alert">
            <Glyph shape="error" tone="notyet" />
            <span>{problem}</span>
          </p>
        )}
        {draft ? (
          <Attempts key={draft.id} draft={draft} model={model} trans={trans} />
        ) : (
          <p className="codegym-Quiet">
            {trans.__(
              "A model's draft is checked like a course. Nothing is added to the course until you say so."
            )}
          </p>
        )}
      </section>
    </div>
  );
}

function Earlier({ model, trans }: IProps): JSX.Element | null {
  const { drafts, chosen } = model.state;
  const id = React.useId();
  const others = drafts.filter(one => one.id !== chosen).slice(0, 8);
  if (!others.length) {
    return null;
  }
  return (
    <>
      <h3 id={id}>{trans.__('Earlier drafts')}</h3>
      <ul className="codegym-Drafts-earlier" aria-labelledby={id}>
        {others.map(one => (
          <li key={one.id}>
            <Marked mark={stateMark(one, trans)} />
            <span>
              <button type="button" className="codegym-Link" onClick={() => model.choose(one.id)}>
                {one.order.topic}
              </button>
              <span className="codegym-Meta">
                {modeWord(one.order.mode, trans)} · {stateMark(one, trans).text}
              </span>
              {(one.state === 'interrupted' || one.state === 'stopped') && (
                <button type="button" className="codegym-Link" onClick={() => void model.resume(one.id)}>
                  {trans.__('go on from attempt %1', one.attempts.length + 1)}
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Marked({ mark }: { mark: IMark }): JSX.Element {
  return <Glyph shape={mark.shape} tone={mark.tone} />;
}

function Attempts({ draft, model, trans }: IProps & { draft: IDraft }): JSX.Element {
  const { asked, placed } = model.state;
  const state = stateMark(draft, trans);
  const underWay = isUnderWay(draft);
  return (
    <>
      <div className="codegym-Class-head">
        <h2>{state.text}</h2>
        <span className="codegym-Meta">
          {costs(draft.attempts, trans)}
          {!placed && ` · ${trans.__('Nothing has been added to the course yet.')}`}
        </span>
      </div>
      <div role="log" aria-label={trans.__('Attempts')} className="codegym-Tolds">
        {draft.attempts.map((one, i) => (
          <Attempt key={one.number} one={one} isLast={i === draft.attempts.length - 1} trans={trans}>
            {one.verdict === 'passes' && <Decision model={model} trans={trans} />}
          </Attempt>
        ))}
        {underWay && (
          <p className="codegym-Quiet">
            {trans.__('Attempt %1 is being written…', asked || draft.attempts.length + 1)}
          </p>
        )}
      </div>
      {draft.state === 'for_a_person' && (
        <p>{trans.__('There is no other model to ask. Write it yourself, or draft again.')}</p>
      )}
    </>
  );
}

function Attempt(props: {
  one: IAttempt;
  isLast: boolean;
  trans: TranslationBundle;
  children: React.ReactNode;
}): JSX.Element {
  const { one, isLast, trans } = props;
  const mark = verdictMark(one.verdict, trans);
  const [reason, ...more] = one.reasons;
  return (
    <details className="codegym-Told" open={isLast}>
      <summary>
        <Marked mark={mark} />
        <b>
          {trans.__('Attempt %1.', one.number)} {mark.text}
        </b>{' '}
        <span>{reason ? <Said words={ticked(reason)} /> : trans.__('Ready for you to read.')}</span>
        <span className="codegym-Meta">
          {one.llm} · {costs([one], trans)}
        </span>
      </summary>
      <div className="codegym-Drafts-sides">
        <pre tabIndex={0} dir="ltr" aria-label={trans.__('The draft, as YAML')}>
          {one.yaml || trans.__('Nothing came.')}
        </pre>
        <div>
          <h3>{trans.__('What check says')}</h3>
          <ul>
            {Boolean(one.checks) && <li>{trans.__('Solution: %1 of %2 checks', one.passed, one.checks)}</li>}
            {Boolean(one.mutants) && <li>{trans.__('Mutants: %1 of %2 killed', one.killed, one.mutants)}</li>}
            {one.verdict === 'passes' && <li>{trans.__('Starter and empty cell score 0, nothing leaks')}</li>}
            {more.map((text, i) => (
              <li key={i}>
                <Said words={ticked(text)} />
              </li>
            ))}
          </ul>
          {one.suggestions.length > 0 && (
            <>
              <h3>{trans.__('Checks found by search')}</h3>
              <pre tabIndex={0} dir="ltr" aria-label={trans.__('Checks found by search')}>
                {one.suggestions.join('')}
              </pre>
            </>
          )}
          {one.code && <Ran one={one} trans={trans} />}
        </div>
      </div>
      {props.children}
    </details>
  );
}

/** Folded: the solution, what it printed and what stopped it. */
function Ran({ one, trans }: { one: IAttempt; trans: TranslationBundle }): JSX.Element {
  return (
    <details>
      <summary>{trans.__('The code that was run')}</summary>
      <pre tabIndex={0} dir="ltr" aria-label={trans.__('The code that was run')}>
        {one.code}
      </pre>
      <h3>{trans.__('Output')}</h3>
      <pre tabIndex={0} dir="ltr" aria-label={trans.__('Output')}>
        {one.output || trans.__('Nothing was printed.')}
      </pre>
    </details>
  );
}

function Decision({ model, trans }: IProps): JSX.Element {
  const [wish, setWish] = React.useState<string | null>(null);
  const { placed, busy } = model.state;
  const id = React.useId();
  if (placed) {
    return (
      <p role="status">
        <Glyph shape="right" tone="right" className="codegym-mod-inline" />
        {trans.__('It is in %1, from line %2 on.', placed.file, placed.line)}
      </p>
    );
  }
  return (
    <>
      <div className="codegym-Drafts-row">
        <button
          type="button"
          className="codegym-Button codegym-mod-accept"
          aria-disabled={busy || undefined}
          onClick={() => !busy && void model.accept()}
        >
          {trans.__('Add to the course')}
        </button>
        <button
          type="button"
          className="codegym-Chip"
          aria-expanded={wish !== null}
          onClick={() => setWish(wish === null ? '' : null)}
        >
          {trans.__('Change something…')}
        </button>
        <span className="codegym-Meta">{trans.__('A class sees it when you publish the course.')}</span>
      </div>
      {wish !== null && (
        <form
          className="codegym-Told-form"
          onSubmit={event => {
            event.preventDefault();
            if (wish.trim()) {
              void model.refine(wish);
            }
          }}
        >
          <label htmlFor={id}>{trans.__('What is to be changed?')}</label>
          <textarea
            id={id}
            rows={2}
            maxLength={4000}
            value={wish}
            onChange={event => setWish(event.target.value)}
          />
          <button type="submit" className="codegym-Button codegym-mod-accept" disabled={!wish.trim()}>
            {trans.__('Draft again')}
          </button>
        </form>
      )}
    </>
  );
}
