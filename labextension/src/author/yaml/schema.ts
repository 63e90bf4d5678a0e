import { Document, isAlias, isMap, isScalar, isSeq, Pair, parseDocument, YAMLMap } from 'yaml';

import { IMisread, misreadOf } from '../misread';

/** Of JSON Schema what the schemas of courses use. */
export interface ISchema {
  $ref?: string;
  $defs?: Record<string, ISchema>;
  anyOf?: ISchema[];
  oneOf?: ISchema[];
  type?: string;
  enum?: unknown[];
  default?: unknown;
  description?: string;
  properties?: Record<string, ISchema>;
  required?: string[];
  items?: ISchema;
  additionalProperties?: boolean | ISchema;
}

/** What is wrong from one offset up to another. `meant`: the key that a misspelt one stands for. */
export interface IProblem {
  from: number;
  to: number;
  kind: 'syntax' | 'unknown' | 'missing' | 'choice' | 'shape';
  /** The key, or what is wanted in its place. */
  name: string;
  meant?: string;
  wanted?: string[];
}

/** A key as it may be written. */
export interface IKey {
  name: string;
  description: string;
  /** What stands below it: `list`, `map`, or in which word a value is written. */
  type: string;
  required: boolean;
}

/** Where the cursor is in a unit: which item of `cells`, and which exercise that is. */
export interface IPlace {
  exercise: string | null;
  /** How many items that are no exercise stand between it and the exercise before it. */
  after: string | null;
  steps: number;
}

type Visit = (node: unknown, options: ISchema[], pair: Pair | null) => boolean | void;

let last: { text: string; document: Document.Parsed } | null = null;

/** The tree of a text; of the same text it is made once, as the cursor walks in it. */
function parsed(text: string): Document.Parsed {
  if (last?.text !== text) {
    last = { text, document: parseDocument(text, { prettyErrors: false }) };
  }
  return last.document;
}

/** A schema over texts of YAML: mistakes, keys that fit, what a key means. */
export class YamlSchema {
  constructor(private readonly _root: ISchema) {}

  problems(text: string): IProblem[] {
    const { errors, contents } = parsed(text);
    if (errors.length) {
      return errors.map(({ pos: [from, to], message }) => ({ from, to, kind: 'syntax', name: message }));
    }
    const found: IProblem[] = [];
    this._walk(contents, [this._root], null, (node, options, pair) => {
      found.push(...this._wrong(node, options, pair));
    });
    return found;
  }

  /** The keys that may stand where a word begins at `at`. */
  keysAt(text: string, at: number, word: string): IKey[] {
    const completed = `${text.slice(0, at)}${word || 'x'}: ${text.slice(at + word.length)}`;
    let keys: IKey[] = [];
    this._find(completed, at, (map, options) => {
      const there = new Set(map.items.map(one => keyOf(one)));
      const fits = this._fitting(map, options);
      const named = new Map(fits.flatMap(one => Object.entries(one.properties ?? {})));
      keys = [...named]
        .filter(([name]) => !there.has(name) || name === word)
        .map(([name, schema]) => this._key(name, schema, fits));
    });
    return keys;
  }

  /** The values that the key at `at` may have, where they can be counted. */
  valuesAt(text: string, at: number): string[] {
    let values: string[] = [];
    this._find(text, at, (map, options, name) => {
      values = this._property(map, options, name).flatMap(one =>
        one.type === 'boolean' ? ['true', 'false'] : (one.enum ?? []).map(String)
      );
    });
    return values;
  }

  /** What the key at an offset means, and where it stands. */
  meaningAt(text: string, at: number): { from: number; to: number; key: IKey } | null {
    let found: { from: number; to: number; key: IKey } | null = null;
    this._find(text, at, (map, options, name, [from, to]) => {
      const fits = this._fitting(map, options);
      const schema = fits.find(one => one.properties?.[name])?.properties?.[name];
      found = schema ? { from, to, key: this._key(name, schema, fits) } : null;
    });
    return found;
  }

  /** Calls back for the key that an offset stands in. */
  private _find(
    text: string,
    at: number,
    then: (map: YAMLMap, options: ISchema[], name: string, range: [number, number]) => void
  ): void {
    this._walk(parsed(text).contents, [this._root], null, (node, options) => {
      for (const one of isMap(node) ? node.items : []) {
        const range = rangeOf(one.key);
        if (range && range[0] <= at && at <= range[1]) {
          then(node as YAMLMap, options, keyOf(one), range);
        }
      }
    });
  }

  private _walk(node: unknown, options: ISchema[], pair: Pair | null, visit: Visit): void {
    const all = options.flatMap(one => this._resolved(one));
    visit(node, all, pair);
    if (isMap(node)) {
      node.items.forEach(one => this._walk(one.value, this._property(node, all, keyOf(one)), one, visit));
    } else if (isSeq(node)) {
      const items = all.flatMap(one => (one.items ? [one.items] : []));
      node.items.forEach(one => this._walk(one, items, null, visit));
    }
  }

  /** What a schema may be, without references and null. */
  private _resolved(schema: ISchema): ISchema[] {
    const { $ref, anyOf, oneOf } = schema;
    if ($ref) {
      return this._resolved(this._root.$defs?.[$ref.split('/').pop()!] ?? {});
    }
    return (anyOf ?? oneOf)?.flatMap(one => this._resolved(one)) ?? (schema.type === 'null' ? [] : [schema]);
  }

  /** Of what a mapping may be, that of which it has what is required; all where nothing says which. */
  private _fitting(map: YAMLMap, options: ISchema[]): ISchema[] {
    const there = map.items.map(one => keyOf(one));
    const maps = options.filter(one => one.properties);
    const fits = maps.filter(one => one.required?.some(name => there.includes(name)));
    return fits.length ? fits : maps;
  }

  private _property(map: YAMLMap, options: ISchema[], name: string): ISchema[] {
    return this._fitting(map, options).flatMap(one => {
      const more = typeof one.additionalProperties === 'object' ? [one.additionalProperties] : [];
      const own = one.properties?.[name];
      return (own ? [own] : more).flatMap(each => this._resolved(each));
    });
  }

  private _wrong(node: unknown, options: ISchema[], pair: Pair | null): IProblem[] {
    const range = rangeOf(node) ?? rangeOf(pair?.key);
    if (!options.length || !range || isAlias(node) || options.some(one => !Object.keys(one).length)) {
      return [];
    }
    const [from, to] = range;
    const name = pair ? keyOf(pair) : '';
    if (isMap(node)) {
      const fits = this._fitting(node, options);
      return fits.length ? [...this._keys(node, fits, pair)] : this._shape(options, 'object', from, name);
    }
    if (isSeq(node)) {
      return this._shape(options, 'array', from, name);
    }
    const wanted = options.flatMap(one => (one.enum ?? []).map(String));
    const value = isScalar(node) ? (node.value as string | number | boolean | null) : null;
    if (value === null) {
      return [];
    }
    if (wanted.length && options.every(one => one.enum) && !wanted.includes(String(value))) {
      return [{ from, to, kind: 'choice', name, wanted, meant: nearest(String(value), wanted) }];
    }
    const whole = options.every(one => one.type === 'object' || one.type === 'array');
    return whole ? [{ from, to, kind: 'shape', name, wanted: options.map(one => one.type!) }] : [];
  }

  private _shape(options: ISchema[], type: string, from: number, name: string): IProblem[] {
    const typed = options.filter(one => one.type || one.enum);
    return typed.length === options.length && !typed.some(one => one.type === type)
      ? [{ from, to: from + 1, kind: 'shape', name, wanted: typed.map(one => one.type ?? 'string') }]
      : [];
  }

  private *_keys(map: YAMLMap, fits: ISchema[], pair: Pair | null): Generator<IProblem> {
    const names = [...new Set(fits.flatMap(one => Object.keys(one.properties ?? {})))];
    const there = map.items.map(one => keyOf(one));
    for (const one of map.items) {
      const name = keyOf(one);
      const range = rangeOf(one.key);
      if (range && !names.includes(name) && fits.every(each => each.additionalProperties === false)) {
        const free = names.filter(each => !there.includes(each));
        yield { from: range[0], to: range[1], kind: 'unknown', name, meant: nearest(name, free) };
      }
    }
    const [from, to] = rangeOf(pair?.key) ?? rangeOf(map.items[0]?.key) ?? [0, 0];
    for (const name of fits.length === 1 ? (fits[0].required ?? []) : []) {
      if (!there.includes(name)) {
        yield { from, to, kind: 'missing', name };
      }
    }
  }

  private _key(name: string, schema: ISchema, of: ISchema[]): IKey {
    const all = this._resolved(schema);
    const types = all.map(one =>
      one.enum
        ? one.enum.join(' | ')
        : ({ array: 'list', object: 'map', string: 'text' }[one.type!] ?? one.type)
    );
    const described = [schema, ...all].find(one => one.description);
    return {
      name,
      description: described?.description ?? '',
      type: [...new Set(types.filter(Boolean))].join(' | '),
      required: of.some(one => one.required?.includes(name))
    };
  }
}

/** Which part of a unit the offset stands in; null above its cells. */
export function placeAt(text: string, at: number): IPlace | null {
  const cells = parsed(text).get('cells');
  if (!isSeq(cells)) {
    return null;
  }
  let place = null as IPlace | null;
  for (const item of cells.items) {
    const range = rangeOf(item);
    if (!range || range[0] > at + 4) {
      break; // its dash may stand before the cursor
    }
    const id = isMap(item) ? item.getIn(['exercise', 'id']) : null;
    const last: string | null = place?.exercise ?? place?.after ?? null;
    place =
      typeof id === 'string'
        ? { exercise: id, after: null, steps: 0 }
        : { exercise: null, after: last, steps: place?.exercise ? 1 : (place?.steps ?? 0) + 1 };
  }
  return place;
}

/** The misconception that the cursor is in, with its exercise. */
export function misreadAt(text: string, at: number): (IMisread & { exercise: string }) | null {
  const cells = parsed(text).get('cells');
  let found = null as ReturnType<typeof misreadAt>;
  for (const cell of isSeq(cells) ? cells.items : []) {
    const own = isMap(cell) ? cell.get('exercise') : null;
    const list = isMap(own) ? own.get('misconceptions') : null;
    for (const item of isSeq(list) ? list.items : []) {
      const range = rangeOf(item);
      if (isMap(own) && isMap(item) && range && range[0] <= at + 4 && at <= range[1]) {
        found = { exercise: String(own.get('id')), ...misreadOf(item) };
      }
    }
  }
  return found;
}

function keyOf(pair: Pair<unknown, unknown>): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function rangeOf(node: unknown): [number, number] | null {
  const range = (node as { range?: [number, number, number] | null } | null)?.range;
  return range ? [range[0], range[1]] : null;
}

/** The name that a misspelt one stands for: so near that at most a third of it differs. */
function nearest(word: string, names: string[]): string | undefined {
  const far = names.map(name => [distance(word, name), name] as const).sort(([one], [other]) => one - other);
  return far.length && far[0][0] <= Math.max(1, word.length / 3) ? far[0][1] : undefined;
}

/** Letters put in, left out, changed or two exchanged (Damerau and Levenshtein). */
function distance(one: string, other: string): number {
  const rows = [...Array(one.length + 1).keys()].map(i => [i]);
  for (let j = 0; j <= other.length; j++) {
    rows[0][j] = j;
  }
  for (let i = 1; i <= one.length; i++) {
    for (let j = 1; j <= other.length; j++) {
      const same = Number(one[i - 1] !== other[j - 1]);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[one.length][other.length];
}
