import { Clipboard } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph, Tool } from '../pieces';
import { IReply, ITurn } from '../records';
import { serverText } from '../serverwords';
import { Shape } from '../shapes';
import { Markdown } from '../markdown';
import { Part, partsOf, withLineLink } from './markdown';
import { agentName } from './chatwords';

export interface IReplyProps {
  trans: TranslationBundle;
  rendermime: IRenderMimeRegistry;
  lang?: string;
  goToLine(line: number): void;
  insert(code: string): void;
  ask(message: string): void;
  thumb(turn: ITurn, thumb: 1 | -1): void;
}

const SHAPES: Record<string, Shape> = {
  hint: 'hint',
  solution_request: 'hint',
  explain_error: 'error',
  review: 'spark',
  concept: 'book',
  distress: 'person',
  human: 'person',
  off: 'lock'
};

/** A question and its answer; `last`: what it offers to ask next still fits. */
export function TurnView(
  props: IReplyProps & { turn: ITurn; before?: IReply | null; last?: boolean }
): JSX.Element {
  const { turn, trans } = props;
  return (
    <>
      {turn.message && <Asked text={turn.message} trans={trans} />}
      {turn.reply && (
        <article className="codegym-Reply" aria-label={agentName(turn.reply, trans)}>
          <Who reply={turn.reply} before={props.before} trans={trans} />
          <Body {...props} text={withLineLink(turn.reply.text, turn.reply.line)} />
          {props.last && <Choices {...props} reply={turn.reply} />}
          {turn.id && <Feedback {...props} reply={turn.reply} />}
        </article>
      )}
    </>
  );
}

export function Asked({ text, trans }: { text: string; trans: TranslationBundle }): JSX.Element {
  return (
    <div className="codegym-Asked">
      <span className="codegym-Hidden">{trans.__('You asked:')} </span>
      {text}
    </div>
  );
}

interface IWhoProps {
  reply: IReply;
  /** The reply above it: what it says of who wrote it is not said again. */
  before?: IReply | null;
  trans: TranslationBundle;
}

/** Which kind of help it is, and who wrote it. */
function Who({ reply, before, trans }: IWhoProps): JSX.Element {
  const told = before?.by === reply.by && before?.note === reply.note;
  const side = told ? [] : [reply.by, reply.note].filter(Boolean).map(text => serverText(text!, trans));
  return (
    <div className="codegym-Who">
      <Glyph shape={SHAPES[reply.agent] ?? 'chat'} tone="info" />
      <b>{agentName(reply, trans)}</b>
      {side.length > 0 && <span>{side.join(' · ')}</span>}
    </div>
  );
}

/** A reply's text: prose, and its blocks of code with what can be done with them. */
export function Body(props: IReplyProps & { text: string }): JSX.Element {
  const { goToLine, text } = props;
  const parts = React.useMemo(() => partsOf(text), [text]);
  return (
    <div
      className="codegym-Reply-body"
      lang={props.lang}
      onClick={event => {
        const link = (event.target as HTMLElement).closest('a[href^="#line-"]');
        if (link) {
          event.preventDefault();
          goToLine(Number(link.getAttribute('href')!.slice('#line-'.length)));
        }
      }}
    >
      {parts.map((part, i) => (
        <PartView key={i} {...props} part={part} />
      ))}
    </div>
  );
}

function PartView(props: IReplyProps & { part: Part }): JSX.Element {
  const { part, rendermime, trans } = props;
  if ('prose' in part) {
    return <Markdown text={part.prose} rendermime={rendermime} className="codegym-Reply-prose" />;
  }
  const lines = part.code.split('\n').length;
  return (
    <div
      className="codegym-Code"
      role="group"
      aria-label={trans._n('code, %1 line', 'code, %1 lines', lines)}
      dir="ltr"
    >
      <div className="codegym-Code-scroll" tabIndex={0}>
        <Markdown text={fenced(part)} rendermime={rendermime} className="codegym-Code-text" />
      </div>
      <div className="codegym-Code-foot">
        <Tool shape="copy" onClick={() => Clipboard.copyToSystem(part.code)}>
          {trans.__('Copy')}
        </Tool>
        {isPython(part.language) && (
          <Tool shape="insert" onClick={() => props.insert(part.code)}>
            {trans.__('Insert as a new cell')}
          </Tool>
        )}
      </div>
    </div>
  );
}

function fenced({ code, language }: { code: string; language: string }): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(run => run[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language || 'python'}\n${code}\n${fence}`;
}

function isPython(language: string): boolean {
  return ['', 'python', 'py', 'python3'].includes(language.toLowerCase());
}

/** Where the tutor asks back: what could be meant. */
function Choices({ reply, ask }: IReplyProps & { reply: IReply }): JSX.Element | null {
  return reply.choices?.length ? (
    <div className="codegym-Chips">
      {reply.choices.map(({ label, message }) => (
        <button key={label} type="button" className="codegym-Chip" onClick={() => ask(message)}>
          {label}
        </button>
      ))}
    </div>
  ) : null;
}

function Feedback(props: IReplyProps & { turn: ITurn; reply: IReply }): JSX.Element {
  const { trans, turn, reply, thumb } = props;
  const button = (value: 1 | -1, shape: Shape, label: string) => (
    <button
      type="button"
      className={`codegym-Tool ${turn.thumb === value ? 'codegym-mod-pressed' : ''}`}
      aria-label={label}
      aria-pressed={turn.thumb === value}
      title={label}
      onClick={() => thumb(turn, value)}
    >
      <Glyph shape={shape} />
    </button>
  );
  return (
    <div className="codegym-Feedback">
      {button(1, 'helped', trans.__('This helped'))}
      {button(-1, 'unhelped', trans.__('This did not help'))}
      <Tool shape="copy" label={trans.__('Copy')} onClick={() => Clipboard.copyToSystem(reply.text)} />
    </div>
  );
}
