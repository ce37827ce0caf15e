import {
  type Fault,
  faultList,
  joinFaults,
  parseBounded,
  Problem,
  quoteText,
  type SubmitOptions,
} from '@turno/contract';
import type { Catalogue, CatalogueEntry } from '@turno/kinds';

export type { Catalogue };

/** A request for a job whose kind is known and whose input was parsed by the kind's schema. */
export interface JobRequest<Options = SubmitOptions> {
  entry: CatalogueEntry;
  /**
   * As the handler gets it, defaults filled in.
   * Parsed once only: a schema may transform its input.
   */
  input: unknown;
  options: Options;
}

interface Unparsed<Options extends MayReuse> {
  kind: string;
  input?: unknown;
  options: Options;
}

interface MayReuse {
  cacheSeconds?: number | null | undefined;
}

/**
 * Finds the kind of a request and parses its input.
 * Throws `unknown-kind`, or `invalid-request` with every fault.
 */
export function parseJobRequest<Options extends MayReuse>(
  catalogue: Catalogue,
  { kind, input, options }: Unparsed<Options>,
): JobRequest<Options> {
  const entry = catalogue.get(kind);
  if (entry === undefined) throw unknownKind(kind);
  const parsed = parseBounded(entry.kind.input, input, '/input');
  const faults = [faultList(reuseFaults(entry, options)), ...(parsed.success ? [] : [parsed.faults])];
  const errors = joinFaults(...faults);
  if (!parsed.success || errors.count > 0) throw new Problem('invalid-request', { errors });
  return { entry, input: parsed.data, options };
}

function reuseFaults({ kind }: CatalogueEntry, { cacheSeconds }: MayReuse): Fault[] {
  if ((cacheSeconds ?? null) === null || kind.cacheable === true) return [];
  return [{ pointer: '/options/cacheSeconds', detail: `the results of ${kind.name} are not shared; leave it out` }];
}

function unknownKind(kind: string): Problem {
  return new Problem('unknown-kind', {
    detail: `There is no kind "${quoteText(kind)}"; GET /v1/kinds lists them.`,
  });
}
