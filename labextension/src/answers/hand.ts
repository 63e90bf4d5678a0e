import { TranslationBundle } from '@jupyterlab/translation';

import { IFormProps } from './form';
import {
  IMoved,
  IPlace,
  lineAt,
  Move,
  moved,
  placeOf,
  Program,
  programOf,
  programSource,
  unused
} from './lines';

/** What an arrow does to a lifted line: in the program, and among the lines that are not used. */
const ARROWS: Record<string, [used: Move, unused: Move | null] | undefined> = {
  ArrowUp: ['up', null],
  ArrowDown: ['down', null],
  ArrowRight: ['deeper', 'in'],
  ArrowLeft: ['shallower', null]
};

/** The hand that carries lines: which line is at work, whether it is lifted, and what happened last. */
export class Hand {
  place: IPlace = { used: false, at: 0 };
  said = '';
  /** The answer as it was when the line was lifted. */
  private _before: string | null = null;

  constructor(
    public props: IFormProps,
    private readonly _changed: () => void
  ) {}

  get lifted(): boolean {
    return this._before !== null;
  }

  get program(): Program {
    return programOf(this.props.source, this._lines) ?? [];
  }

  get line(): number | undefined {
    return lineAt(this.program, this._lines, this.place);
  }

  rest(place: IPlace): void {
    this.place = place;
    this._changed();
  }

  /** The focus came into one of the lists. */
  enter(used: boolean): void {
    if (used !== this.place.used) {
      this.rest({ used, at: 0 });
    }
  }

  /** Whether the key means something here. */
  key(key: string): boolean {
    const { used, at } = this.place;
    if (key === ' ' || (key === 'Enter' && this.lifted)) {
      this._liftOrDrop();
    } else if (key === 'Enter') {
      this.props.check();
    } else if (key === 'Escape' && this.lifted) {
      this._back();
    } else if (ARROWS[key] && this.lifted) {
      const flat = key === 'ArrowLeft' && used && this.program[at]?.indent === 0;
      const move = flat ? 'out' : ARROWS[key][used ? 0 : 1];
      this.move(move);
    } else if (key === 'ArrowUp' || key === 'ArrowDown') {
      const last = (used ? this.program : unused(this.program, this._lines)).length - 1;
      this.rest({ used, at: Math.max(0, Math.min(last, at + (key === 'ArrowDown' ? 1 : -1))) });
    } else if (key === 'ArrowLeft' || key === 'ArrowRight') {
      this.enter(key === 'ArrowRight');
    } else {
      return false;
    }
    return true;
  }

  can(move: Move): boolean {
    return moved(this.program, this._lines, this.place, move) !== null;
  }

  move(move: Move | null): void {
    const after = move && !this.props.readOnly && moved(this.program, this._lines, this.place, move);
    if (after) {
      this.take(after);
    }
  }

  take({ program, place }: IMoved): void {
    const line = lineAt(program, this._lines, place) ?? 0;
    this.place = place;
    this.props.write(programSource(program, this._lines));
    const where = whereabouts(program, place, this.props.trans);
    this._tell(this.props.trans.__('“%1”: %2', this._lines[line].trim(), where));
  }

  /** Whatever is lifted stays where it is now. */
  drop(): void {
    if (this.lifted) {
      this._liftOrDrop();
    }
  }

  private get _lines(): string[] {
    return this.props.form.lines;
  }

  private _liftOrDrop(): void {
    const { line, lifted } = this;
    const { trans, readOnly, source } = this.props;
    if (line === undefined || readOnly) {
      return;
    }
    const where = whereabouts(this.program, this.place, trans);
    const text = this._lines[line].trim();
    this._before = lifted ? null : source;
    this._tell(lifted ? trans.__('Dropped “%1”: %2', text, where) : trans.__('Lifted “%1”: %2', text, where));
  }

  private _back(): void {
    const { line, _before: before } = this;
    if (line !== undefined && before !== null) {
      this._before = null;
      this.place = placeOf(programOf(before, this._lines) ?? [], this._lines, line);
      this.props.write(before);
      this._tell(this.props.trans.__('Back where it was: “%1”', this._lines[line].trim()));
    }
  }

  private _tell(text: string): void {
    this.said = text;
    this.props.say(text);
    this._changed();
  }
}

/** "place 2 of 4, indent 1." */
function whereabouts(program: Program, { used, at }: IPlace, trans: TranslationBundle): string {
  return used
    ? trans.__('place %1 of %2, indent %3.', at + 1, program.length, program[at]?.indent ?? 0)
    : trans.__('not used.');
}
