import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const sixToFour = ipaddr.IPv6.parseCIDR('2002::/16');
/** Azure's host agent: a public address that every virtual machine there reaches as its own metadata service. */
const publicMetadata = '168.63.129.16';

/**
 * Returns true for an address of the public internet.
 * Private, loopback, link-local, carrier NAT, multicast, reserved and cloud metadata addresses are not public, also
 * when wrapped in an IPv6 address.
 */
export function isPublicAddress(text: string): boolean {
  const address = unwrap(ipaddr.parse(text));
  if (address.toString() === publicMetadata || address.range() !== 'unicast') return false;
  // ipaddr.js calls every unknown address unicast, such as ::127.0.0.1; only 2000::/3 is allocated (RFC 4291).
  return !isV6(address) || address.match(globalUnicast);
}

/** Returns the IPv4 address inside a mapped, NAT64, 6to4 or ISATAP address, and every other address unchanged. */
export function unwrap(address: Address): Address {
  if (!isV6(address)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  if (address.match(nat64)) return new ipaddr.IPv4(bytes.slice(12));
  if (address.match(sixToFour)) return new ipaddr.IPv4(bytes.slice(2, 6));
  if (isIsatap(bytes)) return new ipaddr.IPv4(bytes.slice(12));
  return address;
}

/** An ISATAP address of any network: its last 64 bits begin with 00-00-5E-FE or 02-00-5E-FE (RFC 5214, section 6.1). */
function isIsatap(bytes: number[]): boolean {
  const [first = 0, second, third, fourth] = bytes.slice(8);
  return (first & ~2) === 0 && second === 0 && third === 0x5e && fourth === 0xfe;
}

function isV6(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}
