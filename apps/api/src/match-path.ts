/** A path of the list with the handlers of its methods, `GET` and so on. */
export interface Route<Handler> {
  /** As OpenAPI writes it: `/v1/jobs/{jobId}`. */
  path: string;
  handlers: ReadonlyMap<string, Handler>;
}

export interface Match<Handler> {
  handler: Handler;
  params: Record<string, string>;
}

/** Finds the handler of a method and a request target; undefined: Express decides. */
export type MatchPath<Handler> = (method: string, target: string) => Match<Handler> | undefined;

const parameter = /\{(\w+)\}/g;
/** RFC 3986's unreserved characters. They need no decoding, so that Express would read the same value. */
const plainSegment = '([\\w.~-]+)';

/**
 * Creates a match that stands before Express's router, which takes a sixth of the time of a short request.
 * It takes only targets that are a path of the list as it stands there, in the list's order, with a method of that
 * path. A query, an escape, another spelling, HEAD, OPTIONS or a method that the path does not have is left to Express.
 */
export function createPathMatch<Handler>(routes: readonly Route<Handler>[]): MatchPath<Handler> {
  const compiled = routes.map(({ path, handlers }) => ({ handlers, ...compile(path) }));
  return (method, target) => {
    for (const { handlers, paramsOf } of compiled) {
      const params = paramsOf(target);
      if (params === undefined) continue;
      const handler = handlers.get(method);
      return handler && { handler, params };
    }
    return undefined;
  };
}

interface CompiledPath {
  /** Returns the parameters of a target with this path, undefined for another target. */
  paramsOf: (target: string) => Record<string, string> | undefined;
}

function compile(path: string): CompiledPath {
  const names = Array.from(path.matchAll(parameter), ([, name]) => name ?? '');
  if (names.length === 0) return { paramsOf: (target) => (target === path ? {} : undefined) };
  const literals = path.split(/\{\w+\}/).map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${literals.join(plainSegment)}$`);
  return {
    paramsOf(target) {
      const values = pattern.exec(target);
      if (values === null) return undefined;
      const params: Record<string, string> = {};
      for (let at = 0; at < names.length; at += 1) params[names[at] ?? ''] = values[at + 1] ?? '';
      return params;
    },
  };
}
