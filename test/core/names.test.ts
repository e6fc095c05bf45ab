import { toDlpError } from '../../src/core/known-errors.js';
import { DlpError, ERRORS, EXIT_CODES } from '../../src/core/errors.js';
import { jobTitle } from '../../src/core/job.js';
import { jobStackShortName, stackId, stackName } from '../../src/core/names.js';
import { selectStacks, shortName, withDependencies } from '../../src/core/select-stacks.js';

describe('names', () => {
  it('are the seed\'s', () => {
    expect(stackId({ title: 'Dev' }, 'S3BucketZones')).toBe('DevDataLakeInfrastructureS3BucketZones');
    expect(stackName({ title: 'Dev' }, 'Vpc')).toBe('Dev-DataLakeInfrastructureVpc');
    expect(jobStackShortName('daily_orders')).toBe('EtlDailyOrders');
    expect(jobTitle('a__b')).toBe('AB');
  });
});

describe('selectStacks', () => {
  const stacks = ['Vpc', 'S3BucketZones', 'EtlOrders', 'EtlItems'].map((s) => ({ id: `Dev/${stackId({ title: 'Dev' }, s)}`, name: stackName({ title: 'Dev' }, s), dependencies: [] }));
  const names = (patterns: string[]) => selectStacks(stacks, patterns).map((s) => shortName(s.name));

  it('takes all without a pattern', () => expect(names([])).toHaveLength(4));
  it.each([
    ['Vpc'], ['vpc'], ['Dev/DevDataLakeInfrastructureVpc'], ['Dev-DataLakeInfrastructureVpc'],
  ])('knows a stack by %s', (pattern) => expect(names([pattern])).toEqual(['Vpc']));
  it('matches globs and keeps the order of deployment', () => expect(names(['Etl*', 'V?c'])).toEqual(['Vpc', 'EtlOrders', 'EtlItems']));
  it('does not take a part of a name for the name', () => expect(() => names(['Bucket'])).toThrow(expect.objectContaining({ code: 'STACK_UNKNOWN' })));
  it('takes a dot literally', () => expect(() => names(['V.c'])).toThrow(DlpError));
});

describe('withDependencies', () => {
  const stack = (id: string, ...dependencies: string[]) => ({ id, name: id, dependencies });
  it('adds what the chosen stacks stand on, however deep, and nothing else', () => {
    const all = [stack('a'), stack('b', 'a'), stack('c', 'b'), stack('d', 'a')];
    expect(withDependencies(all, [all[2]!]).map((s) => s.id)).toEqual(['a', 'b', 'c']);
  });
});

describe('errors', () => {
  it.each(Object.entries(ERRORS))('%s has the exit code of its kind in both places that oclif reads', (code, row) => {
    const error = new DlpError(code as keyof typeof ERRORS, 'x');
    expect(error.exitCode).toBe(EXIT_CODES[row.kind]);
    expect(error.oclif.exit).toBe(EXIT_CODES[row.kind]);
    expect(row.about).toMatch(/^[^A-Z]|^(AWS|CDK|Java|Node)/);
  });

  it('finds a known error below wrappers, by name', () => {
    const inner = Object.assign(new Error('no'), { name: 'ExpiredTokenException', $metadata: {} });
    expect(toDlpError(new Error('outer', { cause: inner }))).toMatchObject({ code: 'CREDENTIALS_MISSING', exitCode: 3, message: 'ExpiredTokenException: no' });
  });
  it('maps an error of any AWS client to the kind aws', () => {
    expect(toDlpError(Object.assign(new Error('too big'), { name: 'InvalidThing', $metadata: {} }))).toMatchObject({ code: 'AWS_ERROR', message: 'InvalidThing: too big' });
  });
  it('tells a local cloud that is down from an endpoint that cannot be reached', () => {
    const refused = (address: string) => toDlpError(Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address, port: 4566 }));
    expect(refused('127.0.0.1')).toMatchObject({ code: 'LOCAL_CLOUD_DOWN', exitCode: 2, message: 'nothing answers on 127.0.0.1:4566' });
    expect(refused('10.0.0.1')).toMatchObject({ code: 'CLOUD_UNREACHABLE', exitCode: 3 });
  });
  it('says what a parser says in one plain line', () => {
    const parse = Object.assign(new Error('The following error occurred:\n  Missing required flag env\nSee more help with --help'), { parse: {} });
    expect(toDlpError(parse)).toMatchObject({ code: 'FLAG_INVALID', message: 'Missing required flag env' });
  });
  it('passes our own errors through', () => {
    const own = new DlpError('JOB_EXISTS', 'there');
    expect(toDlpError(own)).toBe(own);
  });
  it('calls anything else a bug and keeps the cause', () => {
    const cause = new TypeError('x is not a function');
    const error = toDlpError(cause);
    expect(error).toMatchObject({ code: 'UNEXPECTED', exitCode: 70 });
    expect(error.cause).toBe(cause);
  });
});
