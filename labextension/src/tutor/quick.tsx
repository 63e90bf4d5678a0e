import { CommandRegistry } from '@lumino/commands';
import React from 'react';

import { Glyph } from '../pieces';
import { Wish } from '../records';
import { Shape } from '../shapes';
import { CommandIDs, ICourses, IExerciseRef, IGrading, IServer } from '../tokens';
import { Moment, momentOf } from './chatwords';
import { IOpenConversation, Conversations } from './conversations';
import { Tickets } from './tickets';

interface IQuickProps {
  conversations: Conversations;
  tickets: Tickets;
  server: IServer;
  courses: ICourses;
  grading: IGrading;
  commands: CommandRegistry;
  of: IExerciseRef;
  ask: (message: string, wants?: Wish) => void;
}

interface IAction {
  shape: Shape;
  label: string;
  run: () => void;
}

/** What fits the moment, at most three. */
export function QuickActions(props: IQuickProps): JSX.Element | null {
  const { conversations, of } = props;
  const conversation = conversations.of(of);
  const actions = conversation.running ? [] : actionsFor(props, conversation);
  return actions.length ? (
    <div className="codegym-Chips codegym-mod-quick">
      {actions.map(({ shape, label, run }) => (
        <button key={label} type="button" className="codegym-Chip" onClick={run}>
          <Glyph shape={shape} />
          {label}
        </button>
      ))}
    </div>
  ) : null;
}

function actionsFor(props: IQuickProps, conversation: IOpenConversation): IAction[] {
  const { server, grading, of, ask } = props;
  const { trans } = server;
  const shown = grading.shown(of);
  const moment: Moment = momentOf(shown?.lastError ?? null, shown?.judgement ?? null);
  const last = conversation.turns.at(-1)?.reply;
  const actions: IAction[] = [];
  const asks = (shape: Shape, label: string, wants: Wish) =>
    actions.push({ shape, label, run: () => ask(label, wants) });
  if (conversation.tutor === 'full' && moment === 'error' && last?.agent !== 'explain_error') {
    asks('error', trans.__('Explain this error'), 'explain_error');
  }
  if (conversation.tutor === 'full' && moment === 'not_yet') {
    asks('aim', trans.__('Why is it wrong?'), 'why');
  }
  // while the ladder has a rung left, its own button stands above
  const ladder = props.courses.find(of)?.hints;
  if (moment === 'not_yet' && (!ladder || ladder.given >= ladder.total)) {
    asks('hint', trans.__('Give me a hint'), 'hint');
  }
  if (conversation.tutor === 'full' && moment === 'accepted' && last?.agent !== 'review') {
    asks('spark', trans.__('Review my solution'), 'review');
  }
  if (last?.line && moment !== 'accepted') {
    const line = last.line;
    const label = trans.__('Go to line %1', line);
    actions.push({ shape: 'next', label, run: () => grading.goToLine(of, line) });
  }
  if (moment === 'accepted') {
    addNext(props, actions);
  }
  const { contact } = props.tickets.of(of);
  const human = contact ? [askHuman(props, contact)] : [];
  return [...actions.slice(0, 3 - human.length), ...human];
}

function askHuman({ tickets, server, of }: IQuickProps, contact: string): IAction {
  return { shape: 'person', label: server.trans.__('Ask %1', contact), run: () => tickets.write(of, true) };
}

function addNext({ server, courses, commands, of }: IQuickProps, actions: IAction[]): void {
  const next = courses.neighbour(of, 1);
  if (next) {
    const args = { course: of.course, ...next };
    const label = server.trans.__('Next: %1', next.title);
    actions.push({ shape: 'next', label, run: () => void commands.execute(CommandIDs.open, args) });
  }
}
