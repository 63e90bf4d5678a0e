import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph } from '../pieces';
import { Drafts, isUnderWay, MODES } from './model';
import { modeWord } from './words';

interface IProps {
  model: Drafts;
  trans: TranslationBundle;
}

/** What is to be drafted, for where, and by which model. */
export function Task({ model, trans }: IProps): JSX.Element {
  const { form, health, busy } = model.state;
  const draft = model.chosen;
  const isReady = Boolean(
    health?.ready && form.course && form.topic.trim() && (form.mode === 'exercise' || form.exercise)
  );
  const begin = (event: React.FormEvent) => {
    event.preventDefault();
    if (isReady && !busy) {
      void model.begin();
    }
  };
  return (
    <form onSubmit={begin}>
      <Modes model={model} trans={trans} />
      <Place model={model} trans={trans} />
      <Wishes model={model} trans={trans} />
      <Models model={model} trans={trans} />
      {health && !health.ready && (
        <p role="status">{trans.__('Nothing can be drafted here: %1', health.why)}</p>
      )}
      <div className="codegym-Drafts-row">
        <button
          type="submit"
          className="codegym-Button codegym-mod-accept"
          aria-disabled={!isReady || undefined}
        >
          {draft ? trans.__('Draft again') : trans.__('Draft')}
        </button>
        {draft && isUnderWay(draft) && (
          <button type="button" className="codegym-Chip" onClick={() => void model.stop()}>
            <Glyph shape="stop" />
            {trans.__('Stop')}
          </button>
        )}
      </div>
    </form>
  );
}

function Modes({ model, trans }: IProps): JSX.Element {
  const id = React.useId();
  return (
    <fieldset className="codegym-Drafts-modes">
      <legend>{trans.__('What')}</legend>
      {MODES.map(mode => (
        <label key={mode} className="codegym-Chip">
          <input
            type="radio"
            name={`${id}-mode`}
            checked={model.state.form.mode === mode}
            onChange={() => model.fill({ mode })}
          />
          {modeWord(mode, trans)}
        </label>
      ))}
    </fieldset>
  );
}

/** What it is for. */
function Place({ model, trans }: IProps): JSX.Element {
  const { form, courses, units } = model.state;
  const id = React.useId();
  const exercises = units.find(one => one.id === form.unit)?.exercises ?? [];
  return (
    <>
      <Select
        label={trans.__('Course')}
        value={form.course}
        options={courses.map(one => [one.id, one.title])}
        onChange={course => model.fill({ course, exercise: '' })}
      />
      <Select
        label={trans.__('Unit')}
        value={form.unit}
        options={units.map(one => [one.id, one.title])}
        onChange={unit => model.fill({ unit, exercise: '' })}
      />
      {form.mode !== 'exercise' && (
        <Select
          label={trans.__('Exercise')}
          value={form.exercise}
          options={[['', trans.__('Choose an exercise')], ...exercises.map(pair)]}
          onChange={exercise => model.fill({ exercise })}
        />
      )}
      {form.mode === 'translation' && (
        <span className="codegym-Labelled">
          <label htmlFor={id}>{trans.__('Language tag: de, fr, pt-BR')}</label>
          <input
            id={id}
            type="text"
            value={form.language}
            onChange={event => model.fill({ language: event.target.value })}
          />
        </span>
      )}
    </>
  );
}

function pair(one: { id: string; title: string }): [string, string] {
  return [one.id, one.title];
}

function Wishes({ model, trans }: IProps): JSX.Element {
  const { form } = model.state;
  const id = React.useId();
  return (
    <>
      <span className="codegym-Labelled">
        <label htmlFor={`${id}-topic`}>{trans.__('Topic and level')}</label>
        <textarea
          id={`${id}-topic`}
          rows={4}
          maxLength={4000}
          value={form.topic}
          onChange={event => model.fill({ topic: event.target.value })}
        />
      </span>
      <span className="codegym-Labelled">
        <label htmlFor={`${id}-cases`}>{trans.__('Cases that must hold, one a line (optional)')}</label>
        <textarea
          id={`${id}-cases`}
          className="codegym-mod-code"
          rows={2}
          dir="ltr"
          spellCheck={false}
          value={form.cases}
          onChange={event => model.fill({ cases: event.target.value })}
        />
      </span>
    </>
  );
}

function Models({ model, trans }: IProps): JSX.Element {
  const { form, health } = model.state;
  const llms = (health?.llms ?? []).map((one): [string, string] => [one, one]);
  return (
    <div className="codegym-Drafts-row">
      <Select
        label={trans.__('Model')}
        value={form.llm}
        options={[['', trans.__('all, in their order')], ...llms]}
        onChange={llm => model.fill({ llm })}
      />
      <Select
        label={trans.__('At most')}
        value={String(form.tries)}
        options={[1, 2, 3, 4, 6, 8].map(n => [String(n), trans._n('%1 try', '%1 tries', n)])}
        onChange={tries => model.fill({ tries: Number(tries) })}
      />
    </div>
  );
}

function Select(props: {
  label: string;
  value: string;
  options: [string, string][];
  onChange(value: string): void;
}): JSX.Element {
  const id = React.useId();
  return (
    <span className="codegym-Labelled">
      <label htmlFor={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={event => props.onChange(event.target.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}
