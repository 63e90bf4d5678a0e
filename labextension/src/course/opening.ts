import { Notification } from '@jupyterlab/apputils';
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
          ? serverText(reason.message, trans)
          : trans.__('This unit could not be opened.');
    Notification.warning(text, { autoClose: 6000 });
  }
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

/** How long the cells of a notebook that was just opened may go on growing to their height, in ms. */
const SETTLES = 3000;

/** Scrolls a cell to the top and holds it there while those above are being drawn, or until the person acts. */
function bringUp({ content, disposed }: NotebookPanel, index: number): void {
  const scroll = () => void content.scrollToItem(index, 'start').catch(() => undefined);
  const observer = new ResizeObserver(scroll);
  const end = () => {
    observer.disconnect();
    window.clearTimeout(timer);
    HANDS.forEach(kind => window.removeEventListener(kind, end, true));
  };
  const timer = window.setTimeout(end, SETTLES);
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

/** Asks the server to repair a notebook of ours that was opened, and applies what it mends. */
export async function repairNotebook(server: IServer, model: INotebookModel): Promise<void> {
  if (!looksOurs(model)) {
    return;
  }
  for (let attempt = 0; attempt < 2; attempt++) {
    const before = model.toJSON();
    const sent = JSON.stringify(before);
    const answer = await server.api.repair(before).catch(() => null);
    if (!answer?.changed) {
      return;
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
    return;
  }
}

/** As the files of a course of one's own are saved, its open notebooks follow. */
export function followCourses(server: IServer, courses: Courses, tracker: INotebookTracker): void {
  server.stream.message.connect((_, told) => {
    if (told.type === 'course' && courses.isPracticeCourse(told.course)) {
      tracker.forEach(panel => void follow(server, panel, told.course));
    }
  });
}

/** A notebook of this course is saved, brought up to date, and read again unless it is typed in meanwhile. */
async function follow(server: IServer, panel: NotebookPanel, course: string): Promise<void> {
  const { context } = panel;
  const mark = notebookMark(context.model);
  if (mark?.course !== course || !mark.unit || !context.isReady) {
    return;
  }
  try {
    if (context.model.dirty) {
      await context.save();
    }
    const before = JSON.stringify(context.model.toJSON());
    const { path } = await server.api.open(course, mark.unit);
    if (path === context.path && JSON.stringify(context.model.toJSON()) === before) {
      await context.revert();
    }
  } catch {
    return; // it is brought up to date when it is opened next
  }
}

/** The lab gives every cell an id, also where the file has none. */
function withIds(model: INotebookModel): IdCell[] {
  return [...model.cells].map(cell => ({ ...(cell.toJSON() as IdCell), id: cell.id }));
}
