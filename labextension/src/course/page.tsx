import React from 'react';

import { Dotted, Glyph, Ring } from '../pieces';
import { PartMistakes } from './catalogue';
import { CourseTree } from './treeview';
import { IViewProps } from './view';
import { goOn, progressLine } from './words';

/** One course: where it stands, what to go on with, its units and exercises. */
export function CoursePageView(props: IViewProps): JSX.Element {
  const { model, server } = props;
  const { trans } = server;
  const page = model.page(model.selected);
  const clock = model.clockOf(model.selected ?? '');
  const practice = model.isPracticeCourse(model.selected ?? '');
  const row = model.catalogue?.courses.find(one => one.id === model.selected);
  return (
    <>
      <button type="button" className="codegym-Back" onClick={() => void model.select(null)}>
        <Glyph shape="back" flip />
        {trans.__('All courses')}
      </button>
      {page && (
        <>
          <div className="codegym-CourseHead" lang={page.course.language}>
            <Ring share={page.total ? page.done / page.total : 0} />
            <div>
              <h3>{page.course.title}</h3>
              <div className="codegym-Meta">
                <Dotted text={progressLine({ ...page, exercises: page.total }, clock, trans, practice)} />
              </div>
            </div>
          </div>
          {Boolean(row?.errors?.length) && <PartMistakes {...props} row={row!} open />}
          <GoOn {...props} />
          <CourseTree {...props} page={page} />
        </>
      )}
      {!page && row?.title && <h3 className="codegym-CourseHead">{row.title}</h3>}
    </>
  );
}

function GoOn({ model, server }: IViewProps): JSX.Element | null {
  const { trans } = server;
  const page = model.page(model.selected);
  const next = page && goOn(page, (unit, lesson) => model.isRead(page.course.id, unit, lesson));
  if (!page || !next) {
    return null;
  }
  const unit = page.units.find(one => one.id === next.unit);
  const begun = page.done > 0 || page.units.some(u => u.exercises.some(e => e.status !== 'not_started'));
  const title = begun ? trans.__('Go on: %1', next.title) : trans.__('Begin: %1', next.title);
  return (
    <button
      type="button"
      className="codegym-Go"
      onClick={() => void model.open(page.course.id, next.unit, next.exercise, next.lesson)}
    >
      <Glyph shape="play" tone="info" />
      <span>
        <b>{title}</b>
        <span className="codegym-Meta">
          {unit?.title} ·{' '}
          {next.lesson
            ? trans.__('lesson')
            : model.isPracticeCourse(page.course.id)
              ? trans.__('exercise')
              : trans._n('%1 point', '%1 points', next.worth)}
        </span>
      </span>
      <Glyph shape="next" tone="grey" flip />
    </button>
  );
}
