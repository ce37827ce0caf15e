/** The length to which every text in a log line is cut, in characters: a caller may have chosen it. */
const charsMax = 200;
const membersMax = 50;
const depthMax = 4;
const framesMax = 30;

type Fields = Record<string, unknown>;

/**
 * Bounds the fields of a log line, whatever they contain.
 * Text is cut, lists and objects are shortened, and deeper ones are left out. A stack keeps its frames.
 */
export function boundLogFields(fields: Fields): Fields {
  const bounded: Fields = {};
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === 'string') bounded[name] = name === 'stack' ? boundStack(value) : cutLogText(value);
    else bounded[name] = typeof value === 'object' && value !== null ? boundObject(value, depthMax) : value;
  }
  return bounded;
}

/** Cuts text to `max` characters, the last of them "…". */
export function cutLogText(text: string, max = charsMax): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

function boundObject(value: object, depth: number): unknown {
  if (value instanceof Error) return boundError(value, depth);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return boundList(value as unknown[], depth);
  return boundMembers(value as Fields, depth);
}

function boundValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cutLogText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return cutLogText(String(value));
  if (typeof value !== 'object' || value === null) return value;
  return depth > 0 ? boundObject(value, depth - 1) : '…';
}

function boundList(list: readonly unknown[], depth: number): unknown[] {
  const shown = list.slice(0, membersMax).map((item) => boundValue(item, depth));
  return list.length > membersMax ? [...shown, `… ${list.length - membersMax} more`] : shown;
}

function boundMembers(object: Fields, depth: number): Fields {
  const names = Object.keys(object);
  const shown = names.slice(0, membersMax).map((name) => [cutLogText(name), boundValue(object[name], depth)]);
  return {
    ...(Object.fromEntries(shown) as Fields),
    ...(names.length > membersMax && { '…': `${names.length - membersMax} more` }),
  };
}

/** Converts an error with its causes. A message may quote a statement with all its values, so it is cut everywhere. */
function boundError(error: Error, depth: number): Fields {
  const { message, stack = '', cause } = error;
  const type = error.constructor.name || error.name;
  return {
    // Own fields, such as the code of a system error; those of drizzle are the statement and its values.
    ...boundMembers(Object.fromEntries(Object.entries(error)), depth),
    type,
    message: cutLogText(message),
    stack: boundStack(message === '' ? stack : stack.replace(message, () => cutLogText(message))),
    ...(cause !== undefined && { cause: boundValue(cause, depth) }),
    ...(error instanceof AggregateError && { errors: boundList(error.errors as unknown[], depth) }),
  };
}

/** Cuts the text above the frames of a stack, each frame, and their number. */
function boundStack(stack: string): string {
  const lines = stack.split('\n');
  const isFrame = (line: string) => /^\s+at /.test(line);
  const begin = lines.findIndex(isFrame);
  const title = cutLogText(lines.slice(0, begin < 0 ? undefined : begin).join('\n'));
  return [
    title,
    ...lines
      .filter(isFrame)
      .slice(0, framesMax)
      .map((line) => cutLogText(line)),
  ].join('\n');
}
