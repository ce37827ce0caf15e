import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const sixToFour = ipaddr.IPv6.parseCIDR('2002::/16');
/** Azure's host agent: a public address that every virtual machine there reaches as its own metadata service. */
const publicMetadata = '168.63.129.16';

/**
 * Returns the addresses that a packet to this address may reach, all of which must be allowed.
 * A gateway unwraps a mapped, NAT64 or 6to4 address; the router of an ISATAP network unwraps one of any prefix, also
 * of a 6to4 prefix. Compatible and Teredo addresses, and the NAT64 prefixes for local use (RFC 8215), stay whole: no
 * public host has one.
 */
export function reachableFrom(text: string): Address[] {
  const address = ipaddr.parse(text);
  if (!isV6(address)) return [address];
  if (address.isIPv4MappedAddress()) return [address.toIPv4Address()];
  const bytes = address.toByteArray();
  if (address.match(nat64)) return [new ipaddr.IPv4(bytes.slice(12))];
  const outer = address.match(sixToFour) ? new ipaddr.IPv4(bytes.slice(2, 6)) : address;
  return isIsatap(bytes) ? [outer, new ipaddr.IPv4(bytes.slice(12))] : [outer];
}

/**
 * Returns true for an address of the public internet.
 * Private, loopback, link-local, carrier NAT, multicast, reserved and cloud metadata addresses are not public.
 */
export function isPublic(address: Address): boolean {
  if (address.toString() === publicMetadata || address.range() !== 'unicast') return false;
  // ipaddr.js calls every unknown address unicast, such as ::127.0.0.1; only 2000::/3 is allocated (RFC 4291).
  return !isV6(address) || address.match(globalUnicast);
}

/** An ISATAP address of any network: its last 64 bits begin with 0000:5EFE, whatever the bits u and g (RFC 5214). */
function isIsatap(bytes: number[]): boolean {
  const [first = 0, second, third, fourth] = bytes.slice(8);
  return (first & ~3) === 0 && second === 0 && third === 0x5e && fourth === 0xfe;
}

function isV6(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}
