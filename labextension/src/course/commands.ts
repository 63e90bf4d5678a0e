import { Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';

import { coursesIcon, downloadIcon } from '../icons';
import { saveFile } from '../saving';
import { CommandIDs, IServer } from '../tokens';
import { Courses } from './model';

const NO_ARGS = { args: { type: 'object', properties: {} } } as const;

/** The palette's and the keyboard's way to courses; each command's words are the palette's. */
export function addCourseCommands(
  commands: CommandRegistry,
  server: IServer,
  model: Courses,
  show: () => void
): void {
  const { trans } = server;
  commands.addCommand(CommandIDs.showCourses, {
    label: args => (args.isPalette ? trans.__('Show courses') : trans.__('Courses')),
    caption: trans.__('Courses, exercises and what is done'),
    icon: coursesIcon,
    describedBy: NO_ARGS,
    execute: show
  });
  commands.addCommand(CommandIDs.next, {
    label: trans.__('Go to the next lesson or open exercise'),
    describedBy: NO_ARGS,
    execute: () => step(model, server, 1)
  });
  commands.addCommand(CommandIDs.previous, {
    label: trans.__('Go to the previous lesson or open exercise'),
    describedBy: NO_ARGS,
    execute: () => step(model, server, -1)
  });
  commands.addCommand(CommandIDs.open, {
    label: trans.__('Open a lesson or an exercise'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          course: { type: 'string', description: 'The course’s id.' },
          unit: { type: 'string', description: 'The unit’s id; by default the exercise’s.' },
          exercise: { type: 'string', description: 'The exercise’s id.' },
          lesson: { type: 'string', description: 'A lesson’s id, in place of an exercise’s.' }
        },
        required: ['course']
      }
    },
    execute: async args => {
      const { course, unit, exercise, lesson } = args as Record<string, string | null | undefined>;
      await model.open(course ?? '', unit ?? null, exercise ?? null, lesson);
    }
  });
  commands.addCommand(CommandIDs.download, {
    label: trans.__('Download my work'),
    icon: downloadIcon,
    describedBy: NO_ARGS,
    execute: () => download(server)
  });
}

async function step(model: Courses, server: IServer, by: 1 | -1): Promise<void> {
  const ref = model.current;
  const next = ref && model.neighbour(ref, by);
  if (ref && next) {
    await model.open(ref.course, next.unit, next.exercise, next.lesson);
  } else {
    server.announcer.say(
      by === 1
        ? server.trans.__('Nothing to read or to do after this.')
        : server.trans.__('Nothing to read or to do before this.')
    );
  }
}

async function download({ api, trans }: IServer): Promise<void> {
  try {
    saveFile(await api.work(), 'my-work.zip');
  } catch {
    Notification.warning(trans.__('Your work could not be packed just now. Try again in a moment.'), {
      autoClose: 6000
    });
  }
}
