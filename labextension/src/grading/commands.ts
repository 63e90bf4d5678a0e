import { Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { checkIcon, handInIcon, resetIcon } from '../icons';
import { CommandIDs, IExerciseRef } from '../tokens';
import { AnswerCell, IGradingContext } from './answercell';
import { NotebookAnswers } from './notebooks';
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
export function addGradingCommands(context: IGradingContext, notebooks: NotebookAnswers): void {
  const { commands, courses, checks, server } = context;
  const { trans } = server;
  const answerFor = (args: ReadonlyPartialJSONObject): AnswerCell | null =>
    args.course && args.exercise ? notebooks.find(args as unknown as IExerciseRef) : notebooks.current();
  const add = (id: string, options: Omit<CommandRegistry.ICommandOptions, 'execute'>, run: Run) =>
    commands.addCommand(id, {
      describedBy: REF_ARGS,
      isEnabled: args => answerFor(args) !== null,
      ...options,
      execute: args => {
        const answer = answerFor(args);
        return answer ? run(answer) : undefined;
      }
    });

  add(CommandIDs.check, { label: trans.__('Check this answer'), icon: checkIcon }, answer => {
    if (answer.control.form.kind === 'text') {
      return handIn(context, answer);
    }
    const limited = Boolean(courses.find(answer.ref)?.attempts);
    return checks.send(answer, limited ? 'try' : 'submit');
  });
  add(CommandIDs.handIn, { label: trans.__('Hand in this answer…'), icon: handInIcon }, answer =>
    handIn(context, answer)
  );
  add(CommandIDs.reset, { label: trans.__('Reset this exercise…'), icon: resetIcon }, answer =>
    reset(context, answer)
  );
  add(
    CommandIDs.undoReset,
    {
      label: trans.__('Bring back what I had before the reset'),
      isEnabled: args => {
        const answer = answerFor(args);
        return answer !== null && context.memory.beforeReset(answer.path, answer.ref.exercise) !== null;
      }
    },
    answer => undoReset(context, answer)
  );
  add(CommandIDs.toggle, { label: trans.__('Go between answer and result') }, answer => {
    if (!answer.cell.node.querySelector('.codegym-Judgement')?.contains(document.activeElement)) {
      answer.focusJudgement();
    } else {
      answer.focusAnswer();
    }
  });
}

type Run = (answer: AnswerCell) => unknown;

/** Always asks; without limited attempts there is nothing to ask, and Check hands in. */
async function handIn({ courses, checks, server }: IGradingContext, answer: AnswerCell): Promise<void> {
  const exercise = courses.find(answer.ref);
  const { attempts } = exercise ?? {};
  if (answer.warnsShort()) {
    return;
  }
  if (!attempts) {
    return checks.send(answer, 'submit');
  }
  if (attempts.left <= 0) {
    server.announcer.say(server.trans.__('No attempts left. You can still check.'));
    return;
  }
  const { count } = exercise ?? {};
  if (await askHandIn(server.trans, answer.title, { ...attempts, count }, answer.judgement)) {
    await checks.send(answer, 'submit');
  }
}

async function reset({ server, memory }: IGradingContext, answer: AnswerCell): Promise<void> {
  if (!(await askReset(server.trans))) {
    return;
  }
  try {
    const { source } = await server.api.starter(answer.ref.course, answer.ref.exercise);
    const before = answer.cell.model.sharedModel.getSource();
    if (before !== source) {
      memory.keepBeforeReset(answer.path, answer.ref.exercise, before);
      answer.replace(source, true);
    }
  } catch {
    Notification.warning(
      server.trans.__('The starter could not be fetched just now. Your answer is as it was.'),
      { autoClose: 6000 }
    );
  }
}

function undoReset({ memory }: IGradingContext, answer: AnswerCell): void {
  const before = memory.beforeReset(answer.path, answer.ref.exercise);
  if (before !== null) {
    memory.keepBeforeReset(answer.path, answer.ref.exercise, null);
    answer.replace(before, false);
  }
}
