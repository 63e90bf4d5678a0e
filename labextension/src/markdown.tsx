import { IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import React from 'react';

/** A text through the lab's own sanitized Markdown; it is never trusted, whoever wrote it. */
export function Markdown(props: {
  text: string;
  rendermime: IRenderMimeRegistry;
  lang?: string;
  className: string;
}): JSX.Element {
  const { text, rendermime, lang } = props;
  const node = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (node.current && !node.current.hasChildNodes()) {
      node.current.textContent = text; // until it is drawn: the label of a control is never empty
    }
    let newest = true; // a text that was drawn slowly must not take the place of the next one
    const renderer = rendermime.createRenderer('text/markdown');
    const model = new MimeModel({ data: { 'text/markdown': text }, trusted: false });
    void renderer.renderModel(model).then(() => newest && node.current?.replaceChildren(renderer.node));
    return () => {
      newest = false;
      renderer.dispose();
    };
  }, [text, rendermime]);
  return <div ref={node} className={props.className} lang={lang} />;
}
