import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import React from 'react';

import { Glyph, Tool } from '../pieces';
import { ICourses, IExerciseRef, IServer } from '../tokens';
import { Markdown } from '../markdown';
import { Ladders } from './model';
import { canClimb, nextLine, rungLine } from './words';

export interface IHintBoxProps {
  server: IServer;
  courses: ICourses;
  ladders: Ladders;
  rendermime: IRenderMimeRegistry;
  /** Which exercise; not `ref`, which React keeps for itself. */
  of: IExerciseRef;
}

/** The hints given so far, the newest open, and the next rung of the ladder. */
export function HintBox(props: IHintBoxProps): JSX.Element | null {
  const { server, ladders, of } = props;
  const { trans } = server;
  const state = ladders.state(of);
  const now = useSeconds(state.readyAt);
  const box = useReveal(state.ladder?.given.length ?? 0);
  if (!state.shown) {
    return null;
  }
  const { ladder } = state;
  const given = ladder?.given ?? [];
  const open = canClimb(state, now) && !ladder?.next?.say_back;
  return (
    <section
      ref={box}
      className="codegym-Hints"
      aria-label={trans.__('Hints')}
      data-lm-suppress-shortcuts="true"
    >
      {given.map((hint, i) => (
        <Hint key={hint.rung} {...props} text={hint.text} open={i === given.length - 1}>
          {rungLine(hint.rung, ladder!.total, trans)}
        </Hint>
      ))}
      <div className="codegym-Ladder">
        <Rungs given={given.length} total={ladder?.total ?? 0} />
        <span className="codegym-Meta codegym-Number" id={`codegym-next-${of.exercise}`}>
          {nextLine(state, now, trans)}
        </span>
        {ladder?.next && (
          <Tool
            className="codegym-mod-boxed"
            disabled={!open}
            why={open ? undefined : nextLine(state, now, trans)}
            onClick={() => void ladders.ask(of)}
          >
            {given.length ? trans.__('Next hint') : trans.__('First hint')}
          </Tool>
        )}
        <Tool shape="close" label={trans.__('Close the hints')} onClick={() => ladders.close(of)} />
      </div>
    </section>
  );
}

function Hint(props: IHintBoxProps & { text: string; open: boolean; children: string }): JSX.Element {
  const { text, open, rendermime, children } = props;
  const course = props.courses.languageOf(props.of.course);
  return (
    <details className="codegym-Hint" open={open}>
      <summary>
        <Glyph shape="hint" tone="info" />
        <b>{children}</b>
      </summary>
      <Markdown text={text} rendermime={rendermime} lang={course} className="codegym-Hint-text" />
    </details>
  );
}

/** The ladder as small bars; the line beside it says the same in words. */
export function Rungs({ given, total }: { given: number; total: number }): JSX.Element {
  return (
    <span className="codegym-Rungs" aria-hidden="true">
      {Array.from({ length: total }, (_, i) => (
        <i key={i} className={i < given ? 'codegym-mod-on' : undefined} />
      ))}
    </span>
  );
}

/** Moves the page just so far that a hint that was asked for is seen. */
function useReveal(given: number): React.RefObject<HTMLElement> {
  const box = React.useRef<HTMLElement>(null);
  React.useEffect(() => {
    const timer = window.setTimeout(() => box.current?.scrollIntoView({ block: 'nearest' }), 60);
    return () => window.clearTimeout(timer);
  }, [given]);
  return box;
}

/** Redraws each second while a wait runs; nothing is announced until it is over. */
export function useSeconds(until: number): number {
  const [now, setNow] = React.useState(Date.now());
  React.useEffect(() => {
    setNow(Date.now());
    if (until <= Date.now()) {
      return;
    }
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, [until]);
  return now;
}
