import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Signal } from '@lumino/signaling';
import { createElement } from 'react';

import { hintIcon } from '../icons';
import { HintBox } from '../tutor/hintbox';
import { LadderRow } from '../tutor/ladderrow';
import { Ladders } from '../tutor/model';
import { rungLine } from '../tutor/words';
import { CommandIDs, ICourses, IExerciseRef, IHints, IServer } from '../tokens';

/** Hints: the authored ladder, under the answer. */
export const tutorPlugin: JupyterFrontEndPlugin<IHints> = {
  id: 'codegym-jlab:tutor',
  description: 'The ladder of hints of CodeGYM.',
  autoStart: true,
  provides: IHints,
  requires: [IServer, ICourses, IRenderMimeRegistry],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    courses: ICourses,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null
  ): IHints => {
    const { commands } = app;
    const { trans, announcer } = server;
    const ladders = new Ladders(server.api);
    const changed = new Signal<IHints, IExerciseRef>({} as IHints);
    const hints: IHints = {
      changed,
      mayOffer: ref => {
        const { given, total } = courses.find(ref)?.hints ?? { given: 0, total: 1 };
        return !ladders.state(ref).shown && given < total;
      },
      box: of => createElement(HintBox, { server, courses, ladders, rendermime, of }),
      row: (of, ask, busy) => createElement(LadderRow, { ladders, trans, of, ask, busy }),
      refresh: of => ladders.refresh(of)
    };
    ladders.changed.connect((_, ref) => changed.emit(ref));
    ladders.given.connect((_, { rung, total, text }) => {
      announcer.say(`${rungLine(rung, total, trans)}: ${text.replace(/[`*#]/g, '')}`);
    });
    ladders.ready.connect(() => announcer.say(trans.__('Next hint is ready')));
    const refFor = (args: object) => {
      const { course, exercise } = args as Partial<IExerciseRef>;
      return course && exercise ? { course, exercise } : courses.current;
    };
    commands.addCommand(CommandIDs.hint, {
      label: trans.__('Give me the next hint'),
      icon: hintIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            course: { type: 'string', description: 'The course’s id; by default that of the active answer.' },
            exercise: {
              type: 'string',
              description: 'The exercise’s id; by default that of the active answer.'
            }
          }
        }
      },
      isEnabled: args => refFor(args) !== null,
      execute: async args => {
        const ref = refFor(args);
        if (ref) {
          await ladders.ask(ref);
        }
      }
    });
    palette?.addItem({ command: CommandIDs.hint, category: 'CodeGYM' });
    return hints;
  }
};
