import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { asker, IChatProps, TUTOR_COMMANDS, TutorPanel } from '../tutor/chat';
import { PlainSanitizer } from '../tutor/plainhtml';
import { Readiness } from '../tutor/readiness';
import { Conversations } from '../tutor/conversations';
import { Tickets } from '../tutor/tickets';
import { Wish } from '../records';
import { CommandIDs, ICourses, IExerciseRef, IGrading, IHints, IServer } from '../tokens';

const ID = 'codegym-jlab:chat';

/** The conversation with the tutor, in the right sidebar. */
export const chatPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'The tutor of CodeGYM: a conversation about the exercise in front.',
  autoStart: true,
  requires: [IServer, ICourses, IGrading, IRenderMimeRegistry],
  optional: [IHints, ICommandPalette, ILayoutRestorer, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    courses: ICourses,
    grading: IGrading,
    registry: IRenderMimeRegistry,
    hints: IHints | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null
  ): void => {
    const { commands, shell } = app;
    const { trans, announcer } = server;
    const rendermime = registry.clone({ sanitizer: new PlainSanitizer(registry.sanitizer) });
    const conversations = new Conversations(server.api);
    const tickets = new Tickets(server.api);
    const readiness = new Readiness(server.api);
    void settings?.load(ID).then(loaded => {
      const read = () => (readiness.chosen = loaded.get('askFirst').composite as string | null);
      loaded.changed.connect(read);
      read();
      readiness.keep = chosen => void loaded.set('askFirst', chosen);
    });
    const models = { conversations, tickets, readiness };
    const props = { ...models, server, courses, grading, hints, rendermime, commands };
    const panel = new TutorPanel(props);
    shell.add(panel, 'right', { rank: 150 });
    restorer?.add(panel, panel.id);
    grading.changed.connect(() => {
      const { current } = courses;
      // whether it may be asked is seen under a judgement
      if (current && grading.shown(current)?.judgement) {
        void conversations.need(current);
      }
      panel.update();
    });
    courses.changed.connect(() => panel.update());
    server.api.awayChanged.connect(() => panel.update());
    conversations.said.connect((_, { text }) => announcer.say(text.replace(/[`*#]/g, '')));
    conversations.answered.connect((_, { ref }) => void hints?.refresh(ref));
    server.stream.message.connect((_, message) => tickets.hear(message));
    tickets.answered.connect((_, { answered_by }) => {
      announcer.say(trans.__('%1 answered your question.', answered_by ?? ''));
    });
    addTutorCommands(app, props, panel);
    for (const command of TUTOR_COMMANDS) {
      palette?.addItem({ command, category: 'CodeGYM' });
    }
  }
};

/** What a person may ask by the palette, by keys and by the buttons under an answer. */
function addTutorCommands({ commands, shell }: JupyterFrontEnd, props: IChatProps, panel: TutorPanel): void {
  const { conversations, courses, grading } = props;
  const { trans } = props.server;
  const show = () => shell.activateById(panel.id);
  const ask = asker(props, show);
  const describedBy = { args: { type: 'object', properties: {} } } as const;
  const isEnabled = () => courses.current !== null;
  const isVisible = (args: Partial<IExerciseRef>) => {
    const { course, exercise } = args;
    const of = course && exercise ? { course, exercise } : courses.current;
    return !of || conversations.of(of).tutor === 'full';
  };
  conversations.changed.connect(() => commands.notifyCommandChanged(CommandIDs.why));
  commands.addCommand(CommandIDs.askTutor, {
    label: trans.__('Ask the tutor'),
    describedBy,
    execute: () => {
      if (panel.hasCursor && panel.of) {
        grading.focusAnswer(panel.of);
      } else {
        show();
      }
    }
  });
  const asks: [string, string, Wish][] = [
    [CommandIDs.why, trans.__('Why is it wrong?'), 'why'],
    [CommandIDs.explainError, trans.__('Explain this error'), 'explain_error'],
    [CommandIDs.review, trans.__('Review my solution'), 'review']
  ];
  for (const [id, label, wants] of asks) {
    commands.addCommand(id, {
      label,
      describedBy,
      isEnabled,
      isVisible,
      execute: () => ask(label, wants)
    });
  }
}
