import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { CourseKernels, runsEarly } from '../course/kernels';
import { nameOutputs } from '../course/names';
import { ICourses, IServer } from '../tokens';

const ID = 'codegym-jlab:kernel';

/** The sandboxed kernel for the notebooks of courses, and what lessons show by it. */
export const kernelPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Opens the notebooks of courses on the sandboxed kernel.',
  autoStart: true,
  requires: [IServer, ICourses, INotebookTracker],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    server: IServer,
    courses: ICourses,
    tracker: INotebookTracker,
    settings: ISettingRegistry | null
  ): void => {
    const kernels = new CourseKernels(server.trans, courses, app.serviceManager);
    void settings?.load(ID).then(loaded => {
      const read = () => (kernels.wanted = loaded.get('sandboxedKernel').composite !== false);
      loaded.changed.connect(read);
      read();
    });
    const watch = (panel: NotebookPanel) => {
      kernels.watch(panel);
      runsEarly(panel, NotebookActions);
      nameOutputs(panel.node, server.trans.__('Picture that the cell above draws'));
    };
    tracker.forEach(watch);
    tracker.widgetAdded.connect((_, panel) => watch(panel));
  }
};
