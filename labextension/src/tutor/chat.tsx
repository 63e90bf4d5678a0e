import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import React from 'react';

import { chatIcon } from '../icons';
import { Glyph, Tool } from '../pieces';
import { IQuestion, ITurn, Wish } from '../records';
import { CommandIDs, ICourses, IExerciseRef, IGrading, IHints, IServer } from '../tokens';
import { Bound } from './answerers';
import { momentOf, problemLine } from './chatwords';
import { Composer } from './composer';
import { QuickActions } from './quick';
import { Readiness, wished } from './readiness';
import { Asked, Body, IReplyProps, TurnView } from './reply';
import { HumanForm, TicketList } from './human';
import { IRunning, Conversations } from './conversations';
import { Tickets } from './tickets';

/** Asks; `wants` where a button does. */
export type Ask = (message: string, wants?: Wish) => void;

/** What every view of the tutor is given. */
export interface IChatProps {
  conversations: Conversations;
  tickets: Tickets;
  readiness: Readiness;
  server: IServer;
  courses: ICourses;
  grading: IGrading;
  hints: IHints | null;
  rendermime: IRenderMimeRegistry;
  commands: CommandRegistry;
}

/** The right sidebar "Tutor": a conversation about the exercise that is in front. */
export class TutorPanel extends ReactWidget {
  constructor(private readonly _props: IChatProps) {
    super();
    const { trans } = _props.server;
    this.id = 'codegym-tutor';
    this.title.icon = chatIcon;
    this.title.caption = trans.__('Tutor');
    this.addClass('codegym-Tutor');
    this.node.setAttribute('role', 'complementary');
    this.node.setAttribute('aria-label', trans.__('Tutor'));
  }

  /** The answer that is spoken of: the one in front, else the last that was. */
  of: IExerciseRef | null = null;

  /** A sidebar that is closed holds nothing: its words are not found twice. */
  render(): JSX.Element {
    if (!this.isVisible) {
      return <></>;
    }
    const { conversations, courses } = this._props;
    return (
      <UseSignal signal={courses.changed}>
        {() => (
          <UseSignal signal={conversations.changed}>
            {() => (
              <UseSignal signal={this._props.tickets.changed}>
                {() => {
                  this.of = courses.current ?? this.of;
                  return this.of ? <Chat {...this._props} of={this.of} /> : <Nothing {...this._props} />;
                }}
              </UseSignal>
            )}
          </UseSignal>
        )}
      </UseSignal>
    );
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._makeRoom();
    this.update();
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._makeRoom();
    this.update();
  }

  protected onResize(msg: Widget.ResizeMessage): void {
    super.onResize(msg);
    this._makeRoom();
  }

  /** Tells the style sheet how wide all is that ends at the window's right: the lab's toasts stay left of it. */
  private _makeRoom(): void {
    const start = this.isVisible ? this.node.getBoundingClientRect().left : 0;
    const aside = start > window.innerWidth / 2 ? window.innerWidth - start : 0;
    document.documentElement.style.setProperty('--codegym-aside', `${aside}px`);
  }

  protected onActivateRequest(): void {
    const focus = () => this._field?.focus();
    // drawn once it is shown
    window.requestAnimationFrame(() => window.setTimeout(focus, 60));
  }

  /** Whether the cursor is in the field for a question. */
  get hasCursor(): boolean {
    return this._field !== null && this._field === document.activeElement;
  }

  private get _field(): HTMLTextAreaElement | null {
    return this.node.querySelector('.codegym-Composer textarea');
  }
}

function Nothing({ server }: IChatProps): JSX.Element {
  return (
    <>
      <div className="codegym-Courses-head">
        <h2>{server.trans.__('Tutor')}</h2>
      </div>
      <p className="codegym-Tutor-empty">
        {server.trans.__(
          'Open an exercise, and ask about it here. Help comes in steps; the code stays yours.'
        )}
      </p>
    </>
  );
}

function Chat(props: IChatProps & { of: IExerciseRef }): JSX.Element {
  const { conversations, tickets, server, of } = props;
  const { trans } = server;
  const conversation = conversations.of(of);
  React.useEffect(() => {
    void conversations.need(of);
    void tickets.need(of);
  }, [conversations, tickets, of]);
  const ask: Ask = (message, wants) =>
    void conversations.ask(of, chosenFor(props, of, questionOf(props.grading, of, message, wants)));
  const busy = conversation.running !== null;
  const off = conversation.tutor === 'off';
  const hints = conversation.tutor === 'hints';
  const tells = conversation.turns.at(-1)?.reply?.agent === 'say_back';
  const locked = off || (hints && !tells);
  const accepted = momentOf(null, props.grading.shown(of)?.judgement ?? null) === 'accepted';
  return (
    <>
      <div className="codegym-Courses-head">
        <h2>{trans.__('Tutor')}</h2>
        <Tool
          shape="plus"
          label={trans.__('New conversation')}
          disabled={!conversation.turns.length}
          onClick={() => void conversations.begin(of)}
        />
      </div>
      <Bound {...props} />
      <Log {...props} ask={ask} />
      {!off && !accepted && props.hints?.row(of, () => ask(trans.__('Give me a hint'), 'hint'), busy)}
      {props.tickets.of(of).writing ? <Human {...props} /> : !off && <QuickActions {...props} ask={ask} />}
      <Composer
        trans={trans}
        text={conversation.draft}
        busy={busy}
        off={locked}
        placeholder={placeholderFor(tells, hints, trans)}
        type={text => conversations.type(of, text)}
        send={() => {
          if (conversation.draft.trim() && !conversation.running && !locked) {
            ask(conversation.draft.trim());
            conversations.type(of, '');
          }
        }}
        stop={() => conversations.stop(of)}
      />
      <div className="codegym-Meta codegym-Tutor-foot">
        {trans.__('Answers can be wrong. Check decides.')}
      </div>
    </>
  );
}

/** What stands in the field; where only hints are open, it is there for what the tutor wants to be told. */
function placeholderFor(tells: boolean, hints: boolean, trans: TranslationBundle): string {
  if (tells) {
    return trans.__('In your own words');
  }
  return hints ? trans.__('Only hints are open here') : trans.__('Ask about this exercise');
}

/** A question with what the answer holds at this moment. */
function questionOf(grading: IGrading, of: IExerciseRef, message: string, wants?: Wish): IQuestion {
  const shown = grading.shown(of);
  return {
    message,
    source: shown?.source ?? '',
    last_error: shown?.lastError ?? null,
    output: shown?.output ?? null,
    wants: wants ?? null
  };
}

/** The same for whom the student chose. */
function chosenFor(
  { conversations, readiness }: IChatProps,
  of: IExerciseRef,
  question: IQuestion
): IQuestion {
  return { ...question, llm: wished(readiness.chosen, conversations.of(of).answerers) };
}

/** The form for a question to a person. */
function Human({ tickets, server, courses, grading, of }: IChatProps & { of: IExerciseRef }): JSX.Element {
  return (
    <HumanForm
      key={`${of.course}/${of.exercise}`}
      form={tickets.of(of)}
      trans={server.trans}
      hints={courses.find(of)?.hints?.given ?? 0}
      type={question => tickets.type(of, question)}
      send={(question, share) => void tickets.ask(of, question, share, grading.shown(of)?.source ?? '')}
      cancel={() => tickets.write(of, false)}
    />
  );
}

function Log(props: IChatProps & { of: IExerciseRef; ask: Ask }): JSX.Element {
  const { conversations, server, courses, grading, rendermime, of, ask } = props;
  const { trans } = server;
  const { turns, earlier, running, problem } = conversations.of(of);
  const log = useEnd(`${of.course}/${of.exercise}/${turns.length}/${running ? 1 : 0}`);
  const shared: IReplyProps = {
    trans,
    rendermime,
    lang: courses.languageOf(of.course),
    goToLine: line => grading.goToLine(of, line),
    insert: code => grading.insertBelow(of, code),
    ask,
    thumb: (turn, thumb) => void conversations.thumb(of, turn, thumb)
  };
  const view = (turn: ITurn, i: number, all: ITurn[]) => {
    const last = all === turns && i === turns.length - 1 && !running;
    return <TurnView key={turn.id || i} {...shared} turn={turn} before={all[i - 1]?.reply} last={last} />;
  };
  return (
    <div
      ref={log}
      className="codegym-Log"
      role="log"
      aria-label={trans.__('Conversation')}
      // pieces are said by the live region as they pass
      aria-live="off"
      aria-busy={running !== null}
      tabIndex={0}
    >
      {earlier.length > 0 && (
        <details className="codegym-Earlier">
          <summary className="codegym-Meta">{trans.__('Earlier talk')}</summary>
          {earlier.map(view)}
        </details>
      )}
      {!turns.length && !running && <Greeting {...props} />}
      {turns.map(view)}
      <TicketList tickets={props.tickets.of(of).tickets} trans={trans} clock={courses.clockOf(of.course)} />
      {running && <Running {...shared} running={running} />}
      {problem && <div className="codegym-Meta">{problemLine(problem, trans)}</div>}
    </div>
  );
}

/** What stands where nothing was said yet. */
function Greeting({ conversations, server, of }: IChatProps & { of: IExerciseRef }): JSX.Element | null {
  const { trans } = server;
  const { loaded, tutor } = conversations.of(of);
  if (!loaded || tutor !== 'full') {
    return null;
  }
  return (
    <p className="codegym-Greeting">
      {trans.__('I know this exercise and your answer. I help you find the way; the code stays yours.')}
    </p>
  );
}

/** Keeps the end in sight as it grows, which texts do after they were drawn; whoever scrolls back is left there. */
function useEnd(moment: string): React.RefObject<HTMLDivElement> {
  const log = React.useRef<HTMLDivElement>(null);
  const follows = React.useRef(true);
  React.useEffect(() => {
    follows.current = true;
    const node = log.current;
    if (!node) {
      return;
    }
    const follow = () => follows.current && node.scrollTo({ top: node.scrollHeight });
    const left = () => (follows.current = node.scrollHeight - node.scrollTop - node.clientHeight < 60);
    const changes = new MutationObserver(follow);
    const sizes = new ResizeObserver(follow);
    changes.observe(node, { childList: true, subtree: true });
    sizes.observe(node);
    node.addEventListener('wheel', left, { passive: true });
    node.addEventListener('keyup', left);
    follow();
    return () => {
      changes.disconnect();
      sizes.disconnect();
      node.removeEventListener('wheel', left);
      node.removeEventListener('keyup', left);
    };
  }, [moment]);
  return log;
}

function Running({ running, ...shared }: IReplyProps & { running: IRunning }): JSX.Element {
  const { trans } = shared;
  return (
    <>
      <Asked text={running.message} trans={trans} />
      {running.text && (
        <article className="codegym-Reply">
          <Body {...shared} text={running.text} />
        </article>
      )}
      <div className="codegym-Thinking">
        <Glyph shape="spin" tone="info" className="codegym-mod-spin" />
        {running.status === 'trying'
          ? trans.__('Trying out the next example…')
          : running.again
            ? trans.__('%1 answers now…', running.again)
            : trans.__('Thinking…')}
      </div>
    </>
  );
}

/** Opens the panel and asks one thing. */
export function asker(props: IChatProps, show: () => void): (message: string, wants?: Wish) => Promise<void> {
  return async (message, wants) => {
    show();
    const of = props.courses.current;
    if (of) {
      const question = questionOf(props.grading, of, message, wants);
      await props.conversations.need(of);
      await props.conversations.ask(of, chosenFor(props, of, question));
    }
  };
}

export const TUTOR_COMMANDS = [
  CommandIDs.askTutor,
  CommandIDs.why,
  CommandIDs.explainError,
  CommandIDs.review
];
