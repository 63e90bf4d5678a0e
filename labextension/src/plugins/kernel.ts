import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { CourseKernels } from '../course/kernels';
import { ICourses, IServer } from '../tokens';

const ID = 'codegym-jlab:kernel';

/** The sandboxed kernel for the notebooks of courses. */
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
    tracker.forEach(panel => kernels.watch(panel));
    tracker.widgetAdded.connect((_, panel) => kernels.watch(panel));
  }
};
