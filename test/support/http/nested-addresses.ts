import fc from 'fast-check';

/** An address of a URL with the verdict that the way of its making implies. */
export interface NestedAddress {
  host: string;
  isPublic: boolean;
}

interface Part {
  words: number[];
  isPublic: boolean;
}

const byte = fc.integer({ min: 0, max: 255 });
const word = fc.integer({ min: 0, max: 0xffff });

/** The first bytes of private ranges and of public networks; the rest is random. */
const privateHeads = [
  [0],
  [10],
  [127],
  [169, 254],
  [172, 16],
  [172, 31],
  [192, 168],
  [100, 64],
  [198, 18],
  [224],
  [255],
];
const publicHeads = [[1], [8], [9], [11], [100, 63], [126], [172, 15], [172, 32], [192, 167], [223]];

const ofHeads = (heads: number[][], isPublic: boolean) =>
  fc.tuple(fc.constantFrom(...heads), byte, byte, byte).map(([head, ...rest]): Part => {
    const bytes = [...head, ...rest];
    const [a, b, c, d] = bytes as [number, number, number, number];
    return { words: [a * 256 + b, c * 256 + d], isPublic };
  });
const ipv4 = fc.oneof(ofHeads(privateHeads, false), ofHeads(publicHeads, true));

const publicNets = fc.tuple(fc.constantFrom(0x2606, 0x2a00, 0x2400, 0x2c0f), word, word, word);
const privateNets = fc.tuple(fc.constantFrom(0xfd00, 0xfc12, 0xfe80, 0xff02, 0x4000, 0x100, 0), word, word, word);
const net = fc.oneof(
  publicNets.map((words): Part => ({ words: [...words], isPublic: true })),
  privateNets.map((words): Part => ({ words: [...words], isPublic: false })),
  fc.tuple(ipv4, word).map(([{ words, isPublic }, subnet]): Part => ({ words: [0x2002, ...words, subnet], isPublic })),
  fc.tuple(ipv4, word).map(([{ words }]): Part => ({ words: [0x2001, 0, ...words], isPublic: false })), // Teredo
);
const isatap = fc.tuple(net, fc.constantFrom(0, 0x100, 0x200, 0x300), ipv4).map(([outer, flags, inner]): Part => ({
  words: [...outer.words, flags, 0x5efe, ...inner.words],
  isPublic: outer.isPublic && inner.isPublic,
}));
const plain = fc.tuple(net, fc.array(word, { minLength: 4, maxLength: 4 })).map(([outer, rest]): Part => {
  const [, second] = rest; // not by chance an ISATAP address
  return { words: [...outer.words, ...(second === 0x5efe ? [0, 0, 0, 1] : rest)], isPublic: outer.isPublic };
});
const underZeros = (head: number[], isOpen: boolean) =>
  ipv4.map(({ words, isPublic }): Part => ({ words: [...head, ...words], isPublic: isOpen && isPublic }));

/** Addresses of IPv6 that contain up to two of IPv4, each private or public, in the forms that gateways unwrap. */
export const nestedAddress = fc
  .oneof(
    isatap,
    plain,
    underZeros([0, 0, 0, 0, 0, 0xffff], true), // mapped
    underZeros([0x64, 0xff9b, 0, 0, 0, 0], true), // NAT64
    underZeros([0, 0, 0, 0, 0, 0], false), // compatible
    underZeros([0, 0, 0, 0, 0xffff, 0], false), // translated
    fc.tuple(word, word, word).chain((middle) => underZeros([0x64, 0xff9b, 1, ...middle], false)), // local NAT64
  )
  .map(({ words, isPublic }): NestedAddress => ({
    host: `[${words.map((value) => value.toString(16)).join(':')}]`,
    isPublic,
  }));
