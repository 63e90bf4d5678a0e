import { ISessionContext, Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { Notebook, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { ServiceManager } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

import { looksOurs, missingKernel, notebookMark } from '../cells';
import { ICourses } from '../tokens';

const SANDBOXED = 'codegym-python3';
const PLAIN = 'python3';

type Services = Pick<ServiceManager.IManager, 'sessions' | 'kernelspecs'>;

/**
 * Opens the notebooks of courses on the sandboxed kernel, where the server says that it works for them, and else, with
 * a notice, on the plain one.
 *
 * The file goes on naming the plain kernel, so that it opens everywhere.
 */
export class CourseKernels {
  /** Set by the plugin from the settings. */
  wanted = true;
  private _told = false;

  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _courses: ICourses,
    private readonly _services: Services
  ) {}

  /** Called for each notebook as it is made, before its content is here. */
  watch(panel: NotebookPanel): void {
    const { sessionContext } = panel.context;
    let seen = false;
    const prefer = (newValue: ISessionContext.IKernelPreference) => {
      const model = panel.content.model;
      if (seen || !model || !looksOurs(model) || newValue.id) {
        return;
      }
      seen = true;
      if (newValue.name !== PLAIN) {
        const { specs, ready } = this._services.kernelspecs;
        const isHere = () => !missingKernel(model, this._services.kernelspecs.specs);
        // the answers' rows say that it is not here, and how to get it; the lab would ask for another one
        sessionContext.kernelPreference = { ...newValue, shouldStart: specs !== null && isHere() };
        if (!specs) {
          void Promise.all([ready, sessionContext.ready]).then(async () => {
            if (!panel.isDisposed && isHere() && !sessionContext.session) {
              await sessionContext.changeKernel({ name: newValue.name });
            }
          });
        }
        return;
      }
      keepPlainName(panel);
      const course = notebookMark(model)!.course;
      // as soon as this returns, the lab takes the session that runs, or starts the kernel that is preferred
      if (this._choose(course)) {
        sessionContext.kernelPreference = { ...newValue, name: SANDBOXED };
      } else if (!this._courses.kernelOf(course)) {
        void this._later(panel, course);
      }
    };
    sessionContext.kernelPreferenceChanged.connect((_, { newValue }) => prefer(newValue));
    // on a busy machine the content, and with it the kernel's name, may be here before the notebook is told of
    if (sessionContext.kernelPreference.name) {
      prefer(sessionContext.kernelPreference);
    }
  }

  /** Whether this course's notebooks go to the sandboxed kernel; tells once a visit why not. */
  private _choose(course: string): boolean {
    const choice = this._courses.kernelOf(course);
    if (!this.wanted || !choice || !(SANDBOXED in (this._services.kernelspecs.specs?.kernelspecs ?? {}))) {
      return false;
    }
    if (choice.why && !this._told) {
      this._told = true;
      Notification.info(this._trans.__('This notebook runs on the kernel Python 3. %1', choice.why), {
        autoClose: 6000
      });
    }
    return choice.name === SANDBOXED;
  }

  /** A notebook that was opened before anything was known of its course: what the lab has just started is changed. */
  private async _later(panel: NotebookPanel, course: string): Promise<void> {
    const { sessionContext, path } = panel.context;
    const ran = await this._runs(path);
    await Promise.all([this._courses.need(course), sessionContext.ready, this._services.kernelspecs.ready]);
    if (!panel.isDisposed && !ran && isPlain(sessionContext) && this._choose(course)) {
      await sessionContext.changeKernel({ name: SANDBOXED });
    }
  }

  /** Whether this notebook had a session before it was opened here. */
  private async _runs(path: string): Promise<boolean> {
    const { sessions } = this._services;
    await sessions.ready;
    await sessions.refreshRunning();
    return [...sessions.running()].some(session => session.path === path);
  }
}

type Actions = Pick<typeof NotebookActions, 'executionScheduled' | 'runCells'>;

/** What is run while the kernel of a course's notebook is still coming, which the lab lets fall, is run once it came. */
export function runsEarly(panel: NotebookPanel, actions: Actions): void {
  const { content, sessionContext } = panel;
  const early = new Set<Cell>();
  const note = (_: unknown, { notebook, cell }: { notebook: Notebook; cell: Cell }) => {
    if (
      notebook === content &&
      content.model &&
      looksOurs(content.model) &&
      !sessionContext.session?.kernel
    ) {
      early.add(cell);
    }
  };
  actions.executionScheduled.connect(note);
  panel.disposed.connect(() => actions.executionScheduled.disconnect(note));
  sessionContext.kernelChanged.connect((_, { newValue }) => {
    const cells = [...early].filter(cell => newValue && !cell.isDisposed);
    if (cells.length) {
      early.clear();
      void actions.runCells(content, cells, sessionContext);
    }
  });
}

function isPlain({ session }: ISessionContext): boolean {
  return session?.kernel?.name === PLAIN;
}

/** The lab writes the name of the running kernel into the notebook; that of the sandboxed one is taken out again. */
function keepPlainName(panel: NotebookPanel): void {
  const model = panel.content.model!;
  const plain: unknown = model.getMetadata('kernelspec');
  model.metadataChanged.connect((_, { key, newValue }) => {
    if (key === 'kernelspec' && (newValue as { name?: unknown } | undefined)?.name === SANDBOXED) {
      model.setMetadata('kernelspec', plain);
    }
  });
}
