import React from 'react';

import { Phrase } from './phrases';
import { Shape, SHAPES } from './shapes';

export type Tone = 'right' | 'notyet' | 'info' | 'grey';

/** An icon. Always hidden from screen readers: the word or number beside it says the same. */
export function Glyph(props: { shape: Shape; tone?: Tone; className?: string; flip?: boolean }): JSX.Element {
  const { shape, tone, flip, className } = props;
  const names = ['codegym-Glyph', tone && `codegym-tone-${tone}`, flip && 'codegym-mod-flip', className];
  return (
    <svg
      className={names.filter(Boolean).join(' ')}
      viewBox="0 0 16 16"
      aria-hidden="true"
      // the shapes are constants of ours, never data
      dangerouslySetInnerHTML={{ __html: SHAPES[shape] }}
    />
  );
}

/** How much is done, as a ring: a track and the share of it that is done, clockwise from the top. */
export function Ring(props: { share: number; className?: string }): JSX.Element {
  const round = 2 * Math.PI * 8;
  const share = Math.min(1, Math.max(0, props.share));
  return (
    <svg className={`codegym-Ring ${props.className ?? ''}`} viewBox="0 0 20 20" aria-hidden="true">
      <circle className="codegym-Ring-track" cx="10" cy="10" r="8" />
      {share > 0 && (
        <circle
          className="codegym-Ring-value"
          cx="10"
          cy="10"
          r="8"
          strokeDasharray={`${(share * round).toFixed(1)} ${round.toFixed(1)}`}
        />
      )}
    </svg>
  );
}

/** A phrase as text nodes; a link to a line calls `onLine`, and is plain text where there is none. */
export function Said(props: {
  words: Phrase;
  onLine?: (line: number) => void;
  lineLabel?: (line: number) => string;
}): JSX.Element {
  const { words, onLine, lineLabel } = props;
  return (
    <>
      {words.map((part, i) => {
        if ('code' in part) {
          return (
            <bdi key={i} dir="ltr">
              <code>{part.code}</code>
            </bdi>
          );
        }
        if ('em' in part) {
          return <i key={i}>{part.em}</i>;
        }
        if ('strong' in part) {
          return <b key={i}>{part.strong}</b>;
        }
        if ('line' in part && onLine) {
          return (
            <button
              key={i}
              type="button"
              className="codegym-Link"
              aria-label={lineLabel?.(part.line)}
              onClick={() => onLine(part.line)}
            >
              {part.text}
            </button>
          );
        }
        return <React.Fragment key={i}>{part.text}</React.Fragment>;
      })}
    </>
  );
}

/** "a · b · c", which breaks between its parts, and within one only where that is longer than a line. */
export function Dotted({ text }: { text: string }): JSX.Element {
  const parts = text.split(' · ');
  return (
    <>
      {parts.map((part, i) => (
        <React.Fragment key={i}>
          {i > 0 && ' '}
          <span className="codegym-Whole">{i < parts.length - 1 ? `${part} ·` : part}</span>
        </React.Fragment>
      ))}
    </>
  );
}

/** A flat button with an icon, as in toolbars; disabled ones stay focusable and name their reason. */
export function Tool(props: {
  shape?: Shape;
  label?: string;
  onClick: () => void;
  disabled?: boolean;
  why?: string;
  className?: string;
  keys?: string;
  expanded?: boolean;
  /** It opens a menu. */
  popup?: boolean;
  flip?: boolean;
  children?: React.ReactNode;
}): JSX.Element {
  const why = React.useId();
  const { shape, label, onClick, disabled, className, keys, expanded } = props;
  return (
    <button
      type="button"
      className={`codegym-Tool ${className ?? ''}`}
      aria-label={label}
      title={props.why ?? label}
      aria-disabled={disabled || undefined}
      aria-describedby={props.why ? why : undefined}
      aria-keyshortcuts={keys}
      aria-expanded={expanded}
      aria-haspopup={props.popup ? 'menu' : undefined}
      onClick={() => !disabled && onClick()}
    >
      {shape && <Glyph shape={shape} flip={props.flip} />}
      {props.children}
      {props.why && (
        // described by it, not named by it
        <span id={why} hidden>
          {props.why}
        </span>
      )}
    </button>
  );
}
