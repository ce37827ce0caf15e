import { Problem } from '@turno/contract';
import { describe, expect, test } from 'vitest';
import { jsonDepthMax, parseStrictJson } from '../../apps/api/src/http/request/strict-json.ts';

const refusalOf = (body: string | Buffer): string => {
  try {
    parseStrictJson(Buffer.from(body));
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid-json') return error.message;
    throw error;
  }
  return 'accepted';
};

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const nestedObjects = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);

describe('A body that is not acceptable JSON is rejected with the reason and the place', () => {
  test.each([
    ['nothing', '', 'the body is empty'],
    ['text', 'hello', 'is not valid JSON'],
    ['half a document', '{"a":', 'JSON'],
    ['two documents', '{}{}', 'JSON'],
    ['a trailing comma', '[1,]', 'JSON'],
    ['NaN', '{"a":NaN}', 'JSON'],
    ['a comment', '{/**/}', 'JSON'],
    ['single quotes', "{'a':1}", 'JSON'],
    ['a raw NUL', '"a\u0000b"', 'JSON'],
    ['a byte order mark', '\uFEFF{}', 'byte order mark'],
    ['A body that is not UTF-8 is answered 400', Buffer.from([0x22, 0xff, 0x22]), 'not valid UTF-8'],
    ['a surrogate as three bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'not valid UTF-8'],
    ['33 levels of arrays', nested(33), 'deeper than 32'],
    ['33 levels of objects', nestedObjects(33), 'deeper than 32'],
    ['a million levels', nested(1_000_000), 'deeper than 32'],
    ['levels behind a string with brackets and quotes', `["\\"]]]]", ${nested(32)}]`, 'deeper than 32'],
    ['__proto__', '{"a":[{"__proto__":{}}]}', '/a/0/__proto__ is a key that is not allowed'],
    ['__proto__ in escapes', String.raw`{"\u005f_proto__":1}`, '/__proto__ is a key'],
    ['constructor', '{"constructor":{"prototype":{}}}', '/constructor is a key'],
    ['prototype', '{"input":{"prototype":1}}', '/input/prototype is a key'],
    ['NUL in a string', String.raw`{"a":{"b":"x\u0000"}}`, '/a/b contains NUL'],
    ['NUL in a key', String.raw`{"a":{"\u0000":1}}`, '/a has a key that contains NUL'],
    ['a lone high surrogate', String.raw`["\ud800"]`, '/0 contains half of a surrogate pair'],
    ['a lone low surrogate', String.raw`["a\udc00b"]`, '/0 contains half'],
    ['surrogates in the wrong order', String.raw`["\udc00\ud800"]`, '/0 contains half'],
    ['a lone surrogate in a key', String.raw`{"\ud800":1}`, 'the document has a key that contains half'],
    ['an infinite number', '{"n":1e400}', '/n is a number too large to be finite'],
    ['an infinite negative number', '[-1e999]', '/0 is a number too large'],
    ['2^53', '{"a/b":{"~":9007199254740992}}', '/a~1b/~0 is an integer beyond'],
    ['-2^53', '-9007199254740992', 'the document is an integer beyond'],
    ['2^53 + 1, which a double cannot tell', '[[9007199254740993]]', '/0/0 is an integer beyond'],
    ['1e300', '[1e300]', '/0 is an integer beyond'],
  ])('A body is rejected with the reason: %s', (_what, body, reason) => {
    expect(refusalOf(body)).toContain(reason);
  });
});

describe('All other JSON is parsed unchanged', () => {
  test.each([
    nested(jsonDepthMax),
    nestedObjects(jsonDepthMax),
    '"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
    '9007199254740991',
    '-9007199254740991',
    '0.1',
    '1e-400',
    '-0.0',
    'null',
    '"👍 é \u2028"',
    String.raw`"\ud83d\udc4d \\ud800 \" \\"`,
    '{"__proto":1,"proto__":2,"hasOwnProperty":3,"toString":4,"":5}',
    ' \t\r\n[1 , {"a" : false}]\n',
  ])('A valid body is parsed unchanged: %s', (body) => {
    expect(parseStrictJson(Buffer.from(body))).toEqual(JSON.parse(body));
  });
});

test('The depth is checked before two megabytes of brackets are parsed', () => {
  expect(refusalOf('['.repeat(2_000_000))).toContain('deeper than 32');
});
