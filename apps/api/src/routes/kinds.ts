import { Problem } from '@turno/contract';
import { describeKind, type Catalogue } from '@turno/kinds';
import { requireScope, type Authenticate } from '../authenticate.ts';
import { answerFixed, fixedDocument } from '../http/response/fixed-document.ts';
import type { Route } from '../http/route.ts';

/** The catalogue is what this process found at its start, so its answers are made once. A minute old is new enough. */
const headers = { 'Cache-Control': 'private, max-age=60', Vary: 'Authorization, Accept-Encoding' };

export function kindRoutes({ authenticate, catalogue }: { authenticate: Authenticate; catalogue: Catalogue }): Route[] {
  const described = [...catalogue.values()].map(describeKind);
  const all = fixedDocument({ kinds: described });
  const byName = new Map(described.map((kind) => [kind.name, fixedDocument(kind)]));
  return [
    {
      path: '/v1/kinds',
      get: requireScope(authenticate, 'jobs:read', (_caller, req, res) => {
        answerFixed(req, res, { document: all, headers });
      }),
    },
    {
      path: '/v1/kinds/:kind',
      get: requireScope(authenticate, 'jobs:read', (_caller, req, res) => {
        const document = byName.get(String(req.params['kind']));
        if (document === undefined) throw new Problem('unknown-kind', { detail: 'GET /v1/kinds lists them.' });
        answerFixed(req, res, { document, headers });
      }),
    },
  ];
}
