import { Notification } from '@jupyterlab/apputils';
import { IDocumentWidget } from '@jupyterlab/docregistry';
import { FileEditor } from '@jupyterlab/fileeditor';
import { ICell } from '@jupyterlab/nbformat';
import { INotebookModel, INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';

import { answers, firstCellOf, looksOurs, notebookMark, setNotebookMark } from '../cells';
import { INotice } from '../records';
import { RequestError, ServerAway } from '../requests';
import { serverText } from '../serverwords';
import { IServer } from '../tokens';
import type { Courses } from './model';
import { applyRepair, IdCell, planRepair } from './repair';

/** Opens a unit's notebook at an exercise or a lesson: the server makes or merges the file, the lab opens it. */
export async function openUnit(
  server: IServer,
  commands: CommandRegistry,
  course: string,
  unit: string,
  exercise: string | null,
  lesson: string | null
): Promise<void> {
  const { api, trans } = server;
  try {
    const opened = await api.open(course, unit);
    const panel = (await commands.execute('docmanager:open', { path: opened.path })) as NotebookPanel;
    tell(opened.notices, trans);
    await panel.context.ready;
    await panel.revealed;
    if (lesson) {
      goToLesson(panel, lesson);
    } else if (exercise) {
      await goTo(panel, exercise);
    }
  } catch (reason) {
    const text =
      reason instanceof ServerAway
        ? trans.__('The server is away. The unit opens when it is back.')
        : reason instanceof RequestError
          ? reason.message
          : trans.__('This unit could not be opened.');
    Notification.warning(text, { autoClose: 6000 });
  }
}

/** Opens a file in the editor, with the cursor in that line. */
export async function openSource(commands: CommandRegistry, path: string, line: number): Promise<void> {
  const widget: unknown = await commands.execute('docmanager:open', { path, factory: 'Editor' });
  const { context, content } = widget as IDocumentWidget<FileEditor>;
  await Promise.all([context.ready, content.ready]);
  content.editor.setCursorPosition({ line: line - 1, column: 0 });
  content.editor.focus();
}

/** Scrolls to an exercise and makes its answer cell the active one, ready to type in. */
export async function goTo(panel: NotebookPanel, exercise: string): Promise<boolean> {
  const { content } = panel;
  const model = content.model;
  const answer = model && answers(model).find(one => one.exercise === exercise);
  if (!model || !answer) {
    return false;
  }
  const start = firstCellOf(model, exercise);
  content.activate();
  content.deselectAll();
  content.activeCellIndex = answer.index;
  bringUp(panel, start);
  await content.widgets[answer.index]?.ready;
  content.mode = 'edit';
  return true;
}

/** Scrolls to a lesson and puts the cursor on it, as to read. */
function goToLesson(panel: NotebookPanel, lesson: string): void {
  const { content } = panel;
  const at = content.widgets.findIndex(cell => cell.model.id === lesson);
  if (at >= 0) {
    content.activate();
    content.deselectAll();
    content.mode = 'command'; // first: a text that becomes active amid typing shows its source
    content.activeCellIndex = at;
    bringUp(panel, at);
  }
}

/** How long no cell of a notebook that was just opened grows any more, in ms: then it stands. */
const SETTLES = 3000;

/** Scrolls a cell to the top and holds it there while those above are being drawn, or until the person acts. */
function bringUp({ content, disposed }: NotebookPanel, index: number): void {
  const scroll = () => void content.scrollToItem(index, 'start').catch(() => undefined);
  let timer: number;
  const wait = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(end, SETTLES);
  };
  const observer = new ResizeObserver(() => {
    scroll();
    wait();
  });
  const end = () => {
    observer.disconnect();
    window.clearTimeout(timer);
    HANDS.forEach(kind => window.removeEventListener(kind, end, true));
  };
  wait();
  HANDS.forEach(kind => window.addEventListener(kind, end, true));
  disposed.connect(end);
  scroll();
  observer.observe(content.viewportNode);
}

const HANDS = ['wheel', 'pointerdown', 'keydown', 'touchstart'];

/** Notices of opening and repair stand as toasts: they speak of the notebook, not of one answer. */
export function tell(notices: INotice[], trans: TranslationBundle): void {
  for (const notice of notices) {
    Notification.info(serverText(notice.text, trans), { autoClose: 6000 });
  }
}

/** What a notebook should hold, by the server; `changed` is falsy where it is so already. */
interface IMended {
  notebook: unknown;
  changed: boolean | string;
  notices: INotice[];
}

/** Asks the server to repair a notebook of ours that was opened, and applies what it mends. */
export async function repairNotebook(server: IServer, model: INotebookModel): Promise<void> {
  if (looksOurs(model)) {
    await mend(server, model, notebook => server.api.repair(notebook));
  }
}

/** Applies what the server mends in an open notebook; false where it could not ask or was typed in meanwhile. */
async function mend(
  server: IServer,
  model: INotebookModel,
  ask: (notebook: unknown) => Promise<IMended>
): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = model.toJSON();
    const sent = JSON.stringify(before);
    const answer = await ask(before).catch(() => null);
    if (!answer?.changed) {
      return answer !== null;
    }
    // typed in meanwhile: what came back is older than what stands there
    if (model.isDisposed || JSON.stringify(model.toJSON()) !== sent) {
      continue;
    }
    const after = answer.notebook as { cells: ICell[]; metadata: Record<string, unknown> };
    const steps = planRepair(withIds(model), after.cells);
    applyRepair(model.sharedModel, steps);
    setNotebookMark(model, after.metadata);
    tell(answer.notices, server.trans);
    return true;
  }
  return false;
}

/** As the files of a course of one's own are saved, its open notebooks follow, one change after the other. */
export function followCourses(
  server: IServer,
  courses: Pick<Courses, 'isPracticeCourse'>,
  tracker: Pick<INotebookTracker, 'forEach'>
): void {
  let last = Promise.resolve();
  server.stream.message.connect((_, told) => {
    if (told.type === 'course' && courses.isPracticeCourse(told.course)) {
      const { course } = told;
      tracker.forEach(panel => {
        last = last.then(() => follow(server, panel, course));
      });
    }
  });
}

/**
 * An open notebook of this course is brought up to date in place and saved; then the server, which finds its file as
 * it should be and so leaves it alone, brings the data files.
 */
async function follow(server: IServer, panel: NotebookPanel, course: string): Promise<void> {
  const { context } = panel;
  const mark = notebookMark(context.model);
  if (mark?.course !== course || !context.isReady || context.isDisposed) {
    return;
  }
  try {
    if (await mend(server, context.model, notebook => server.api.bring(course, mark.unit, notebook))) {
      await context.save();
      await server.api.open(course, mark.unit);
    }
  } catch {
    return; // it is brought up to date when it is opened next
  }
}

/** The lab gives every cell an id, also where the file has none. */
function withIds(model: INotebookModel): IdCell[] {
  return [...model.cells].map(cell => ({ ...(cell.toJSON() as IdCell), id: cell.id }));
}
