import { IStateDB } from '@jupyterlab/statedb';

import { Courses } from './model';

const VISITED = 'codegym-jlab:visited';
const SHOWN = 'codegym-jlab:shown';
const READ = 'codegym-jlab:read';
const SELECTED = 'codegym-jlab:course';

/**
 * Asks for the courses, and for what the sidebar remembers from visit to visit: that one was here, what was read, and
 * which course was shown. In a class whoever has one course alone lands in it.
 */
export async function rememberVisits(model: Courses, state: IStateDB | null): Promise<void> {
  const asked = model.refresh();
  const remembered = (key: string) => state?.fetch(key) ?? Promise.resolve(undefined);
  const [visited, selected, read, shown] = await Promise.all(
    [VISITED, SELECTED, READ, SHOWN].map(remembered)
  );
  model.neverShown = !shown;
  void state?.save(SHOWN, true);
  if (Array.isArray(read)) {
    model.hasRead(read.filter(one => typeof one === 'string'));
  }
  model.onRead = lessons => void state?.save(READ, lessons);
  model.firstVisit = !visited;
  model.onFirstVisitClosed = () => void state?.save(VISITED, true);
  if (typeof selected === 'string' && !model.selected) {
    await model.select(selected);
  }
  let last = model.selected;
  model.changed.connect(() => {
    if (model.selected !== last) {
      last = model.selected;
      void (last ? state?.save(SELECTED, last) : state?.remove(SELECTED));
    }
  });
  await asked;
  const { courses = [], place } = model.catalogue ?? {};
  if (place === 'class' && courses.length === 1 && !courses[0].broken && !model.selected) {
    await model.select(courses[0].id);
  }
}
