/** Prints a Markdown table. */
export function printTable(title, heads, rows) {
  const lines = [heads, ...rows].map((row) => row.map(String));
  const widths = heads.map((_head, column) => Math.max(...lines.map((line) => line[column].length)));
  const show = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [head, ...body] = lines.map(show);
  console.log(['', title, '', head, rule, ...body].join('\n'));
}

/** Parses the words of a command line: `name=value` are settings, all others choose parts. */
export function readWords(words) {
  const pairs = words.filter((word) => word.includes('='));
  const settings = pairs.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
  return { parts: words.filter((word) => !word.includes('=')), settings: Object.fromEntries(settings) };
}
