import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';

import { Checks } from '../grading/checks';
import { addGradingCommands } from '../grading/commands';
import { IGradingRoom } from '../grading/desk';
import { AnswerDesks } from '../grading/desks';
import { GradingFront } from '../grading/front';
import { deskHolder } from '../grading/host';
import { KeptAnswers } from '../grading/kept';
import { Memory } from '../grading/memory';
import { HintOffer } from '../grading/offer';
import { Teller } from '../grading/telling';
import { CommandIDs, ICourses, IGrading, IHints, IServer } from '../tokens';

const ID = 'codegym-jlab:grading';

/** Answers and judgements: the strip, Check and Hand in, what is kept, the judgement under the cell. */
export const gradingPlugin: JupyterFrontEndPlugin<IGrading> = {
  id: ID,
  description: 'Answers, checks and judgements of CodeGYM in notebooks.',
  autoStart: true,
  provides: IGrading,
  requires: [IServer, ICourses, INotebookTracker],
  optional: [IHints, ICommandPalette, ISettingRegistry, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    courses: ICourses,
    tracker: INotebookTracker,
    hints: IHints | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null
  ): IGrading => {
    const { commands, serviceManager } = app;
    const kept = new KeptAnswers(window.localStorage, serviceManager.serverSettings.baseUrl);
    const checks = new Checks(server.api, courses, kept);
    const memory = new Memory(state);
    const room: IGradingRoom = { server, courses, checks, hints, commands, memory, offer: new HintOffer() };
    const desks = new AnswerDesks(room, tracker);
    const teller = new Teller(room, desks);
    checks.targetOf = ref => desks.find(ref);
    deskHolder.provide({
      trans: server.trans,
      clockOf: course => courses.clockOf(course),
      host: (node, view, digest) => desks.around(node)?.host(view, digest) ?? null
    });
    const render = () => desks.render();
    checks.changed.connect(render);
    courses.changed.connect(render);
    hints?.changed.connect((_, ref) => {
      room.offer.close(ref);
      render();
    });
    checks.happened.connect((_, event) => teller.tell(event));
    server.stream.message.connect((_, message) => checks.hear(message));
    server.stream.connected.connect((_, up) => up && void checks.flush());
    window.addEventListener('storage', () => checks.reconcile());
    addGradingCommands(room, desks);
    const { check, handIn, reset, undoReset, toggle } = CommandIDs;
    for (const command of [check, handIn, reset, undoReset, toggle]) {
      palette?.addItem({ command, category: 'CodeGYM' });
    }
    void memory.load().then(render);
    void settings?.load(ID).then(loaded => {
      const read = () => {
        memory.foldAccepted = loaded.get('foldAccepted').composite !== false;
        teller.saves = loaded.get('saveAfterCheck').composite !== false;
      };
      loaded.changed.connect(read);
      read();
    });
    return new GradingFront(checks, desks);
  }
};
