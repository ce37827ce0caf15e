/** This machine cannot do it. */
export class Skipped extends Error {}
