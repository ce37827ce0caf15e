import ipaddr from 'ipaddr.js';

/**
 * Returns the network by which a client address is rate limited.
 * Returns undefined when `text` is not an IP address. An IPv4 address, mapped into IPv6 or not, stands for itself; an
 * IPv6 address for its first 64 bits, since one customer owns all addresses behind them. A port is dropped.
 */
export function toClientNetwork(text: string): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return bare;
  if (!ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  const network = new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0]);
  return `${network.toString()}/64`;
}
