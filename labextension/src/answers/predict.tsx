import React from 'react';

import { ShownCode } from './code';
import { IFormProps, isEnter } from './form';

const FENCE = /^\s*(`{3,})[^`\n]*\n([\s\S]*?)\n?\1`*\s*$/;

/** The predicted output that an answer holds; one without a fence counts whole. */
export function prediction(source: string): string {
  return FENCE.exec(source)?.[2] ?? source;
}

/** The same as Markdown. */
export function predictionSource(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(run => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** The code, and a field for what it prints. */
export function Predict(props: IFormProps): JSX.Element {
  const { trans, form, source } = props;
  const field = React.useId();
  const text = prediction(source);
  const name = trans.__('What it prints, line by line');
  return (
    <div className="codegym-Predict">
      <ShownCode
        code={form.given.trimEnd()}
        highlight={props.highlight}
        label={trans.__('Code of %1', props.title)}
      />
      <label htmlFor={field} className="codegym-Form-name">
        {name}
      </label>
      <textarea
        id={field}
        dir="ltr"
        rows={Math.max(2, text.split('\n').length + 1)}
        value={text}
        readOnly={props.readOnly}
        spellCheck={false}
        autoComplete="off"
        // the lab takes new lines in cells for its own, except in its editors
        onKeyDown={event => isEnter(event) && event.stopPropagation()}
        onChange={event => props.write(predictionSource(event.currentTarget.value), true)}
      />
    </div>
  );
}

/** What the sample types in where the program asks. */
export function TypedIn({ trans, form }: IFormProps): JSX.Element | null {
  return form.stdin ? (
    <div className="codegym-TypedIn">
      <span className="codegym-Form-name">{trans.__('Typed in for you (sample)')}</span>
      <pre dir="ltr">{form.stdin.replace(/\n$/, '')}</pre>
    </div>
  ) : null;
}
