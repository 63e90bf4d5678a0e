import { NotebookPanel } from '@jupyterlab/notebook';

import { notebookMark } from '../cells';
import { IServer } from '../tokens';

/** After a save, in ms: saves come in bursts. */
const PAUSE = 2000;

/** Sends what was saved as a draft, silently: it is collected at the due time if nothing was handed in. */
export function keepDrafts({ api }: IServer, panel: NotebookPanel): void {
  let timer = 0;
  const send = () => {
    const model = panel.isDisposed ? null : panel.content.model;
    const book = model && notebookMark(model);
    if (model && book) {
      // the next save sends it again, so a server that is away needs no word here
      void api.draft(book.course, book.unit, model.toJSON()).catch(() => undefined);
    }
  };
  panel.context.saveState.connect((_, state) => {
    if (state === 'completed') {
      window.clearTimeout(timer);
      timer = window.setTimeout(send, PAUSE);
    }
  });
}
