import { IStateDB } from '@jupyterlab/statedb';

import { Courses } from './model';

const VISITED = 'codegym-jlab:visited';
const SELECTED = 'codegym-jlab:course';

/** What the sidebar remembers from visit to visit: that one was here, and which course was shown. */
export async function rememberVisits(model: Courses, state: IStateDB | null): Promise<void> {
  const [visited, selected] = await Promise.all([state?.fetch(VISITED), state?.fetch(SELECTED)]);
  model.firstVisit = !visited;
  model.onFirstVisitClosed = () => void state?.save(VISITED, true);
  if (typeof selected === 'string' && !model.selected) {
    await model.select(selected);
  }
  let shown = model.selected;
  model.changed.connect(() => {
    if (model.selected !== shown) {
      shown = model.selected;
      void (shown ? state?.save(SELECTED, shown) : state?.remove(SELECTED));
    }
  });
}
