import { describeKind, type Catalogue } from '@turno/kinds';
import { kindSchemas } from './kind-schemas.ts';
import { withConditions } from './conditions.ts';
import { headers, parameters } from './parts.ts';
import { apiPaths } from './paths.ts';
import { withRateLimits } from './rate-limit-headers.ts';
import { componentSchemas, schemasInUse, type JsonSchema } from './schemas.ts';

/**
 * The OpenAPI 3.1 document of this API, made from the very schemas that requests are parsed with and answers are typed by,
 * and from the catalogue of this process.
 */
export function describeApi(catalogue: Catalogue, schemas = schemasInUse): JsonSchema {
  const kinds = [...catalogue.values()].map(describeKind);
  const common = componentSchemas(schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Turno',
      version: '1',
      description: 'Submit work, get a ticket at once, collect the result. Errors are RFC 9457 problem documents.',
    },
    servers: [{ url: '/', description: 'Where this document came from' }],
    security: [{ key: [] }],
    paths: tagged(withRateLimits(withConditions(apiPaths(kinds)))),
    components: {
      schemas: { ...common, ...kindSchemas(kinds, common['SubmitRequest'] ?? {}) },
      parameters,
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

/** Groups the operations by what they are about: the first part of the path below the version. */
function tagged(paths: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => {
      const tags = [path.startsWith('/v1/') ? (path.split('/')[2] ?? '') : 'service'];
      const entries = Object.entries(operations).map(([method, operation]) => [
        method,
        { tags, ...(operation as JsonSchema) },
      ]);
      return [path, Object.fromEntries(entries) as JsonSchema];
    }),
  );
}
