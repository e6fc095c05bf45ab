import { format, inspect } from 'node:util';
import { MAX_SECRET_BYTES, SecretValue } from '../../src/core/secret-value.js';

const TEXT = 'ghp_0123456789abcdef';
const bytes = (text: string) => new TextEncoder().encode(text);

describe('SecretValue', () => {
  it.each<[string, (value: SecretValue) => string]>([
    ['String()', (value) => String(value)],
    ['a template', (value) => `${value}`],
    ['adding', (value) => '' + (value as unknown as string)],
    ['joining', (value) => [value, value].join()],
    ['JSON', (value) => JSON.stringify({ value, list: [value] })],
    ['JSON of a map of its fields', (value) => JSON.stringify({ ...value }) + JSON.stringify(Object.entries(value))],
    ['inspect, all of it', (value) => inspect({ value }, { depth: Infinity, showHidden: true, getters: true })],
    ['inspect without its own say', (value) => inspect(value, { customInspect: false, showHidden: true, depth: Infinity })],
    ['console formats', (value) => format('%s %o %O %j %d', value, value, value, value, value)],
    ['an error', (value) => inspect(Object.assign(new Error(`bad ${value}`), { value }))],
    ['a clone', (value) => inspect(structuredClone({ ...value }))],
  ])('is not printed by %s', (_, print) => {
    const printed = print(SecretValue.ofText('t', TEXT));
    expect(printed).not.toContain(TEXT.slice(0, 6));
    expect(printed.length).toBeGreaterThan(0);
  });

  it('gives its text to who asks for it by name', () => {
    expect(SecretValue.ofText('t', TEXT).reveal()).toBe(TEXT);
  });

  it.each([[`${TEXT}\n`, TEXT], [`${TEXT}\r\n`, TEXT], [TEXT, TEXT], [`a\nb\n\n`, 'a\nb\n'], [' a ', ' a '], ['ä€\n', 'ä€']])('cuts one line end from bytes: %j', (given, kept) => {
    expect(SecretValue.ofBytes('t', bytes(given)).reveal()).toBe(kept);
  });

  it.each([['', 'empty'], ['\n', 'empty'], [' \n', 'empty'], ['x'.repeat(MAX_SECRET_BYTES + 1), 'longer than the 65,536 bytes'], [`${'€'.repeat(30_000)}`, 'longer than']])('refuses what cannot be a secret (%#)', (given, why) => {
    expect(() => SecretValue.ofBytes('token', bytes(given))).toThrow(expect.objectContaining({ code: 'SECRET_INVALID', message: expect.stringContaining(why) }));
  });

  it('takes as much as Secrets Manager does, and a line end besides', () => {
    expect(SecretValue.ofBytes('t', bytes(`${'x'.repeat(MAX_SECRET_BYTES)}\r\n`)).reveal()).toHaveLength(MAX_SECRET_BYTES);
  });

  it('refuses what is no text, without repeating it', () => {
    let thrown: unknown;
    try { SecretValue.ofBytes('token', Uint8Array.from([...bytes(TEXT), 0xff])); } catch (error) { thrown = error; }
    expect(thrown).toMatchObject({ code: 'SECRET_INVALID', message: expect.stringContaining('UTF-8') });
    expect(inspect(thrown, { depth: Infinity, showHidden: true })).not.toContain(TEXT);
  });

  it.each([
    [TEXT, `Value '${TEXT}' failed`, true], [TEXT, `starts with ${TEXT.slice(0, 8)}…`, true], [TEXT, `ends with ${TEXT.slice(-9)}`, true],
    [TEXT, 'the secret dlp/dev/ghp_012 was not found', false], ['abc', 'no abc', true], ['abc', 'no ab', false], ['"a\\b"long-enough', String.raw`\"a\\b\"long-enough`, true],
  ])('knows %j in %j: %s', (text, message, there) => {
    expect(SecretValue.ofText('t', text).appearsIn(message)).toBe(there);
  });
});
