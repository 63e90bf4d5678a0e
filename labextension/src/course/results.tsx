import React from 'react';

import { Glyph, Tool } from '../pieces';
import { IHit } from './search';
import { IViewProps } from './view';
import { exerciseName } from './words';

/** The field over the catalogue: ↓ goes into what was found, Esc clears and then leaves. */
export function SearchField(props: IViewProps & { toResults: () => void }): JSX.Element {
  const { model, server, toResults } = props;
  const { trans } = server;
  const field = React.useRef<HTMLInputElement>(null);
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      toResults();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (model.query) {
        void model.seek('');
      } else {
        field.current?.blur();
      }
    }
  };
  return (
    <div className="codegym-Find" role="search" data-lm-suppress-shortcuts="true">
      <Glyph shape="search" tone="grey" />
      <input
        ref={field}
        type="text"
        role="searchbox"
        value={model.query}
        placeholder={trans.__('Find an exercise')}
        aria-label={trans.__('Find an exercise')}
        onChange={event => void model.seek(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {model.query && (
        <Tool
          shape="close"
          label={trans.__('Clear')}
          onClick={() => {
            void model.seek('');
            field.current?.focus();
          }}
        />
      )}
    </div>
  );
}

export function SearchResults(props: IViewProps): JSX.Element {
  const { model, server } = props;
  const { trans } = server;
  const groups = model.results();
  const count = groups.reduce((sum, group) => sum + group.hits.length, 0);
  return (
    <div className="codegym-Results" onKeyDown={moveInResults}>
      <div className="codegym-Meta codegym-Results-count" role="status">
        {count ? trans._n('%1 exercise', '%1 exercises', count) : trans.__('No exercise matches.')}
      </div>
      {groups.map(group => (
        <section key={`${group.course}/${group.unit}`} aria-label={`${group.course}, ${group.unit}`}>
          <div className="codegym-Meta codegym-Results-group" aria-hidden="true">
            <b>{group.course}</b> › {group.unit}
          </div>
          {group.hits.map(hit => (
            <Hit key={hit.exercise.id} {...props} hit={hit} />
          ))}
        </section>
      ))}
    </div>
  );
}

function Hit({ model, server, hit }: IViewProps & { hit: IHit }): JSX.Element {
  const { trans } = server;
  const clock = model.clockOf(hit.course);
  const exercise = model.shown(hit.course, hit.exercise);
  const locked = exercise.status === 'locked';
  const line = model.line(hit.course, exercise);
  return (
    <button
      type="button"
      className="codegym-Exercise"
      aria-label={exerciseName(
        exercise,
        clock,
        trans,
        model.isPractice({ course: hit.course, exercise: exercise.id })
      )}
      aria-disabled={locked || undefined}
      onClick={() => !locked && void model.open(hit.course, hit.unit, exercise.id)}
    >
      <Glyph shape={line.shape} tone={line.tone} />
      <span className="codegym-Exercise-title">
        <Marked text={exercise.title} marks={hit.marks} />
      </span>
      <span className="codegym-Exercise-points">{trans.__('%1 pt', exercise.points)}</span>
      {hit.concepts.length > 0 && <span className="codegym-Meta">{hit.concepts.join(', ')}</span>}
      {locked && <span className="codegym-Meta">{line.text}</span>}
    </button>
  );
}

function Marked({ text, marks }: { text: string; marks: [number, number][] }): JSX.Element {
  let end = 0;
  const parts = marks.map(([from, to]) => {
    const before = text.slice(end, from);
    end = to;
    return (
      <React.Fragment key={from}>
        {before}
        <mark>{text.slice(from, to)}</mark>
      </React.Fragment>
    );
  });
  return (
    <>
      {parts}
      {text.slice(end)}
    </>
  );
}

/** Up and down among what was found; Esc and up from the first go back to the field. */
function moveInResults(event: React.KeyboardEvent<HTMLDivElement>): void {
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('.codegym-Exercise')];
  const at = all.indexOf(document.activeElement as HTMLElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key !== 'Escape' && !step) {
    return;
  }
  event.preventDefault();
  const next = step ? all[at + step] : undefined;
  const field = event.currentTarget.parentElement?.querySelector<HTMLElement>('input');
  (next ?? (event.key === 'ArrowDown' ? all[at] : field))?.focus();
}
