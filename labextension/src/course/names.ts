/** Names for a screen reader what Jupyter leaves without in a notebook: sliders by the word beside them, pictures. */
export function nameOutputs(notebook: HTMLElement, picture: string): void {
  const sliders = notebook.getElementsByClassName('widget-slider'); // live: a change elsewhere costs nothing
  const pictures = notebook.getElementsByClassName('jp-RenderedImage');
  const name = () => {
    for (const slider of sliders) {
      const word = slider.querySelector('.widget-label')?.textContent;
      for (const handle of word ? slider.querySelectorAll('[role=slider]:not([aria-label])') : []) {
        handle.setAttribute('aria-label', word!);
      }
    }
    for (const shown of pictures) {
      shown.querySelector('img:not([alt])')?.setAttribute('alt', picture);
    }
  };
  new MutationObserver(name).observe(notebook, { childList: true, characterData: true, subtree: true });
}
