import type { Catalogue } from '@turno/kinds';
import { type FixedDocument, fixedDocument } from '../http/response/fixed-document.ts';
import { operations } from '../operations/index.ts';
import { createKindDocuments, type KindDocuments } from '../operations/kinds/kind-documents.ts';
import { describeApi } from '../openapi/describe-api.ts';

export interface Documents {
  kindDocuments: KindDocuments;
  apiDocument: FixedDocument;
}

/** Makes the answers that depend on the catalogue alone: the kinds and the OpenAPI document. */
export function createDocuments(catalogue: Catalogue): Documents {
  const kindDocuments = createKindDocuments(catalogue);
  const apiDocument = fixedDocument(describeApi(operations, [...kindDocuments.descriptions.values()]));
  return { kindDocuments, apiDocument };
}
