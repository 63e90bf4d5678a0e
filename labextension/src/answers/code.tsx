import React from 'react';

import { Highlight } from './form';

/** A stretch of one line in one colour. */
export interface IStretch {
  text: string;
  className: string;
}

/** Code by line, coloured as soon as the lab has read it. */
export function useLines(code: string, highlight: Highlight | null): IStretch[][] {
  const plain = React.useMemo(() => byLine([{ text: code, className: '' }]), [code]);
  const [coloured, setColoured] = React.useState<{ code: string; lines: IStretch[][] } | null>(null);
  React.useEffect(() => {
    const node = document.createElement('div');
    let newest = true;
    void highlight?.(code, node).then(() => {
      const stretches = [...node.childNodes].map(one => ({
        text: one.textContent ?? '',
        className: one instanceof HTMLElement ? one.className : ''
      }));
      if (newest) {
        setColoured({ code, lines: byLine(stretches) });
      }
    });
    return () => {
      newest = false;
    };
  }, [code, highlight]);
  return coloured?.code === code ? coloured.lines : plain;
}

function byLine(stretches: IStretch[]): IStretch[][] {
  const lines: IStretch[][] = [[]];
  for (const { text, className } of stretches) {
    text.split('\n').forEach((part, i) => {
      if (i > 0) {
        lines.push([]);
      }
      if (part) {
        lines.at(-1)!.push({ text: part, className });
      }
    });
  }
  return lines;
}

export function Stretches({ line }: { line: IStretch[] | undefined }): JSX.Element {
  return (
    <>
      {(line ?? []).map(({ text, className }, i) => (
        <span key={i} className={className}>
          {text}
        </span>
      ))}
    </>
  );
}

/** Code that is only shown, its lines numbered. */
export function ShownCode(props: { code: string; highlight: Highlight | null; label: string }): JSX.Element {
  const lines = useLines(props.code, props.highlight);
  return (
    <pre className="codegym-ShownCode" dir="ltr" tabIndex={0} role="region" aria-label={props.label}>
      {lines.map((line, i) => (
        <div key={i}>
          <span className="codegym-ShownCode-number" aria-hidden="true">
            {i + 1}
          </span>
          <code>
            <Stretches line={line} />
            {'\n'}
          </code>
        </div>
      ))}
    </pre>
  );
}
