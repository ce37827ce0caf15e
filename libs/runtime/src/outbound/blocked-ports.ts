/** The ports that browsers block: each belongs to a protocol other than HTTP (Fetch standard, "port blocking"). */
const ofOtherProtocols: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * The ports of databases, caches, brokers and of remote control, whose servers take commands from an HTTP request or
 * answer it with data. Ports on which web servers are common (8000, 9000) are not among them, and none from 32768 to
 * 60999: Linux gives these to any program.
 */
const ofStores: ReadonlySet<number> = new Set([
  // SQL databases and their poolers
  1433, 1434, 1521, 3050, 3306, 5432, 5433, 5439, 6432, 26257,
  // Redis, its cluster and Sentinel, memcached
  6379, 6380, 16379, 26379, 11210, 11211,
  // documents, graphs, search
  5984, 7474, 7687, 8529, 9042, 9160, 9200, 9300, 27017, 27018, 27019, 28017,
  // ZooKeeper, etcd, Consul
  2181, 2379, 2380, 8500,
  // brokers
  1883, 4222, 4369, 5671, 5672, 8883, 9092, 11300, 15672, 25672, 61613, 61616,
  // remote control
  445, 623, 873, 2375, 2376, 2377, 3260, 3268, 3389, 5900, 5985, 5986, 6443, 9418, 10250, 10255,
]);

/** Returns true for the port of a store or of remote control. */
export function isStorePort(port: number): boolean {
  return ofStores.has(port);
}

/** Returns true for a port that no web server uses. */
export function isBlockedPort(port: number): boolean {
  return ofOtherProtocols.has(port) || ofStores.has(port);
}
