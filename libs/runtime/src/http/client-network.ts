import ipaddr from 'ipaddr.js';

/**
 * An address in the form in which addresses are counted. IPv4, also when mapped into IPv6, counts by itself; of IPv6 the first 64 bits,
 * since a single customer has all addresses behind them. A port is dropped. Undefined for what is no address.
 */
export function countedAddress(text: string): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return bare;
  if (!ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  const front = new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0]);
  return `${front.toString()}/64`;
}
