/** Values of the file server that no installation needs to change, as shipped. */
export const filesConstants = {
  transfer: {
    /** Connections at a time; further ones wait. */
    connectionsMax: 1_000,
    /** A connection without a byte for this time is closed. */
    stallMs: 60_000,
  },
};
