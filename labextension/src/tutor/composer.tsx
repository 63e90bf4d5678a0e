import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph, Tool } from '../pieces';

export interface IComposerProps {
  trans: TranslationBundle;
  text: string;
  placeholder: string;
  busy: boolean;
  off: boolean;
  type(text: string): void;
  send(): void;
  stop(): void;
}

/** The most that is seen of a question at once, in px. */
const TALLEST = 160;

/** As tall as what stands in it. */
function fit(node: HTMLTextAreaElement | null): void {
  if (node) {
    node.style.height = '0';
    // nothing has a height while the sidebar is closed
    node.style.height = node.scrollHeight ? `${Math.min(node.scrollHeight, TALLEST)}px` : '';
  }
}

/** The field for a question. Enter sends, Shift Enter is a new line, Escape stops an answer. */
export function Composer(props: IComposerProps): JSX.Element {
  const { trans, text, busy, off } = props;
  const field = React.useRef<HTMLTextAreaElement>(null);
  // the button beside it changes its width, and with it how many lines there are
  React.useLayoutEffect(() => fit(field.current), [text, busy, props.placeholder]);
  React.useEffect(() => {
    const sizes = new ResizeObserver(() => fit(field.current));
    sizes.observe(field.current!.parentElement!);
    return () => sizes.disconnect();
  }, []);
  return (
    <div className="codegym-Composer">
      <textarea
        ref={field}
        rows={1}
        value={text}
        maxLength={4000}
        aria-label={props.placeholder}
        placeholder={props.placeholder}
        aria-disabled={off || undefined}
        readOnly={off}
        onChange={event => props.type(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            props.send();
          } else if (event.key === 'Escape' && busy) {
            event.preventDefault();
            event.stopPropagation();
            props.stop();
          }
        }}
      />
      {busy ? (
        <Tool className="codegym-mod-boxed codegym-Stop" onClick={props.stop}>
          <Glyph shape="halt" />
          {trans.__('Stop')}
        </Tool>
      ) : (
        <button
          type="button"
          className={`codegym-Send ${text.trim() ? 'codegym-mod-on' : ''}`}
          aria-label={trans.__('Send')}
          title={trans.__('Send')}
          aria-disabled={off || !text.trim() || undefined}
          onClick={props.send}
        >
          <Glyph shape="send" />
        </button>
      )}
    </div>
  );
}
