const LINE_WORDS = '[Ll]ine|Zeile|[Ll]ínea|[Ll]igne|[Ll]ini[aięą]|[Ll]inijce|第';

/** The first place that names a line of the answer becomes a link to it. */
export function withLineLink(text: string, line: number | null | undefined): string {
  if (!line) {
    return text;
  }
  return text.replace(
    new RegExp(`(?<![\\[\\w])((?:${LINE_WORDS})\\s?${line}(?:\\s?行)?)(?![\\d\\]])`),
    '[$1](#line-' + line + ')'
  );
}

/** Prose, or the text of one block of code. */
export type Part = { prose: string } | { code: string; language: string };

const FENCE = /^( {0,3})(`{3,}|~{3,})([^\n`]*)\n([\s\S]*?)(?:\n?^ {0,3}\2[`~]*[ \t]*$|$(?![\s\S]))/gm;

/** Markdown taken apart at its fenced blocks of code, an unfinished last one too. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  const prose = (from: number, to: number) => {
    const said = text.slice(from, to);
    if (said.trim()) {
      parts.push({ prose: said });
    }
  };
  for (const match of text.matchAll(FENCE)) {
    prose(end, match.index);
    parts.push({ code: match[4], language: match[3].trim().split(/\s+/)[0] ?? '' });
    end = match.index + match[0].length;
  }
  prose(end, text.length);
  return parts;
}
