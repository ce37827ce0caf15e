/** Words that no name of the code contains any more, with the term of docs/glossary.md that replaced each. */
export const retiredWords: Readonly<Record<string, string>> = {
  'admit admits admitted': 'reserve',
  'announce announces announced announcement announcements': 'publish, broadcast',
  'attention attentions': 'job watcher',
  beaten: 'conflict',
  'bell bells': 'wakeup',
  'exchange exchanges': 'request context, send request',
  'gather gathers gathered gathering': 'index for search, collect',
  'heal heals healed healing': 'redispatch',
  'hear hears heard hearing unheard': 'subscribe, listen, receive',
  'held holding': 'blocked (jobs), leased (buckets), unsaved (results), pending',
  'joined joiner': 'coalesced',
  'keeper keepers keeping': 'supervisor, maintenance',
  kept: 'stored, unsaved (results)',
  'memo memos': 'reusable result',
  'patience patient shortTimeout': 'timeout',
  'places rooms room roomy': 'slots, capacity',
  'recheck rechecks': 'poll versions',
  'standing standings': 'rate limit status',
  'stray strays': 'orphaned claim',
  surroundings: 'preflight, environment',
  'sweep sweeps sweeper': 'maintenance task',
  'tell tells telling told untold': 'publish, add receiver, report',
  turns: 'fair share',
  unclear: 'ambiguous',
};

/** Phrases that no name contains: their words in this order, however they are joined. */
export const retiredPhrases: Readonly<Record<string, string>> = {
  'answer within': 'request timeout',
  'at most': 'with timeout',
  'check surroundings': 'preflight',
  'create group': 'create batcher',
  'cut dead': 'connection watchdog',
  'dead links': 'connection watchdog',
  'end at once': 'end immediately',
  'end together': 'cork writes',
  'first tenant': 'operator tenant',
  'front door': 'rate limit',
  'hold open': 'long poll',
  'in time': 'request timeout',
  'is let in': 'is key valid',
  'keep lease': 'renew lease',
  'keep schedules': 'run due schedules',
  'let go': 'release',
  'refuse conditions': 'reject preconditions',
  'refuse malformed': 'reject malformed',
  'say greeting': 'send startup packet',
  'settle submission': 'commit submission',
  'shared work': 'reusable result',
  'turn sizes': 'lane counts',
};

/** Whole names that are retired though their words are in use. */
export const retiredNames: Readonly<Record<string, string>> = {
  identify: 'authenticate',
  Line: 'Lane',
  Rest: 'DutyCycle',
  within: 'withTimeout',
};

/** Names on the wire, which do not change. */
export const wireNames: readonly string[] = ['first-tenant'];
