import React from 'react';

import { HOLD, phrase, ticked } from '../phrases';
import { Dotted, Glyph, Ring, Said, Tool } from '../pieces';
import { ICourseRow } from '../records';
import { CommandIDs } from '../tokens';
import { mend, sourceOf } from './mistakes';
import { IViewProps } from './view';
import { brokenLine, courseError, courseLines, mistakesLine } from './words';

/** All courses; or that there are none yet; or, for the first 300 ms, nothing. */
export function CatalogueView(props: IViewProps): JSX.Element {
  const { model } = props;
  const courses = model.catalogue?.courses;
  if (!courses) {
    return model.loading ? <Waiting /> : <></>;
  }
  if (!courses.length) {
    return <NoCourses {...props} />;
  }
  const { errors } = model.catalogue!;
  const started = courses.some(row => row.state !== 'not_started');
  return (
    <>
      {model.firstVisit && !started && <FirstVisit {...props} />}
      {Boolean(errors?.length) && <BrokenList {...props} />}
      <ul className="codegym-Catalogue">
        {courses.map(row => (
          <li key={row.id}>{rowOf(props, row)}</li>
        ))}
      </ul>
      <PlaceNote {...props} />
    </>
  );
}

function rowOf(props: IViewProps, row: ICourseRow): JSX.Element {
  const mistakes = row.errors?.length ?? 0;
  if (row.broken || (mistakes && !row.exercises)) {
    return <Broken {...props} row={row} />;
  }
  return mistakes ? <InPart {...props} row={row} /> : <Row {...props} row={row} />;
}

function Row({ model, server, row }: IViewProps & { row: ICourseRow }): JSX.Element {
  return (
    <button type="button" className="codegym-Course" onClick={() => void model.select(row.id)}>
      {row.state === 'done' ? (
        <Glyph shape="right" tone="right" className="codegym-mod-20" />
      ) : (
        <Ring share={row.exercises ? row.done / row.exercises : 0} />
      )}
      <strong lang={row.language}>{row.title}</strong>
      <span className="codegym-Meta">
        {courseLines(row, model.clockOf(row.id), server.trans, model.isPracticeCourse(row.id)).map(
          (line, i) => (
            <span key={i}>
              <Dotted text={line} />
            </span>
          )
        )}
      </span>
    </button>
  );
}

function Broken(props: IViewProps & { row: ICourseRow }): JSX.Element {
  const { row } = props;
  return (
    <div className="codegym-Course codegym-mod-broken">
      <Glyph shape="error" tone="notyet" className="codegym-mod-20" />
      <strong>{row.title || row.id}</strong>
      <Mistakes
        {...props}
        course={row.id}
        errors={row.errors}
        name={row.id}
        text={brokenLine(row, props.server.trans)}
      />
    </div>
  );
}

/** A course that can be used in part: its row, and under it what cannot be read. */
function InPart(props: IViewProps & { row: ICourseRow }): JSX.Element {
  return (
    <>
      <Row {...props} />
      <PartMistakes {...props} />
    </>
  );
}

/** What of a course cannot be read, while the rest can be used; `open` at once within the course. */
export function PartMistakes(props: IViewProps & { row: ICourseRow; open?: boolean }): JSX.Element {
  const { row, open } = props;
  const text = mistakesLine(row, props.server.trans);
  return (
    <div className="codegym-Course codegym-mod-broken codegym-mod-part">
      <Glyph shape="error" tone="notyet" />
      <Mistakes {...props} course={row.id} errors={row.errors} name={row.id} text={text} open={open} />
    </div>
  );
}

/** The file that lists the courses has mistakes of its own; only staff are told. */
function BrokenList({ model, server }: IViewProps): JSX.Element {
  const errors = model.catalogue?.errors ?? [];
  return (
    <div className="codegym-Course codegym-mod-broken">
      <Glyph shape="error" tone="notyet" className="codegym-mod-20" />
      <strong>{server.trans.__('The list of courses')}</strong>
      <Mistakes
        model={model}
        errors={errors}
        name="config.yaml"
        text={brokenLine({ errors }, server.trans)}
      />
    </div>
  );
}

interface IMistakesProps {
  model: IViewProps['model'];
  /** Whose files they are in. */
  course?: string;
  errors: ICourseRow['errors'];
  name: string;
  text: string;
  open?: boolean;
}

/** How many mistakes there are in which file; each with its line, on asking. */
function Mistakes(props: IMistakesProps): JSX.Element {
  const { model, course = '', errors: told, name: id, text, open } = props;
  const errors = (told ?? []).map(courseError);
  const name = errors[0]?.file.split('/').pop() || id;
  return (
    <details className="codegym-Meta" open={open}>
      <summary>
        {text} <b>{name}</b>
      </summary>
      <ul>
        {errors.map((error, i) => (
          <li key={i}>
            <bdi dir="ltr">
              {sourceOf(model, course, error) ? (
                <button
                  type="button"
                  className="codegym-Link"
                  onClick={() => void mend(model, course, error)}
                >
                  {error.file}:{error.line}
                </button>
              ) : (
                <code>{error.line === null ? error.file : `${error.file}:${error.line}`}</code>
              )}
            </bdi>{' '}
            <Said words={ticked(error.exercise ? `${error.exercise}: ${error.problem}` : error.problem)} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function FirstVisit({ model, server }: IViewProps): JSX.Element {
  const { trans } = server;
  const first = model.catalogue?.courses.find(one => !one.broken);
  const practice = first !== undefined && model.isPracticeCourse(first.id);
  const open = async () => {
    const row = model.catalogue?.courses.find(one => !one.broken);
    if (row) {
      await model.select(row.id);
      const step = model.first(row.id);
      if (step) {
        await model.open(row.id, step.unit, step.exercise, step.lesson);
      }
    }
  };
  const check = trans.__('Check');
  const [before, after] = trans
    .__(
      'Each exercise is a cell in a notebook. Write your answer, press %1, and see at once what works.',
      '\n'
    )
    .split('\n');
  return (
    <section className="codegym-Card" aria-labelledby="codegym-first-visit">
      <h3 id="codegym-first-visit">{trans.__('Start here')}</h3>
      <Tool
        shape="close"
        label={trans.__('Close')}
        className="codegym-Card-close"
        onClick={() => model.closeFirstVisit()}
      />
      <p>
        {before}
        <b>{check}</b>
        {after}
      </p>
      <p className="codegym-Meta">
        {practice ? trans.__('About 5 minutes · no grade at stake') : trans.__('About 5 minutes')}
      </p>
      <div className="codegym-Actions">
        <button type="button" className="codegym-Button codegym-mod-accept" onClick={() => void open()}>
          {trans.__('Begin')}
        </button>
      </div>
    </section>
  );
}

function NoCourses(props: IViewProps): JSX.Element {
  const { model, server } = props;
  const { trans } = server;
  return (
    <div className="codegym-Empty">
      {Boolean(model.catalogue?.errors?.length) && <BrokenList {...props} />}
      <svg className="codegym-Empty-art" viewBox="0 0 88 56" aria-hidden="true">
        <path d="M26 14H17v28h9M62 14h9v28h-9M30 28h28M7 22v12M81 22v12" />
        <path d="M36 22v12M52 22v12" strokeDasharray="2 3" />
      </svg>
      <h3>{trans.__('No courses yet')}</h3>
      <p>{trans.__('A course is a folder of YAML files. Say where yours are when you start:')}</p>
      <p>
        <code>codegym lab --courses DIR</code>
      </p>
      <p>
        <Said
          words={phrase(
            trans.__('The folder holds a `config.yaml` that lists them: `%1`', ...HOLD),
            'courses: [my-course]'
          )}
        />
      </p>
      <p>
        <button
          type="button"
          className="codegym-Button codegym-mod-accept"
          onClick={() => void model.addExample()}
        >
          {trans.__('Add an example course')}
        </button>
      </p>
      {model.problem && <p role="alert">{model.problem}</p>}
    </div>
  );
}

/** On Binder, and wherever Check runs in a lighter sandbox: said plainly, at the foot. */
function PlaceNote({ model, server, commands }: IViewProps): JSX.Element | null {
  const { trans } = server;
  const { place, sandbox } = model.catalogue ?? {};
  const light = sandbox && !['namespaces', 'docker', 'remote'].includes(sandbox.level);
  if (place !== 'binder') {
    return light ? (
      <p className="codegym-Note" role="note" title={sandbox.why}>
        <Glyph shape="info" tone="grey" />
        <span>{trans.__('Check runs in a lighter sandbox here (%1).', sandbox.level)}</span>
      </p>
    ) : null;
  }
  return (
    <p className="codegym-Note" role="note" title={sandbox?.why}>
      <Glyph shape="info" tone="grey" />
      <span>
        {trans.__('You are on Binder. Work here is lost when this page closes.')}{' '}
        {light && trans.__('Check runs in a lighter sandbox (%1).', sandbox.level)}{' '}
        <button
          type="button"
          className="codegym-Link"
          onClick={() => void commands.execute(CommandIDs.download)}
        >
          {trans.__('Download my work')}
        </button>
      </span>
    </p>
  );
}

/** Three still grey rows, and only when the answer takes longer than 300 ms. */
function Waiting(): JSX.Element {
  return (
    <div className="codegym-Waiting" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}
