export interface Scan {
  /** Every literal specifier that is imported, exported from, required or resolved, types included. */
  imports: string[];
  /** `import(…)` of something that only exists at run time. */
  computedImports: number;
  /** The code with comments gone and every string, template and regular expression emptied. */
  code: string;
}

// Order matters: a comment hides quotes, a string hides comments, and a slash is a regular expression only where a
// value may start.
const opaque = new RegExp(
  [
    String.raw`(?<comment>/\*[\s\S]*?\*/|//[^\n]*)`,
    String.raw`(?<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")`,
    '(?<template>`(?:\\\\.|[^`\\\\])*`)',
    String.raw`(?<=(?:^|[(=,:[!&|?{};>]|\breturn)\s*)(?<regex>/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+/[a-z]*)`,
  ].join('|'),
  'g',
);

/**
 * Reads TypeScript and JavaScript as text: no compiler is asked, so a file that does not even compile is still seen.
 */
export function scanSource(source: string): Scan {
  const texts: string[] = [];
  const numbered = source.replace(opaque, (found) => {
    if (found.startsWith('/*') || found.startsWith('//')) return ' ';
    if (found.startsWith('/')) return '/ /';
    if (found.startsWith('`') && found.includes('${')) return '``';
    texts.push(found.slice(1, -1));
    return `${found.startsWith('`') ? '``' : ''}"${texts.length - 1}"`;
  });
  const imports = [...numbered.matchAll(importing)].map((match) => texts[Number(match[1] ?? match[2])] ?? '');
  return {
    imports,
    computedImports: [...numbered.matchAll(/\bimport\s*\(\s*(?!\s|(?:``)?"\d+")/g)].length,
    code: numbered.replaceAll(/"\d+"/g, '""'),
  };
}

const importing = new RegExp(
  [
    String.raw`\b(?:import|export)\b\s*(?:[^;"()=]*?\bfrom\s*)?"(\d+)"`,
    String.raw`\b(?:import|require|require\.resolve|import\.meta\.resolve)\s*\(\s*(?:\`\`)?"(\d+)"`,
  ].join('|'),
  'g',
);
