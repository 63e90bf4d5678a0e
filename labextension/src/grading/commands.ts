import { Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { checkIcon, handInIcon, resetIcon } from '../icons';
import { CommandIDs, IExerciseRef } from '../tokens';
import { AnswerDesk, IGradingRoom } from './desk';
import { AnswerDesks } from './desks';
import { askHandIn, askReset } from './dialogs';

const REF_ARGS = {
  args: {
    type: 'object',
    properties: {
      course: { type: 'string', description: 'The course’s id; by default that of the active answer.' },
      exercise: { type: 'string', description: 'The exercise’s id; by default that of the active answer.' }
    }
  }
} as const;

/** Check, Hand in, Reset and the way between answer and result, for strip, palette and keyboard alike. */
export function addGradingCommands(room: IGradingRoom, desks: AnswerDesks): void {
  const { commands, courses, checks, server } = room;
  const { trans } = server;
  const deskFor = (args: ReadonlyPartialJSONObject): AnswerDesk | null =>
    args.course && args.exercise ? desks.find(args as unknown as IExerciseRef) : desks.current();
  const add = (id: string, options: Omit<CommandRegistry.ICommandOptions, 'execute'>, run: Run) =>
    commands.addCommand(id, {
      describedBy: REF_ARGS,
      isEnabled: args => deskFor(args) !== null,
      ...options,
      execute: args => {
        const desk = deskFor(args);
        return desk ? run(desk) : undefined;
      }
    });

  add(CommandIDs.check, { label: trans.__('Check this answer'), icon: checkIcon }, desk => {
    const limited = Boolean(courses.find(desk.ref)?.attempts);
    return checks.send(desk, limited ? 'try' : 'submit');
  });
  add(CommandIDs.handIn, { label: trans.__('Hand in this answer…'), icon: handInIcon }, desk =>
    handIn(room, desk)
  );
  add(CommandIDs.reset, { label: trans.__('Reset this exercise…'), icon: resetIcon }, desk =>
    reset(room, desk)
  );
  add(
    CommandIDs.undoReset,
    {
      label: trans.__('Bring back what I had before the reset'),
      isEnabled: args => {
        const desk = deskFor(args);
        return desk !== null && room.memory.beforeReset(desk.path, desk.ref.exercise) !== null;
      }
    },
    desk => undoReset(room, desk)
  );
  add(CommandIDs.toggle, { label: trans.__('Go between answer and result') }, desk => {
    if (!desk.cell.node.querySelector('.codegym-Judgement')?.contains(document.activeElement)) {
      desk.focusJudgement();
    } else {
      desk.focusAnswer();
    }
  });
}

type Run = (desk: AnswerDesk) => unknown;

/** Always asks; without limited attempts there is nothing to ask, and Check hands in. */
async function handIn({ courses, checks, server }: IGradingRoom, desk: AnswerDesk): Promise<void> {
  const exercise = courses.find(desk.ref);
  const { attempts } = exercise ?? {};
  if (!attempts) {
    return checks.send(desk, 'submit');
  }
  if (attempts.left <= 0) {
    server.announcer.say(server.trans.__('No attempts left. You can still check.'));
    return;
  }
  const { count } = exercise ?? {};
  if (await askHandIn(server.trans, desk.title, { ...attempts, count }, desk.judgement)) {
    await checks.send(desk, 'submit');
  }
}

async function reset({ server, memory }: IGradingRoom, desk: AnswerDesk): Promise<void> {
  if (!(await askReset(server.trans))) {
    return;
  }
  try {
    const { source } = await server.api.starter(desk.ref.course, desk.ref.exercise);
    const before = desk.cell.model.sharedModel.getSource();
    if (before !== source) {
      memory.keepBeforeReset(desk.path, desk.ref.exercise, before);
      desk.replace(source, true);
    }
  } catch {
    Notification.warning(
      server.trans.__('The starter could not be fetched just now. Your answer is as it was.')
    );
  }
}

function undoReset({ memory }: IGradingRoom, desk: AnswerDesk): void {
  const before = memory.beforeReset(desk.path, desk.ref.exercise);
  if (before !== null) {
    memory.keepBeforeReset(desk.path, desk.ref.exercise, null);
    desk.replace(before, false);
  }
}
