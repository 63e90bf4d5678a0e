import React from 'react';

import { KIND_SHAPES, shownKind } from '../answers/words';
import { ticked } from '../phrases';
import { Glyph, Ring, Said } from '../pieces';
import { ICoursePage } from '../records';
import { mend, mistakesOf } from './mistakes';
import { exerciseKey, lessonKey, moveBy, Row, rowsOf, typeAhead } from './tree';
import { IViewProps } from './view';
import { countLine, exerciseName, ICourseError, kindWords, lessonLine, unitLine } from './words';

type ITreeProps = IViewProps & { page: ICoursePage };

/** Units, lessons and exercises as one tree with one tab stop; arrows, Home, End and typing move in it. */
export function CourseTree(props: ITreeProps): JSX.Element {
  const { model, page } = props;
  const rows = rowsOf(page, model.openUnits(page.course.id), mistakesOf(model, page.course.id));
  const tree = useTree(props, rows);
  return (
    <div
      role="tree"
      aria-label={page.course.title}
      lang={page.course.language}
      className="codegym-Tree"
      ref={tree.node}
      onKeyDown={tree.onKeyDown}
    >
      {rows.map((row, at) => {
        const common = {
          'data-key': row.key,
          tabIndex: row.key === tree.stop ? 0 : -1,
          onFocus: () => tree.rest(row.key),
          onClick: () => tree.activate(at)
        };
        if (row.lesson) {
          return <LessonRow key={row.key} {...props} row={row} item={common} />;
        }
        if (row.mistake) {
          return <MistakeRow key={row.key} {...props} mistake={row.mistake} item={common} />;
        }
        return row.exercise ? (
          <ExerciseRow key={row.key} {...props} row={row} item={common} />
        ) : (
          <UnitRow key={row.key} {...props} row={row} item={common} />
        );
      })}
    </div>
  );
}

type Item = React.HTMLAttributes<HTMLDivElement> & { 'data-key': string };

function useTree({ model, page, server }: ITreeProps, rows: Row[]) {
  const current = currentKey(model, page);
  const [rested, rest] = React.useState('');
  const node = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const row = node.current?.querySelector<HTMLElement>('[aria-current]');
    row?.scrollIntoView({ block: 'nearest' });
    if (row) {
      rest('');
    }
    // a key may bring the focus here before what came in front is drawn
    if (node.current?.contains(document.activeElement)) {
      row?.focus();
    }
  }, [current]);
  const typed = React.useRef({ text: '', at: 0 });
  const has = (key: string) => rows.some(row => row.key === key);
  const stop = has(rested) ? rested : has(current) ? current : (rows[0]?.key ?? '');

  const activate = (at: number) => {
    const row = rows[at];
    if (row.mistake) {
      void mend(model, page.course.id, row.mistake);
    } else if (row.lesson) {
      void model.open(page.course.id, row.unit.id, null, row.lesson.id);
    } else if (!row.exercise && row.unit.exercises.length) {
      model.toggle(page.course.id, row.unit.id, !row.open);
    } else if (!row.exercise || row.exercise.status === 'locked' || row.unit.locked) {
      const { trans } = server;
      const clock = model.clockOf(page.course.id);
      const words = row.exercise
        ? exerciseName(row.exercise, clock, trans, practiceOf(model, page, row.exercise.id))
        : unitLine(row.unit, clock, trans);
      server.announcer.say(words ?? row.unit.title);
    } else {
      void model.open(page.course.id, row.unit.id, row.exercise.id);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLDivElement>) => {
    const at = rows.findIndex(row => row.key === stop);
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const rtl = getComputedStyle(event.currentTarget).direction === 'rtl';
    const found =
      event.key.length === 1 && event.key !== ' ' ? typeTo(event.key, rows, at, typed.current) : null;
    const move = found === null ? moveBy(event.key, rows, at, rtl) : { do: 'focus' as const, at: found };
    if (!move) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (move.do === 'focus') {
      event.currentTarget.querySelector<HTMLElement>(`[data-key="${rows[move.at].key}"]`)?.focus();
    } else if (move.do === 'activate') {
      activate(move.at);
    } else {
      model.toggle(page.course.id, move.unit, move.do === 'expand');
    }
  };
  return { node, stop, rest, activate, onKeyDown };
}

/** The row of what is in front: its lesson, or its exercise. */
function currentKey(model: ITreeProps['model'], page: ICoursePage): string {
  const { current, lesson } = model;
  if (current?.course !== page.course.id) {
    return '';
  }
  const unit = model.unitOf(current)?.id ?? '';
  return lesson ? lessonKey(unit, lesson) : exerciseKey(current.exercise);
}

function practiceOf(model: ITreeProps['model'], page: ICoursePage, exercise: string): boolean {
  return model.isPractice({ course: page.course.id, exercise });
}

function typeTo(key: string, rows: Row[], at: number, typed: { text: string; at: number }): number | null {
  const now = Date.now();
  typed.text = now - typed.at < 700 ? typed.text + key : key;
  typed.at = now;
  return typeAhead(typed.text, rows, at);
}

function LessonRow(props: ITreeProps & { row: Row & { lesson: object }; item: Item }): JSX.Element {
  const { model, page, server, row, item } = props;
  const { lesson, unit } = row;
  const line = lessonLine(lesson, model.isRead(page.course.id, unit, lesson), server.trans);
  return (
    <div
      {...item}
      role="treeitem"
      aria-level={2}
      aria-label={server.trans.__('%1, lesson, %2', lesson.title, line)}
      aria-current={row.key === currentKey(model, page) || undefined}
      className="codegym-Exercise codegym-mod-lesson"
    >
      <Glyph shape="book" tone="grey" />
      <span className="codegym-Exercise-title">{lesson.title}</span>
      <span className="codegym-Exercise-points">{line}</span>
    </div>
  );
}

/** What is wrong with an exercise, and in which line of its file; it leads there. */
function MistakeRow(props: ITreeProps & { mistake: ICourseError; item: Item }): JSX.Element {
  const { mistake, item, server } = props;
  const { trans } = server;
  const words = mistake.exercise ? `${mistake.exercise}: ${mistake.problem}` : mistake.problem;
  const place = `${mistake.file}:${mistake.line}`;
  return (
    <div
      {...item}
      role="treeitem"
      aria-level={2}
      aria-label={trans.__('Mistake, %1, %2', place, words.replaceAll('`', ''))}
      className="codegym-Exercise codegym-mod-mistake"
    >
      <Glyph shape="error" tone="notyet" />
      <span className="codegym-Exercise-title">
        <Said words={ticked(words)} />
      </span>
      <bdi dir="ltr" className="codegym-Meta">
        <code>{place}</code>
      </bdi>
    </div>
  );
}

function UnitRow(props: ITreeProps & { row: Row & { open: boolean }; item: Item }): JSX.Element {
  const { model, page, row, item } = props;
  const { trans } = props.server;
  const { unit } = row;
  const line = unitLine(unit, model.clockOf(page.course.id), trans);
  const { total } = unit;
  const done = total > 0 && unit.done >= total;
  return (
    <div
      {...item}
      role="treeitem"
      aria-level={1}
      aria-expanded={unit.exercises.length ? row.open : undefined}
      aria-disabled={unit.locked || undefined}
      className="codegym-Unit"
    >
      <Glyph shape="next" tone="grey" flip className={row.open ? 'codegym-mod-turned' : ''} />
      <span className="codegym-Unit-name">{unit.title}</span>
      {unit.locked ? (
        <Glyph shape="lock" tone="grey" />
      ) : (
        <>
          <span className="codegym-Unit-count">{countLine(unit.done, total, trans)}</span>
          {done ? (
            <Glyph shape="right" tone="right" />
          ) : (
            <Ring share={total ? unit.done / total : 0} className="codegym-mod-small" />
          )}
        </>
      )}
      {line && <span className="codegym-Meta">{line}</span>}
    </div>
  );
}

function ExerciseRow(props: ITreeProps & { row: Row & { exercise: object }; item: Item }): JSX.Element {
  const { model, page, server, row, item } = props;
  const { trans } = server;
  const clock = model.clockOf(page.course.id);
  const exercise = model.shown(page.course.id, row.exercise);
  const locked = exercise.status === 'locked' || row.unit.locked;
  const current = row.key === currentKey(model, page);
  const line = model.line(page.course.id, exercise);
  const practice = practiceOf(model, page, exercise.id);
  const sign = exercise.bonus ? 'bonus' : KIND_SHAPES[shownKind(exercise)];
  return (
    <div
      {...item}
      role="treeitem"
      aria-level={2}
      aria-label={exerciseName(exercise, clock, trans, practice)}
      aria-current={current || undefined}
      aria-disabled={locked || undefined}
      className="codegym-Exercise"
    >
      <Glyph shape={line.shape} tone={line.tone} />
      <span className="codegym-Exercise-title">{exercise.title}</span>
      <span className="codegym-Exercise-points">{!practice && trans.__('%1 pt', exercise.points)}</span>
      <span className="codegym-Meta">
        {sign && <Glyph shape={sign} tone="grey" className="codegym-mod-inline" />}
        {[...kindWords(exercise, trans), line.text].join(' · ')}
      </span>
    </div>
  );
}
