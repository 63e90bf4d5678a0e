import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

/** What may stand in a reply: words, lists, tables and code; nothing that is fetched, filled in or run. */
const ALLOWED = new Set(
  'P BR HR B I EM STRONG CODE PRE UL OL LI TABLE THEAD TBODY TR TH TD BLOCKQUOTE DEL SUB SUP SPAN DIV H1 H2 H3 H4 H5 H6 A KBD'.split(
    ' '
  )
);
const LINE = /^#line-\d+$/;

/**
 * The lab's sanitizer, and then stricter: a reply draws no picture, loads nothing, and links to nothing but lines of
 * the answer. It is read by a parser whose documents fetch nothing.
 */
export class PlainSanitizer implements IRenderMime.ISanitizer {
  readonly allowNamedProperties = false;
  readonly allowCommandLinker = false;

  constructor(private readonly _lab: IRenderMime.ISanitizer) {}

  getAutolink(): boolean {
    return false;
  }

  sanitize(dirty: string, options?: IRenderMime.ISanitizerOptions): string {
    const { body } = new DOMParser().parseFromString(this._lab.sanitize(dirty, options), 'text/html');
    for (const element of [...body.querySelectorAll('*')]) {
      this._clean(element);
    }
    return body.innerHTML;
  }

  private _clean(element: Element): void {
    const href = element.getAttribute('href') ?? '';
    const link = element.tagName === 'A' && LINE.test(href);
    if (!ALLOWED.has(element.tagName) || (element.tagName === 'A' && !link)) {
      element.replaceWith(...element.childNodes);
      return;
    }
    for (const { name } of [...element.attributes]) {
      // the class of a block of code names its language
      if (
        !(link && name === 'href') &&
        !(name === 'class' && ['CODE', 'PRE', 'SPAN'].includes(element.tagName))
      ) {
        element.removeAttribute(name);
      }
    }
  }
}
