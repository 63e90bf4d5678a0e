import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { ILauncher } from '@jupyterlab/launcher';

import { ClassPage, IPlace, TABS } from '../classes/model';
import { classIcon } from '../icons';
import { CommandIDs, ICourses, IServer } from '../tokens';

/** The page of a class, for its staff. Whether somebody is, the server says. */
export const classesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'codegym-jlab:classes',
  description: 'A class in the browser: its people, progress, marks and questions, for its staff.',
  autoStart: true,
  requires: [IServer, ICourses],
  optional: [ICommandPalette, ILauncher, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    courses: ICourses,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const { commands, shell } = app;
    const { trans } = server;
    const atHand = () => courses.current?.course ?? null;
    const model = new ClassPage(server.api, Date.now, atHand, server.clock.locale);
    const tracker = new WidgetTracker<MainAreaWidget>({ namespace: 'codegym-classes' });
    const args = () => ({ ...model.place });
    void restorer?.restore(tracker, { command: CommandIDs.classQuestions, name: () => 'page', args });
    follow(model, server, tracker);
    commands.addCommand(CommandIDs.classQuestions, {
      label: trans.__('Class'),
      caption: trans.__('People, progress, marks and questions of the class'),
      icon: classIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { tab: { enum: TABS }, offering: { type: 'string' }, exercise: { type: 'string' } }
        }
      },
      execute: async args => {
        const { tab, offering, exercise } = args as Partial<IPlace>;
        if (tab && TABS.includes(tab)) {
          void model.show(tab, offering || undefined, exercise);
        }
        const open = tracker.currentWidget ?? (await makePage(model, server));
        if (!tracker.has(open)) {
          void tracker.add(open);
          shell.add(open, 'main');
        }
        shell.activateById(open.id);
      }
    });
    let shown = false;
    const offer = () => {
      if (!shown) {
        shown = true;
        const command = CommandIDs.classQuestions;
        palette?.addItem({ command, category: 'CodeGYM' });
        launcher?.add({ command, category: 'CodeGYM', rank: 1 });
      }
    };
    // on a Hub an admin begins with no class
    const makes = () => model.state.admin && PageConfig.getOption('hubUser') !== '';
    const look = async () => ((await model.isStaff()) || makes()) && offer();
    void app.restored.then(look);
    // on one's own computer a class begins with the first visit to its course
    let visited = false;
    courses.changed.connect(() => {
      if (!shown && !visited && courses.isStaff()) {
        visited = true;
        void look();
      }
    });
  }
};

/** The place is kept for the next start; what the stream tells reaches a page that is seen. */
function follow(model: ClassPage, server: IServer, tracker: WidgetTracker<MainAreaWidget>): void {
  server.stream.message.connect((_, message) => tracker.currentWidget?.isVisible && model.hear(message));
  let kept = '';
  model.changed.connect(() => {
    if (kept !== (kept = JSON.stringify(model.place)) && tracker.currentWidget) {
      void tracker.save(tracker.currentWidget);
    }
  });
}

/** Fetched only where it is opened: students never do. */
async function makePage(model: ClassPage, server: IServer): Promise<MainAreaWidget> {
  const { ClassPanel } = await import('../classes/page');
  const widget = new MainAreaWidget({ content: new ClassPanel({ model, server }) });
  // the lab names every content of a main area alike
  widget.content.node.setAttribute('aria-label', server.trans.__('Class'));
  widget.id = 'codegym-class-questions';
  widget.title.label = server.trans.__('Class');
  widget.title.icon = classIcon;
  widget.title.closable = true;
  return widget;
}
