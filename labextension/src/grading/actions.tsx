import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph, Tool } from '../pieces';
import { IJudgement } from '../records';
import { Shape } from '../shapes';
import { CommandIDs } from '../tokens';
import { IJudgementHost } from './host';

interface IActionsProps {
  view: IJudgement;
  trans: TranslationBundle;
  host: IJudgementHost | null;
}

interface IAction {
  shape: Shape;
  label: string;
  run: () => void;
}

/** What can be done now, the likeliest first. */
function actionsOf({ view, trans }: IActionsProps, host: IJudgementHost): IAction[] {
  const does = (shape: Shape, label: string, command: string) =>
    host.can(command) ? [{ shape, label, run: () => host.act(command) }] : [];
  if (view.verdict === 'JE') {
    return does('refresh', trans.__('Check now'), CommandIDs.check);
  }
  const { nextTitle } = host;
  const nextUp = nextTitle
    ? [{ shape: 'next' as const, label: trans.__('Next: %1', nextTitle), run: host.next }]
    : [];
  const { runCopy } = host;
  const run = runCopy
    ? [{ shape: 'play' as const, label: trans.__('Run it in a new cell'), run: runCopy }]
    : [];
  if (view.verdict === 'AC') {
    const tried = view.kind === 'try' && Boolean(view.attempts?.left);
    const written = !['choice', 'predict', 'order'].includes(view.answer ?? 'code');
    return [
      ...(tried ? does('handin', trans.__('Hand in'), CommandIDs.handIn) : []),
      ...(tried ? [] : nextUp),
      ...run,
      ...(written ? does('spark', trans.__('Review my solution'), CommandIDs.review) : [])
    ];
  }
  if (view.state !== 'judged' || !view.verdict) {
    return [];
  }
  const error = view.verdict === 'RTE' || view.verdict === 'CE';
  const why = error
    ? does('error', trans.__('Explain this error'), CommandIDs.explainError)
    : does('aim', trans.__('Why is it wrong?'), CommandIDs.why);
  const hint =
    why.length || !host.hintButton || error ? [] : does('hint', trans.__('Give me a hint'), CommandIDs.hint);
  const ask = why.length ? does('chat', trans.__('Ask the tutor'), CommandIDs.askTutor) : [];
  return [...(view.verdict === 'SV' ? [] : [...why, ...hint]), ...run, ...ask, ...(error ? [] : nextUp)];
}

/** The actions of the moment, three at most; what was handed in has its receipt. */
export function Foot(props: IActionsProps): JSX.Element | null {
  const { view, trans, host } = props;
  const actions = host ? actionsOf(props, host).slice(0, 3) : [];
  const receipt = host && !host.practice && hasReceipt(view);
  return actions.length || receipt ? (
    <div className="codegym-Judgement-foot">
      {actions.map(({ shape, label, run }, i) => (
        <Chip
          key={label}
          shape={shape}
          label={label}
          first={i === 0}
          flip={shape === 'next'}
          className={i > 0 && shape === 'next' ? 'codegym-mod-quiet' : ''}
          onClick={run}
        />
      ))}
      {view.verdict === 'JE' && (
        <span className="codegym-Quiet">
          {trans.__('Number for support:')} <code>{view.submission.slice(-8)}</code>
        </span>
      )}
      {receipt && <SaveReceipt view={view} trans={trans} save={host.receipt} />}
    </div>
  ) : null;
}

/** What can be done about the error that a run ended in, newer than any judgement. */
export function RunActions(props: { trans: TranslationBundle; host: IJudgementHost }): JSX.Element | null {
  const { trans, host } = props;
  return host.can(CommandIDs.explainError) ? (
    <div className="codegym-Judgement-foot" data-lm-suppress-shortcuts="true">
      <Chip
        shape="error"
        label={trans.__('Explain this error')}
        first
        onClick={() => host.act(CommandIDs.explainError)}
      />
      <Chip shape="chat" label={trans.__('Ask the tutor')} onClick={() => host.act(CommandIDs.askTutor)} />
    </div>
  ) : null;
}

/** Only what was handed in has one worth keeping, and only once the server has it. */
function hasReceipt(view: IJudgement): boolean {
  return view.kind === 'submit' && Boolean(view.submission) && view.state !== 'cancelled';
}

function SaveReceipt(props: { view: IJudgement; trans: TranslationBundle; save: () => void }): JSX.Element {
  const { view, trans, save } = props;
  return (
    <Tool shape="download" label={trans.__('Save receipt of %1', view.title)} onClick={save}>
      {trans.__('Save receipt')}
    </Tool>
  );
}

export function Chip(props: {
  shape: Shape;
  label: string;
  flip?: boolean;
  /** What is likeliest wanted. */
  first?: boolean;
  className?: string;
  onClick: () => void;
}): JSX.Element {
  const { first, className } = props;
  return (
    <button
      type="button"
      className={`codegym-Chip ${first ? 'codegym-mod-first' : ''} ${className ?? ''}`}
      onClick={props.onClick}
    >
      <Glyph shape={props.shape} flip={props.flip} />
      {props.label}
    </button>
  );
}
