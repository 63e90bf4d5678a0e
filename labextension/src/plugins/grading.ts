import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';

import { Checks } from '../grading/checks';
import { Diagnoses } from '../grading/diagnoses';
import { addGradingCommands } from '../grading/commands';
import { IGradingContext } from '../grading/answercell';
import { NotebookAnswers } from '../grading/notebooks';
import { GradingService } from '../grading/service';
import { judgementContext } from '../grading/host';
import { PendingAnswers } from '../grading/pending';
import { Memory } from '../grading/memory';
import { HintOffer } from '../grading/hintoffer';
import { Announcements } from '../grading/announcements';
import { CommandIDs, ICourses, IGrading, IHints, IServer } from '../tokens';

const ID = 'codegym-jlab:grading';

/** Answers and judgements: the strip, Check and Hand in, what is kept, the judgement under the cell. */
export const gradingPlugin: JupyterFrontEndPlugin<IGrading> = {
  id: ID,
  description: 'Answers, checks and judgements of CodeGYM in notebooks.',
  autoStart: true,
  provides: IGrading,
  requires: [IServer, ICourses, INotebookTracker, IEditorLanguageRegistry],
  optional: [IHints, ICommandPalette, ISettingRegistry, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    courses: ICourses,
    tracker: INotebookTracker,
    languages: IEditorLanguageRegistry,
    hints: IHints | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null
  ): IGrading => {
    const { commands, serviceManager } = app;
    const pending = new PendingAnswers(window.localStorage, serviceManager.serverSettings.baseUrl);
    const checks = new Checks(server.api, courses, pending);
    const memory = new Memory(state);
    const context: IGradingContext = {
      ...{ server, courses, checks, hints, commands, memory },
      offer: new HintOffer(),
      diagnoses: new Diagnoses(server.api, server.clock.locale),
      highlight: (code, into) => languages.highlight(code, languages.findBest('python'), into),
      user: () => serviceManager.user.identity?.username ?? ''
    };
    const notebooks = new NotebookAnswers(context, tracker);
    const announcements = new Announcements(context, notebooks);
    checks.targetOf = ref => notebooks.find(ref);
    judgementContext.provide({
      trans: server.trans,
      clockOf: course => courses.clockOf(course),
      host: (node, view, digest) => notebooks.around(node)?.host(view, digest) ?? null
    });
    const render = () => notebooks.render();
    checks.changed.connect(render);
    courses.changed.connect(render);
    commands.commandChanged.connect((_, { id }) => id === CommandIDs.why && render());
    hints?.changed.connect((_, ref) => {
      context.offer.close(ref);
      render();
    });
    checks.happened.connect((_, event) => announcements.tell(event));
    server.stream.message.connect((_, message) => checks.hear(message));
    server.stream.connected.connect((_, up) => up && void checks.flush());
    window.addEventListener('storage', () => checks.reconcile());
    addGradingCommands(context, notebooks);
    const { check, handIn, reset, undoReset, toggle } = CommandIDs;
    for (const command of [check, handIn, reset, undoReset, toggle]) {
      palette?.addItem({ command, category: 'CodeGYM' });
    }
    void memory.load().then(render);
    void settings?.load(ID).then(loaded => {
      const read = () => {
        memory.foldAccepted = loaded.get('foldAccepted').composite !== false;
        announcements.saves = loaded.get('saveAfterCheck').composite !== false;
      };
      loaded.changed.connect(read);
      read();
    });
    return new GradingService(checks, notebooks);
  }
};
