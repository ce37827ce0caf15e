import { type KindDescription, problemDocument } from '@turno/contract';
import type { z } from 'zod';
import type { Content, JsonSchema, OpenOperation, Operation } from '../operations/operation.ts';
import { describeOperation } from './describe-operation.ts';
import { headers } from './headers.ts';
import { kindSchemas } from './kind-schemas.ts';
import { sharedParameters } from './parameters.ts';
import { convertSchemas } from './schemas.ts';

type AnyOperation = Operation<never> | OpenOperation<never>;

/**
 * Makes the OpenAPI 3.1 document of the operations and kinds. Its schemas are those in use.
 */
export function describeApi(
  operations: readonly AnyOperation[],
  kinds: readonly KindDescription[],
): JsonSchema & { paths: Record<string, JsonSchema> } {
  const documented = operations.filter((operation) => operation.scope !== null || operation.documented !== false);
  const schemas = convertSchemas({
    sent: documented.flatMap(({ request }) => zodOf(request?.body)),
    answered: [
      problemDocument,
      ...documented.flatMap(({ responses }) => Object.values(responses).flatMap(({ content }) => zodOf(content))),
    ],
  });
  const paths: Record<string, JsonSchema> = {};
  for (const operation of documented) {
    const ofPath = (paths[operation.path] ??= {});
    ofPath[operation.method] = describeOperation(operation, { kinds, schemas });
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Turno',
      version: '1',
      description:
        'Submit a job, get its id at once, collect the result. Errors are RFC 9457 problem documents. Times are RFC ' +
        '3339: a request may have any offset, in the years 1970 to 2999 (UTC); an answer has UTC with milliseconds.',
    },
    servers: [{ url: '/', description: 'Where this document came from' }],
    security: [{ key: [] }],
    paths,
    components: {
      schemas: { ...schemas.components, ...kindSchemas(kinds, schemas.components['SubmitRequest'] ?? {}) },
      parameters: sharedParameters,
      headers,
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, `tno_live_<id>_<secret>`, that has the scope named',
        },
      },
    },
  };
}

/** The schema of a content, unless it depends on the catalogue. */
function zodOf(content: Content | undefined): z.ZodType[] {
  return content === undefined || typeof content.schema === 'function' ? [] : [content.schema];
}
