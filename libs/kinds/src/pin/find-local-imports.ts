/** A quoted text that begins like a path relative to its file: `'./a.ts'`, `"../b"`, `` `../words/${name}.json` ``. */
const relativePath = /(['"`])(\.{1,2}\/(?:(?!\1)[^\\\n])*)\1/g;

/**
 * Finds the relative paths in the text of a code file: imports, also dynamic ones, and `new URL('../data', …)`.
 * A path in a comment or in another text is found as well: one file too many in a copy does no harm. A template counts
 * as the folder before its first variable part.
 */
export function findLocalImports(text: string): string[] {
  return [...text.matchAll(relativePath)].map(([, quote, path = '']) => {
    const variable = quote === '`' ? path.indexOf('${') : -1;
    return variable === -1 ? withoutQuery(path) : path.slice(0, path.lastIndexOf('/', variable) + 1);
  });
}

function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/, '');
}
