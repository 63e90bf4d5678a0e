import React from 'react';

import { digest, IAnswerForm, IChoice } from '../cells';
import { Markdown } from '../markdown';
import { ticked } from '../phrases';
import { Glyph, Said } from '../pieces';
import { ICheck } from '../records';
import { serverPhrase } from '../serverwords';
import { IFormProps, isEnter } from './form';

/** The ids of what `Answer: a, d` chooses; null where that is no choice of these. */
export function chosen(source: string, { choices, several }: IAnswerForm): string[] | null {
  const match = /^\s*Answer:([\s\w,]*)$/i.exec(source);
  const ids = match?.[1].split(/[\s,]+/).filter(Boolean) ?? null;
  const fits = ids?.every(id => choices.some(one => one.id === id)) && (several || ids.length < 2);
  return fits && choices.length ? ids : null;
}

/** The same as text, in the course's order. */
export function choiceSource(ids: string[], choices: IChoice[]): string {
  const known = choices.map(({ id }) => id).filter(id => ids.includes(id));
  return `Answer: ${known.join(', ')}`.trim();
}

/** Radio buttons, or check boxes where several fit, with the word of a judgement under each chosen one. */
export function Choice(props: IFormProps): JSX.Element {
  const { form, source, title, seed, write, check } = props;
  const name = React.useId();
  const ids = chosen(source, form) ?? [];
  const choices = React.useMemo(() => mixed(form.choices, seed), [form.choices, seed]);
  const choose = (id: string, on: boolean) => {
    const others = form.several ? ids.filter(other => other !== id) : [];
    write(choiceSource(on ? [...others, id] : others, form.choices));
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    if (isEnter(event)) {
      event.preventDefault();
      event.stopPropagation();
      check();
    } else if (form.several && ['ArrowDown', 'ArrowUp'].includes(event.key)) {
      event.preventDefault();
      step(event.currentTarget, event.key === 'ArrowDown' ? 1 : -1);
    }
  };
  return (
    <div
      role={form.several ? 'group' : 'radiogroup'}
      aria-label={title}
      className="codegym-Choices"
      onKeyDown={onKeyDown}
    >
      {choices.map(one => (
        <Option
          key={one.id}
          {...props}
          name={name}
          choice={one}
          on={ids.includes(one.id)}
          choose={on => choose(one.id, on)}
        />
      ))}
    </div>
  );
}

type IOptionProps = IFormProps & { name: string; choice: IChoice; on: boolean; choose(on: boolean): void };

function Option(props: IOptionProps): JSX.Element {
  const { form, choice, on, readOnly, rendermime, trans } = props;
  const why = React.useId();
  const told = on ? props.judged?.checks.find(check => check.label === choice.text) : undefined;
  const said = told?.message ? serverPhrase(told.message, trans) : null;
  return (
    <div className="codegym-Choice">
      <label>
        <input
          type={form.several ? 'checkbox' : 'radio'}
          name={props.name}
          checked={on}
          aria-disabled={readOnly || undefined}
          aria-describedby={told && why}
          onChange={event => !readOnly && props.choose(event.currentTarget.checked)}
        />
        {rendermime ? (
          <Markdown text={choice.text} rendermime={rendermime} className="codegym-Choice-text" />
        ) : (
          <span className="codegym-Choice-text">
            <Said words={ticked(choice.text)} />
          </span>
        )}
      </label>
      {told && (
        <div id={why} className="codegym-Choice-told">
          <Word {...props} told={told} />
          {said && (
            <p>
              <Said words={said} />
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function Word({ trans, told }: IFormProps & { told: ICheck }): JSX.Element {
  const right = told.status === 'passed';
  return (
    <span className="codegym-Choice-word">
      <Glyph shape={right ? 'right' : 'no'} tone={right ? 'right' : 'notyet'} />
      {right ? trans.__('right') : trans.__('not this one')}
    </span>
  );
}

/** Another order for each student, and the same each time. */
function mixed(choices: IChoice[], seed: string): IChoice[] {
  const place = new Map(choices.map(one => [one, digest(`${seed}/${one.id}/${one.text}`)]));
  return [...choices].sort((one, other) => (place.get(one)! < place.get(other)! ? -1 : 1));
}

function step(group: HTMLElement, by: 1 | -1): void {
  const boxes = [...group.querySelectorAll<HTMLElement>('input')];
  const at = boxes.indexOf(document.activeElement as HTMLElement);
  boxes[(at + by + boxes.length) % boxes.length]?.focus();
}
