import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { IClock, timeOfDay } from '../dates';
import { HOLD, phrase, ticked } from '../phrases';
import { Glyph, Said, Tool } from '../pieces';
import { CommandIDs } from '../tokens';
import { IAnswerState, IUntouched } from './state';
import { IJudgementHost } from './host';
import { Chip } from './actions';
import { CheckingHead, JudgementView } from './judgement';
import { kernelLine } from './words';

export interface IAnswerStatusProps {
  trans: TranslationBundle;
  clock: IClock;
  state: IAnswerState;
  title: string;
  /** Whether the document holds a judgement, which then shows itself what runs. */
  judged: boolean;
  /** How many words a text lacks, where it was to be handed in. */
  short: number;
  host: IJudgementHost;
  /** Where a hint is offered: takes whether it is wanted. */
  offer: ((wanted: boolean) => void) | null;
  undoReset: (() => void) | null;
}

/** Between the code and its outputs: what concerns the answer and is not (yet) in the document. */
export function AnswerStatus(props: IAnswerStatusProps): JSX.Element {
  const { trans, state, judged, host, title } = props;
  const checking = (state.phase === 'checking' || state.phase === 'stopping') && !judged;
  return (
    <div className="codegym-AnswerStatus-content" data-lm-suppress-shortcuts="true">
      {checking && (
        <section
          className="codegym-Judgement codegym-edge-info"
          aria-label={trans.__('Judgement of %1', title)}
        >
          <CheckingHead trans={trans} stopping={state.phase === 'stopping'} cancel={host.cancel} />
        </section>
      )}
      {host.missingKernel && !judged && <MissingKernel {...props} kernel={host.missingKernel} />}
      {state.phase === 'kept' && <Kept {...props} />}
      {state.problem && <Problem {...props} />}
      {props.short > 0 && <Short {...props} />}
      {state.untouched && <Untouched {...props} at={state.untouched} />}
      {state.aside && !checking && (!judged || state.aside.state !== 'judged') && (
        <JudgementView
          view={state.aside}
          trans={trans}
          clock={props.clock}
          host={{ ...host, checking: false }}
        />
      )}
      {props.offer && !checking && <Offer {...props} answer={props.offer} />}
      {props.undoReset && <UndoReset {...props} undo={props.undoReset} />}
    </div>
  );
}

/** The one thing that is said unasked. */
function Offer({ trans, answer }: IAnswerStatusProps & { answer: (wanted: boolean) => void }): JSX.Element {
  return (
    <section className="codegym-Judgement codegym-edge-info" aria-label={trans.__('A hint is offered')}>
      <div className="codegym-Judgement-head">
        <Glyph shape="hint" className="codegym-Judgement-icon" />
        <div className="codegym-Judgement-text">{offerLine(trans)}</div>
      </div>
      <div className="codegym-Judgement-foot">
        <Chip shape="hint" label={trans.__('Give me a hint')} onClick={() => answer(true)} />
        <Tool onClick={() => answer(false)}>{trans.__('Not now')}</Tool>
      </div>
    </section>
  );
}

export function offerLine(trans: TranslationBundle): string {
  return trans.__('Three tries stopped at the same place. Would a hint help?');
}

function Kept({ trans, clock, state, title }: IAnswerStatusProps): JSX.Element {
  return (
    <Row
      shape="kept"
      tone="info"
      label={trans.__('Judgement of %1', title)}
      word={trans.__('Kept, will be checked.')}
      side={state.keptAt ? timeOfDay(state.keptAt, clock) : ''}
    >
      {state.why === 'store'
        ? trans.__(
            'The server cannot store it just now. Your answer is safe in this browser and is sent once when it can.'
          )
        : trans.__(
            'The server is away. Your answer is safe in this browser and is sent once when it is back.'
          )}
    </Row>
  );
}

function Problem({ trans, state, title }: IAnswerStatusProps): JSX.Element {
  return (
    <Row
      shape="info"
      tone="grey"
      label={trans.__('Judgement of %1', title)}
      word={trans.__('Not checked.')}
      side=""
    >
      <Said words={ticked(state.problem ?? '')} />
    </Row>
  );
}

function MissingKernel({ trans, title, kernel }: IAnswerStatusProps & { kernel: string }): JSX.Element {
  const { word, text } = kernelLine(kernel, trans);
  return (
    <Row shape="info" tone="info" label={trans.__('Kernel of %1', title)} word={word} side="">
      <Said words={text} />
    </Row>
  );
}

function Untouched({ trans, title, host, at }: IAnswerStatusProps & { at: IUntouched }): JSX.Element {
  const where = at.dots
    ? trans.__('Write your answer in place of `...` in [line %1|1]. No attempt used.', ...HOLD)
    : trans.__('Write your answer below [line %1|1]. No attempt used.', ...HOLD);
  return (
    <Row
      shape="info"
      tone="grey"
      label={trans.__('Judgement of %1', title)}
      word={trans.__('Nothing to check yet.')}
      side=""
    >
      <Said words={phrase(where, at.line)} onLine={host.goToLine} />
    </Row>
  );
}

/** A text may be handed in as short as it is; it is said once. */
function Short({ trans, title, host, short }: IAnswerStatusProps): JSX.Element {
  const missing = trans._n('%1 word is missing.', '%1 words are missing.', short);
  return (
    <KeptWork
      shape="info"
      tone="grey"
      label={trans.__('Judgement of %1', title)}
      word={trans.__('Short for a marker.')}
      text={`${missing} ${trans.__('You can hand it in anyway.')}`}
    >
      <Chip shape="pen" first label={trans.__('Write on')} onClick={host.back} />
      <Chip shape="handin" label={trans.__('Hand in as it is')} onClick={() => host.act(CommandIDs.handIn)} />
    </KeptWork>
  );
}

/** Stands where an answer cell was, until it is there again. */
export function DeletedAnswer(props: {
  trans: TranslationBundle;
  bring: () => void;
  again: () => void;
}): JSX.Element {
  const { trans, bring, again } = props;
  return (
    <KeptWork
      shape="kept"
      tone="info"
      label={trans.__('A deleted answer')}
      word={trans.__('Your answer cell was deleted.')}
      text={trans.__('What you wrote is kept.')}
      ownKeys
    >
      <Chip shape="kept" first label={trans.__('Bring it back')} onClick={bring} />
      <Chip shape="reset" label={trans.__('Start again')} onClick={again} />
    </KeptWork>
  );
}

function UndoReset({ trans, undo }: IAnswerStatusProps & { undo: () => void }): JSX.Element {
  return (
    <KeptWork
      shape="reset"
      tone="grey"
      label={trans.__('After the reset')}
      word={trans.__('Back at the starter.')}
      text={trans.__('What you wrote before is kept.')}
    >
      <Chip shape="reset" label={trans.__('Bring back what I had before the reset')} onClick={undo} />
    </KeptWork>
  );
}

/** Says that what was written is kept, with the ways to go on. */
function KeptWork(props: {
  shape: 'kept' | 'reset' | 'info';
  tone: 'info' | 'grey';
  label: string;
  word: string;
  text: string;
  /** The notebook's keys do nothing in it. */
  ownKeys?: boolean;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <section
      className={`codegym-Judgement codegym-edge-${props.tone}`}
      aria-label={props.label}
      data-lm-suppress-shortcuts={props.ownKeys ? 'true' : undefined}
    >
      <div className="codegym-Judgement-head">
        <Glyph shape={props.shape} className="codegym-Judgement-icon" />
        <div className="codegym-Judgement-text">
          <span className="codegym-Judgement-word">{props.word}</span> {props.text}
        </div>
      </div>
      <div className="codegym-Judgement-foot">{props.children}</div>
    </section>
  );
}

function Row(props: {
  shape: 'kept' | 'info';
  tone: 'info' | 'grey';
  label: string;
  word: string;
  side: string;
  children: React.ReactNode;
}): JSX.Element {
  return (
    // an older judgement may stand beside it, by the same name
    <section
      className={`codegym-Judgement codegym-edge-${props.tone}`}
      aria-label={`${props.label}: ${props.word}`}
    >
      <div className="codegym-Judgement-head">
        <Glyph shape={props.shape} className="codegym-Judgement-icon" />
        <div className="codegym-Judgement-text">
          <span className="codegym-Judgement-word">{props.word}</span> {props.children}
        </div>
        <div className="codegym-Judgement-points">{props.side}</div>
      </div>
    </section>
  );
}
