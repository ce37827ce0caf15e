import type { KindDescription } from '@turno/contract';
import { type Catalogue, describeKind } from '@turno/kinds';
import { type FixedDocument, fixedDocument } from '../../http/response/fixed-document.ts';

/** The answers about kinds. The catalogue is what this process found at its start, so they are made once. */
export interface KindDocuments {
  descriptions: ReadonlyMap<string, KindDescription>;
  list: FixedDocument;
  byName: ReadonlyMap<string, FixedDocument>;
}

/** Describes every kind of the catalogue and serialises the answers. */
export function createKindDocuments(catalogue: Catalogue): KindDocuments {
  const descriptions = new Map([...catalogue].map(([name, entry]) => [name, describeKind(entry)]));
  return {
    descriptions,
    list: fixedDocument({ kinds: [...descriptions.values()] }),
    byName: new Map([...descriptions].map(([name, kind]) => [name, fixedDocument(kind)])),
  };
}

/** Private, since kinds may be a secret; a minute old is new enough. */
export const kindHeaders = { 'Cache-Control': 'private, max-age=60', Vary: 'Authorization, Accept-Encoding' };
