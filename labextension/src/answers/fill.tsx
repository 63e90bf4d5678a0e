import React from 'react';

import { IAnswerForm } from '../cells';
import { Glyph } from '../pieces';
import { IStretch, useLines } from './code';
import { IFormProps, isEnter } from './form';

const GAP = '____';

/** What stands in each gap of the given code, nothing in an empty one; null where the answer is other code. */
export function gapsOf(source: string, { given }: IAnswerForm): string[] | null {
  const around = given.trimEnd().split(GAP);
  const escaped = around.map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const match = new RegExp(`^${escaped.join('([^\\n]*?)')}$`).exec(source.trimEnd());
  const gaps = match?.slice(1).map(text => (text.trim() === GAP ? '' : text));
  return gaps?.length ? gaps : null;
}

/** The given code with this in its gaps. */
export function filled({ given }: IAnswerForm, gaps: string[]): string {
  const around = given.trimEnd().split(GAP);
  return around.map((text, i) => (i ? (gaps[i - 1] || GAP) + text : text)).join('');
}

/** The given code with short fields in it. */
export function Fill(props: IFormProps): JSX.Element {
  const { form, source } = props;
  const lines = withGaps(useLines(form.given.trimEnd(), props.highlight));
  // what could stand in either of two gaps stays in the one that it was typed into
  const [typed, setTyped] = React.useState<string[]>([]);
  const fits = typed.length > 0 && filled(form, typed) === source.trimEnd();
  const gaps = fits ? typed : (gapsOf(source, form) ?? []);
  const type = (at: number, text: string) => {
    const after = gaps.map((gap, i) => (i === at ? text : gap));
    setTyped(after);
    props.write(filled(form, after), true);
  };
  return (
    <div className="codegym-Fill" dir="ltr">
      {lines.map((line, n) => (
        <div key={n} className="codegym-Fill-line" data-line={n + 1}>
          {line.map((part, i) =>
            typeof part === 'number' ? (
              <Gap key={`gap${part}`} {...props} at={part} line={n + 1} gaps={gaps} type={type} />
            ) : (
              <span key={i} className={part.className}>
                {part.text}
              </span>
            )
          )}
        </div>
      ))}
    </div>
  );
}

/** Each line as stretches of code and the numbers of its gaps. */
function withGaps(lines: IStretch[][]): (IStretch | number)[][] {
  let gap = 0;
  return lines.map(line =>
    line.flatMap(({ text, className }) =>
      text
        .split(GAP)
        .flatMap((part, i) => [...(i ? [gap++] : []), ...(part ? [{ text: part, className }] : [])])
    )
  );
}

interface IGapProps extends IFormProps {
  at: number;
  line: number;
  gaps: string[];
  type(at: number, text: string): void;
}

function Gap({ trans, at, line, gaps, type, judged, older, readOnly, check }: IGapProps): JSX.Element {
  const right = older ? undefined : judged?.gaps?.[at];
  const name = trans.__('gap %1 of %2, in line %3', at + 1, gaps.length, line);
  const state = right ? trans.__('right') : trans.__('not right');
  const mark = right === undefined ? '' : right ? 'codegym-mod-right' : 'codegym-mod-no';
  return (
    <>
      <input
        type="text"
        className={`codegym-Gap ${mark}`}
        aria-label={right === undefined ? name : `${name}, ${state}`}
        style={{ width: `${Math.max(3, (gaps[at] ?? '').length + 1)}ch` }}
        value={gaps[at] ?? ''}
        placeholder="…"
        readOnly={readOnly}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={event => type(at, event.currentTarget.value)}
        onKeyDown={event => {
          if (isEnter(event)) {
            event.preventDefault();
            event.stopPropagation();
            check();
          }
        }}
      />
      {right !== undefined && (
        <Glyph
          shape={right ? 'right' : 'no'}
          tone={right ? 'right' : 'notyet'}
          className="codegym-mod-inline"
        />
      )}
    </>
  );
}
