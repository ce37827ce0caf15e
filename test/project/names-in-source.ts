/** A name of the code and the line on which it stands. */
export interface NameInSource {
  name: string;
  line: number;
}

const sqlWords = /\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|RETURNING|JOIN|FROM|UNION|COALESCE|ORDER BY|CREATE)\b/;
const isToken = /^[\w$.:/@-]*$/;
const startsValue = /(?:^|[(=,:[!&|?{};>+]|\breturn)\s*$/;
const regexBody = /\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const opaque = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/y;

const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ');

/**
 * Finds every name of a source file: identifiers, file names of imports, words of SQL. Comments and prose in strings
 * are left out. A file that does not compile is read as well.
 */
export function namesInSource(source: string, isSql = false): NameInSource[] {
  const code = isSql ? codeOfSql(source) : codeOfScript(source);
  return code
    .split('\n')
    .flatMap((text, index) => [...text.matchAll(/[A-Za-z_$][\w$-]*/g)].map(([name]) => ({ name, line: index + 1 })));
}

/** Blanks comments and quoted prose; every line keeps its number. */
function codeOfScript(source: string): string {
  let code = '';
  let at = 0;
  /** One entry per open template literal: the depth of braces inside its current `${…}`. */
  const depths: number[] = [];
  while (at < source.length) {
    const char = source[at] ?? '';
    const inText = depths.at(-1) === 0;
    if (inText || char === '`') {
      const start = inText ? at : at + 1;
      const end = endOfTemplateText(source, start);
      const text = source.slice(start, end);
      code += ` ${sqlWords.test(text) ? codeOfSql(text) : keepToken(text)} `;
      if (!inText) depths.push(0);
      if (source[end] === '$') depths[depths.length - 1] = 1;
      else depths.pop();
      at = end + (source[end] === '$' ? 2 : 1);
      continue;
    }
    const hidden = hiddenAt(source, at, code);
    if (hidden !== undefined) {
      code += char === '/' ? blank(hidden) : keepToken(hidden.slice(1, -1));
      at += hidden.length;
      continue;
    }
    const depth = depths.at(-1);
    if (depth !== undefined && char === '{') depths[depths.length - 1] = depth + 1;
    if (depth !== undefined && char === '}') depths[depths.length - 1] = depth - 1;
    code += depth === 1 && char === '}' ? ' ' : char;
    at += 1;
  }
  return code;
}

/** The comment, string or regular expression that begins here. */
function hiddenAt(source: string, at: number, codeBefore: string): string | undefined {
  const char = source[at] ?? '';
  if (!`/'"`.includes(char)) return undefined;
  const found = matchAt(opaque, source, at);
  if (found !== undefined || char !== '/') return found;
  return startsValue.test(codeBefore.slice(-20)) ? matchAt(regexBody, source, at) : undefined;
}

function endOfTemplateText(source: string, from: number): number {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '`' || (source[at] === '$' && source[at + 1] === '{')) return at;
  }
  return source.length;
}

/** A string without spaces is a name (an event, a column, a path); all others are prose. */
function keepToken(text: string): string {
  return isToken.test(text) ? text : blank(text);
}

function codeOfSql(text: string): string {
  return text.replaceAll(/--[^\n]*|'(?:''|[^'])*'/g, (found) =>
    found.startsWith("'") ? keepToken(found.slice(1, -1)) : blank(found),
  );
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** `releaseBlockedJobs`, `release-blocked-jobs` and `RELEASE_BLOCKED_JOBS` are all release, blocked, jobs. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}
