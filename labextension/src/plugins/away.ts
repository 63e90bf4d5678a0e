import { IConnectionLost, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { LabDialogs } from '../labdialogs';
import { IServer } from '../tokens';

const RESTART = 'hub:restart';

/** In place of the lab's dialog that the connection is lost, which would take the page and the focus: a toast. */
export const awayPlugin: JupyterFrontEndPlugin<IConnectionLost> = {
  id: 'codegym-jlab:away',
  description: 'Tells in a toast, not in a dialog, that the server is away.',
  autoStart: true,
  provides: IConnectionLost,
  requires: [IServer, JupyterFrontEnd.IPaths],
  activate: (app: JupyterFrontEnd, { away }: IServer, { urls }: JupyterFrontEnd.IPaths): IConnectionLost => {
    if (urls.hubPrefix) {
      away.restart = () => void app.commands.execute(RESTART);
    }
    // eslint-disable-next-line @typescript-eslint/require-await -- the lab's type asks for a promise
    return async () => away.lost();
  }
};

/** Of a notebook of ours, the lab's dialogs that would cover Check give way to toasts too. */
export const dialogsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'codegym-jlab:dialogs',
  description: 'Tells in a toast, not in a dialog, what a course’s notebook could not do.',
  autoStart: true,
  requires: [IServer, INotebookTracker],
  activate: (app: JupyterFrontEnd, server: IServer, tracker: INotebookTracker): void => {
    new LabDialogs(server, tracker, app.serviceManager.contents);
  }
};
