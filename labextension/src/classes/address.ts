import { ClassPage, IPlace, Tab, TABS } from './model';

/** The end of an address at which the page opens there: `#marking/autumn/told`. */
function addressOf({ tab, offering, exercise }: IPlace): string {
  const parts = [tab, offering, exercise].map(encodeURIComponent);
  return `#${parts.join('/').replace(/\/+$/, '')}`;
}

function placeIn(address: string): IPlace | null {
  try {
    const [tab, offering = '', exercise = ''] = address.slice(1).split('/').map(decodeURIComponent);
    return TABS.includes(tab as Tab) ? { tab: tab as Tab, offering, exercise } : null;
  } catch {
    return null;
  }
}

/** The browser's address says what is looked at: it opens there, follows, and goes back with the browser's button, until
 * it is no longer to follow. */
export function followAddress(model: ClassPage): () => void {
  let opened = true;
  const open = () => {
    const place = placeIn(location.hash);
    opened = true;
    if (place) {
      void model.show(place.tab, place.offering || undefined, place.exercise);
    }
  };
  window.addEventListener('popstate', open); // hashchange comes later: what changes until then would undo the step
  const follow = () => {
    if (!model.chosen) {
      return;
    }
    const address = addressOf(model.place);
    if (address !== location.hash) {
      // what was opened without a class, or at none of this person's, is no step to go back to
      history[opened ? 'replaceState' : 'pushState'](null, '', address);
    }
    opened = false;
  };
  model.changed.connect(follow);
  open();
  return () => {
    window.removeEventListener('popstate', open);
    model.changed.disconnect(follow);
  };
}
