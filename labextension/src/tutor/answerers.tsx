import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph } from '../pieces';
import { IAnswerer } from '../records';
import { serverText } from '../serverwords';
import { Shape } from '../shapes';
import { answererState } from './chatwords';

const SHAPES: Record<IAnswerer['state'], Shape> = {
  ready: 'right',
  loading: 'spin',
  pulling: 'spin',
  away: 'offline',
  unknown: 'todo'
};

/** Who answers, in the order in which they are asked; last the course's own hints, which are always there. */
export function Answerers({ list, trans }: { list: IAnswerer[]; trans: TranslationBundle }): JSX.Element {
  return (
    <ol className="codegym-Answerers" aria-label={trans.__('Who answers, in this order')}>
      {list.map(one => (
        <li key={one.name}>
          <Glyph shape={SHAPES[one.state]} tone={one.state === 'ready' ? 'right' : 'grey'} />
          <bdi>{one.name}</bdi>
          <span className="codegym-Meta">{answererState(one, trans)}</span>
          {one.state === 'pulling' && (
            <progress
              max={1}
              value={one.share ?? 0}
              aria-label={trans.__('Downloading %1', one.name)}
            ></progress>
          )}
          {one.note && <span className="codegym-Meta codegym-mod-under">{serverText(one.note, trans)}</span>}
        </li>
      ))}
      <li>
        <Glyph shape="right" tone="right" />
        <span>{trans.__('the course’s own hints')}</span>
        <span className="codegym-Meta">{trans.__('always here')}</span>
      </li>
    </ol>
  );
}
