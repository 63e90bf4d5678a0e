// Collects what the extension says, for translators: `make words` brings the catalogues in src/locale up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';
import ts from 'typescript';

const HERE = dirname(fileURLToPath(import.meta.url));
const LOCALES = join(HERE, 'src', 'locale');
const SERVER = 'server.json';
/** The translator's calls, and how many forms of a sentence each is given. */
const CALLS = new Map([
  ['__', 1],
  ['_n', 2]
]);
/** Reads the server's sentences, which are collected from their table. */
const READER = 'serverwords.ts';
/** What a person reads or hears of an element, besides its text. */
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label', 'why']);

/** Every sentence in src: `plural` is null where it has one form; `bare` are places with words that no translator sees. */
export function collect() {
  const found = new Map();
  const bare = [];
  for (const path of sources(join(HERE, 'src'))) {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
    const at = node =>
      `${relative(HERE, path)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    visit(file, at, found, bare);
  }
  const { errors, texts } = JSON.parse(readFileSync(join(LOCALES, SERVER), 'utf8'));
  [...errors, ...texts].forEach(sentence => found.set(sentence, null));
  return { found, bare };
}

function visit(node, at, found, bare) {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const forms = CALLS.get(node.expression.name.text);
    if (forms) {
      const texts = node.arguments.slice(0, forms);
      if (texts.length === forms && texts.every(ts.isStringLiteralLike)) {
        found.set(texts[0].text, forms === 2 ? texts[1].text : null);
      } else {
        bare.push(`${at(node)}: what is translated is not written out`);
      }
    }
  } else if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text) && !isCode(node.parent)) {
    bare.push(`${at(node)}: ${node.text.trim()}`);
  } else if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer)) {
    if (SPOKEN.has(node.name.getText()) && /\p{L}{2}/u.test(node.initializer.text)) {
      bare.push(`${at(node)}: ${node.initializer.text}`);
    }
  }
  ts.forEachChild(node, child => visit(child, at, found, bare));
}

function isCode(element) {
  return ts.isJsxElement(element) && element.openingElement.tagName.getText() === 'code';
}

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    return entry.isDirectory()
      ? sources(path)
      : /\.tsx?$/.test(entry.name) && entry.name !== READER
        ? [path]
        : [];
  });
}

/** The catalogues by file name, without the server's sentences, which are a source. */
export function catalogues() {
  const names = readdirSync(LOCALES).filter(name => name.endsWith('.json') && name !== SERVER);
  return new Map(names.map(name => [name, JSON.parse(readFileSync(join(LOCALES, name), 'utf8'))]));
}

/** A catalogue with every sentence that there is and no other; what is new stands empty. */
export function brought(catalogue, found) {
  const keys = [...found.keys()].sort((one, other) => (one < other ? -1 : 1));
  const plurals = Number(catalogue[''].pluralForms.match(/\d+/)[0]);
  const forms = key => (found.get(key) === null ? 1 : plurals);
  const old = key => (catalogue[key]?.length === forms(key) ? catalogue[key] : Array(forms(key)).fill(''));
  return { '': catalogue[''], ...Object.fromEntries(keys.map(key => [key, old(key)])) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { found, bare } = collect();
  bare.forEach(line => console.error(line));
  for (const [name, catalogue] of catalogues()) {
    const after = brought(catalogue, found);
    const path = join(LOCALES, name);
    const style = { ...(await resolveConfig(path)), filepath: path };
    writeFileSync(path, await format(JSON.stringify(after), style));
    const missing = Object.values(after).filter(one => Array.isArray(one) && one.includes('')).length;
    console.log(`${name}: ${found.size} sentences, ${missing} to translate`);
  }
  process.exitCode = bare.length ? 1 : 0;
}
