/** A program put together from given lines: which of them, in order, and how far each is indented. */
export interface IPlaced {
  /** Its number among the given lines. */
  line: number;
  indent: number;
}
export type Program = IPlaced[];

/** Where a line is: in the program or among those not used, at which place. */
export interface IPlace {
  used: boolean;
  at: number;
}

export type Move = 'up' | 'down' | 'in' | 'out' | 'deeper' | 'shallower';

const STEP = 4;
const DEEPEST = 8;

/** The program that a text is; null where a line of it is none of these, or stands between two indents. */
export function programOf(source: string, lines: string[]): Program | null {
  const left = new Set(lines.keys());
  const program: Program = [];
  for (const text of source.split('\n').filter(one => one.trim())) {
    const line = [...left].find(i => lines[i].trim() === text.trim());
    const indent = (text.length - text.trimStart().length) / STEP;
    if (line === undefined || !Number.isInteger(indent) || text.trimStart() !== text.slice(indent * STEP)) {
      return null;
    }
    left.delete(line);
    program.push({ line, indent });
  }
  return program;
}

export function programSource(program: Program, lines: string[]): string {
  return program.map(({ line, indent }) => ' '.repeat(indent * STEP) + lines[line].trim()).join('\n');
}

/** The lines that are not in the program, in the order in which they were given. */
export function unused(program: Program, lines: string[]): number[] {
  return [...lines.keys()].filter(i => !program.some(({ line }) => line === i));
}

export function lineAt(program: Program, lines: string[], { used, at }: IPlace): number | undefined {
  return used ? program[at]?.line : unused(program, lines)[at];
}

/** Where one of the given lines is. */
export function placeOf(program: Program, lines: string[], line: number): IPlace {
  const at = program.findIndex(one => one.line === line);
  return at < 0 ? { used: false, at: unused(program, lines).indexOf(line) } : { used: true, at };
}

export interface IMoved {
  program: Program;
  place: IPlace;
}

/** The program after a move of the line at a place, and where that line is then; null where it cannot move so. */
export function moved(program: Program, lines: string[], { used, at }: IPlace, move: Move): IMoved | null {
  const line = lineAt(program, lines, { used, at });
  if (line === undefined) {
    return null;
  }
  if (!used) {
    const last = program.at(-1)?.indent ?? 0;
    return move === 'in' ? placed(program, line, program.length, last) : null;
  }
  const one = program[at];
  const rest = program.filter(other => other !== one);
  switch (move) {
    case 'up':
    case 'down': {
      const to = at + (move === 'up' ? -1 : 1);
      return to < 0 || to > rest.length ? null : placed(rest, line, to, one.indent);
    }
    case 'deeper':
    case 'shallower': {
      const indent = one.indent + (move === 'deeper' ? 1 : -1);
      return indent < 0 || indent > DEEPEST ? null : placed(rest, line, at, indent);
    }
    case 'out':
      return { program: rest, place: placeOf(rest, lines, line) };
    default:
      return null;
  }
}

/** A line put into the program, from wherever it is. */
export function placed(program: Program, line: number, at: number, indent: number): IMoved {
  const before = program.slice(0, at).filter(one => one.line !== line);
  const after = program.slice(at).filter(one => one.line !== line);
  const deep = Math.min(Math.max(indent, 0), DEEPEST);
  return { program: [...before, { line, indent: deep }, ...after], place: { used: true, at: before.length } };
}
