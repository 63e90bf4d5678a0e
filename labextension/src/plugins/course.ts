import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { CommandRegistry } from '@lumino/commands';

import { addCourseCommands } from '../course/commands';
import { Courses } from '../course/model';
import { followCourses, openSource, openUnit, repairNotebook } from '../course/opening';
import { CoursesPanel } from '../course/sidebar';
import { Statements } from '../course/statements';
import { CourseStatus } from '../course/status';
import { rememberVisits } from '../course/visits';
import { CommandIDs, ICourses, IGrading, IServer } from '../tokens';

const ID = 'codegym-jlab:course';

/** Courses: the sidebar, the status bar, the launcher card, opening and repairing notebooks. */
export const coursePlugin: JupyterFrontEndPlugin<ICourses> = {
  id: ID,
  description: 'The courses of CodeGYM: sidebar, progress, opening units.',
  autoStart: true,
  provides: ICourses,
  requires: [IServer, INotebookTracker],
  optional: [ICommandPalette, ILauncher, ILayoutRestorer, ISettingRegistry, IStateDB, IStatusBar, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null,
    statusBar: IStatusBar | null,
    labShell: ILabShell | null
  ): ICourses => {
    const { commands, shell } = app;
    const model = new Courses(server);
    const fold = foldWhereNarrow(labShell);
    model.opener = async (...where) => {
      fold();
      await openUnit(server, commands, ...where);
    };
    model.sourceOpener = (path, line) => openSource(commands, path, line);
    const panel = new CoursesPanel({ model, server, commands });
    shell.add(panel, 'left', { rank: 150 });
    restorer?.add(panel, panel.id);
    const show = () => shell.activateById(panel.id);
    addCourseCommands(commands, server, model, show);
    for (const command of [
      CommandIDs.showCourses,
      CommandIDs.next,
      CommandIDs.previous,
      CommandIDs.download
    ]) {
      palette?.addItem({ command, category: 'CodeGYM', args: { isPalette: true } });
    }
    launcher?.add({ command: CommandIDs.showCourses, category: 'CodeGYM', rank: 0 });
    const status = new CourseStatus(model, server, show);
    statusBar?.registerStatusItem('codegym-jlab:status', { item: status, align: 'right', rank: 900 });
    new Statements(server, model, tracker);
    tracker.widgetAdded.connect((_, notebook) => {
      void notebook.context.ready.then(() => notebook.model && repairNotebook(server, notebook.model));
    });
    followCourses(server, model, tracker);
    const shown = settings?.get(ID, 'showAtFirstVisit').catch(() => null);
    void Promise.all([shown, rememberVisits(model, state), app.restored]).then(([setting]) => {
      const first = model.neverShown || (model.firstVisit && model.nothingBegun);
      if (first && setting?.composite !== false) {
        panel.unasked = true;
        show();
      }
    });
    void app.restored.then(async () => {
      openAsAsked(commands);
      const grading = await app.resolveOptionalService(IGrading);
      if (grading) {
        status.follow(grading);
      }
    });
    return model;
  }
};

/** A link from elsewhere, as a learning platform's: `?codegym=COURSE/UNIT/EXERCISE`; once, not at each reload. */
function openAsAsked(commands: CommandRegistry): void {
  const url = new URL(window.location.href);
  const [course, unit, exercise] = (url.searchParams.get('codegym') ?? '').split('/');
  if (course && unit) {
    url.searchParams.delete('codegym');
    window.history.replaceState(window.history.state, '', url);
    void commands.execute(CommandIDs.open, { course, unit, exercise });
  }
}

/** Below this page width, as at 200 %, the notebook has the room that both sidebars would take. */
const NARROW = '(max-width: 899px)';

/** Folds both sidebars as the page becomes narrow, and again with what is returned; who opens one has it. */
function foldWhereNarrow(shell: ILabShell | null): () => void {
  const narrow = window.matchMedia(NARROW);
  const fold = () => {
    if (narrow.matches) {
      shell?.collapseLeft();
      shell?.collapseRight();
    }
  };
  narrow.addEventListener('change', fold);
  return fold;
}
