/** Names the sliders of ipywidgets in a notebook by the word beside them, which belongs to no handle for a screen reader. */
export function nameSliders(notebook: HTMLElement): void {
  const sliders = notebook.getElementsByClassName('widget-slider'); // live: a change elsewhere costs nothing
  const name = () => {
    for (const slider of sliders) {
      const word = slider.querySelector('.widget-label')?.textContent;
      for (const handle of word ? slider.querySelectorAll('[role=slider]:not([aria-label])') : []) {
        handle.setAttribute('aria-label', word!);
      }
    }
  };
  new MutationObserver(name).observe(notebook, { childList: true, characterData: true, subtree: true });
}
