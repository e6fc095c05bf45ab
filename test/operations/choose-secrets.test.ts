import { chooseSecrets, type SecretFlags } from '../../src/operations/choose-secrets.js';
import { environment } from '../support/fakes.js';

const dev = environment('dev', { secrets: { 'github-token': { description: 'a' }, 'slack-webhook': { description: 'b' } } });
const none: SecretFlags = { check: false, rotate: undefined, fromStdin: [], fromFile: [], rest: [] };
const choose = (flags: Partial<SecretFlags>, env = dev) => chooseSecrets(env, { ...none, ...flags });

describe('chooseSecrets', () => {
  it('asks a person for each that is declared, when no input is named', () => {
    expect(choose({})).toEqual([{ name: 'github-token', source: { from: 'person' }, required: false }, { name: 'slack-webhook', source: { from: 'person' }, required: false }]);
    expect(choose({}, environment('dev'))).toEqual([]);
  });

  it('takes only what is named', () => {
    expect(choose({ fromStdin: ['slack-webhook'] })).toEqual([{ name: 'slack-webhook', source: { from: 'stdin' }, required: true }]);
    expect(choose({ fromStdin: ['slack-webhook'], fromFile: ['github-token=a=b'] })).toEqual([
      { name: 'slack-webhook', source: { from: 'stdin' }, required: true }, { name: 'github-token', source: { from: 'file', path: 'a=b' }, required: true },
    ]);
  });

  it('rotates one, from wherever', () => {
    expect(choose({ rotate: 'slack-webhook' })).toEqual([{ name: 'slack-webhook', source: { from: 'person' }, required: true }]);
    expect(choose({ rotate: 'slack-webhook', fromStdin: ['slack-webhook'] })).toEqual([{ name: 'slack-webhook', source: { from: 'stdin' }, required: true }]);
    expect(choose({ rotate: 'slack-webhook', fromFile: ['slack-webhook=f'] })).toEqual([{ name: 'slack-webhook', source: { from: 'file', path: 'f' }, required: true }]);
  });

  it('only looks with --check', () => {
    expect(choose({ check: true })).toEqual([]);
  });

  it.each<[string, Partial<SecretFlags>, string]>([
    ['a word that belongs to no flag', { rest: ['hunter2'] }, 'FLAG_INVALID'],
    ['--check with a value', { check: true, fromStdin: ['github-token'] }, 'FLAG_INVALID'],
    ['--check with --rotate', { check: true, rotate: 'github-token' }, 'FLAG_INVALID'],
    ['two values on standard input', { fromStdin: ['github-token', 'slack-webhook'] }, 'FLAG_INVALID'],
    ['two values for one secret', { fromStdin: ['github-token'], fromFile: ['github-token=f'] }, 'FLAG_INVALID'],
    ['one secret from two files', { fromFile: ['github-token=f', 'github-token=g'] }, 'FLAG_INVALID'],
    ['a value for another than the one to rotate', { rotate: 'github-token', fromStdin: ['slack-webhook'] }, 'FLAG_INVALID'],
    ['a file without a name', { fromFile: ['=hunter2'] }, 'FLAG_INVALID'],
    ['a file without a path', { fromFile: ['hunter2='] }, 'FLAG_INVALID'],
    ['a name that is not declared', { fromStdin: ['hunter2'] }, 'SECRET_UNKNOWN'],
    ['a name that is not declared, to rotate', { rotate: 'hunter2' }, 'SECRET_UNKNOWN'],
    ['a name that is not declared, from a file', { fromFile: ['hunter2=hunter2'] }, 'SECRET_UNKNOWN'],
    ['a name of Object', { rotate: 'constructor' }, 'SECRET_UNKNOWN'],
  ])('refuses %s, and repeats nothing that may be a value', (_, flags, code) => {
    expect(() => choose(flags)).toThrow(expect.objectContaining({ code, exitCode: 2, message: expect.not.stringContaining('hunter2'), hint: expect.not.stringContaining('hunter2') }));
  });

  it('says what was probably meant', () => {
    expect(() => choose({ rotate: 'github-tokn' })).toThrow(expect.objectContaining({ message: expect.stringContaining('"github-tokn"'), hint: expect.stringContaining('did you mean github-token?') }));
    expect(() => choose({ rotate: 'x' }, environment('dev'))).toThrow(expect.objectContaining({ hint: expect.stringContaining('environments.dev.secrets') }));
  });
});
