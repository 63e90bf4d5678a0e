import React from 'react';

import { IFormProps } from './form';

/** How many words a text has. */
export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}

/** Under the editor: how long the text is, said aloud every ten words. */
export function TextLength({ trans, form, source, say }: IFormProps): JSX.Element {
  const { least, most } = form.words;
  const count = countWords(source);
  const words = trans._n('%1 word', '%1 words', count);
  const wanted =
    least && most
      ? trans.__('%1 to %2 wanted', least, most)
      : least
        ? trans.__('at least %1 wanted', least)
        : most
          ? trans.__('at most %1 wanted', most)
          : '';
  const line = [words, wanted].filter(Boolean).join(', ');
  const tens = React.useRef(Math.floor(count / 10));
  React.useEffect(() => {
    if (Math.floor(count / 10) !== tens.current) {
      tens.current = Math.floor(count / 10);
      say(line);
    }
  });
  return <div className="codegym-Form-foot codegym-Number">{line}</div>;
}
