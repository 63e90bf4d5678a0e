import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { parseDocument } from 'yaml';

import { ticked } from '../phrases';
import { Glyph, Said } from '../pieces';

/** An answer that students with a wrong idea give, and what they read below it. */
export interface IMisread {
  wrong: string;
  say: string;
}

/** A misconception's own: of a mapping in YAML, whose parts may not be written yet. */
export function misreadOf(node: { get(key: string): unknown }): IMisread {
  const [wrong, say] = ['wrong', 'say']
    .map(key => node.get(key))
    .map(text => (typeof text === 'string' ? text.trimEnd() : ''));
  return { wrong, say };
}

/** The same, of an item of `misconceptions`, with its dash or without; null where that is none. */
export function misreadIn(yaml: string): IMisread | null {
  const document = parseDocument(yaml.replace(/^- /, '  '));
  return document.has('say') ? misreadOf(document) : null;
}

/** What a student with a wrong idea reads; below the answer, where it stands not there already. */
export function Misread(props: Partial<IMisread> & { trans: TranslationBundle }): JSX.Element | null {
  const { wrong, say, trans } = props;
  if (!say) {
    return null;
  }
  return (
    <div
      role="group"
      className="codegym-Misread codegym-Judgement codegym-edge-notyet"
      aria-label={trans.__('What a student with this mistake reads')}
    >
      <p>{trans.__('What a student with this mistake reads')}</p>
      {wrong && (
        <pre tabIndex={0} dir="ltr" aria-label={trans.__('Answer cell')}>
          {wrong}
        </pre>
      )}
      <div className="codegym-Diagnosis">
        <Glyph shape="aim" tone="info" />
        <div className="codegym-Diagnosis-text">
          <Said words={ticked(say)} />
        </div>
      </div>
    </div>
  );
}
