import { changedStacks, dataAtRisk, movedOn, planStack, readersOf, type Plan, type StackComparison, type StackPlan, type TemplateDifference } from '../../src/core/plan.js';
import { conditionOf, isSound } from '../../src/core/stack-state.js';
import { deployed, synthesized } from '../support/fake-lake.js';

const VPC = synthesized('Vpc');
const SOMETHING: TemplateDifference = { resources: [{ logicalId: 'A', path: 'A', type: 'AWS::X::Y', action: 'update', properties: ['Size'] }], outputs: [], widening: [], other: [] };
const compare = (extra: Partial<StackComparison>): StackPlan => planStack({ synthesized: VPC, deployed: undefined, difference: undefined, fingerprints: { deployed: null, proposed: 'p' }, ...extra });
const plan = (...stacks: StackPlan[]): Plan => ({ version: 1, environment: 'dev', account: '1', region: 'r', stacks, leftover: [] });

describe('planStack', () => {
  it.each([
    [undefined, 'create'], ['REVIEW_IN_PROGRESS', 'create'],
    ['ROLLBACK_COMPLETE', 'recreate'], ['CREATE_FAILED', 'recreate'], ['ROLLBACK_FAILED', 'recreate'],
    ['UPDATE_ROLLBACK_FAILED', 'update'], ['UPDATE_FAILED', 'update'],
    ['CREATE_COMPLETE', 'unchanged'], ['UPDATE_ROLLBACK_COMPLETE', 'unchanged'],
  ])('a stack in %s without a difference: %s', (status, action) => {
    expect(compare({ deployed: status ? deployed(VPC, { status }) : undefined }).action).toBe(action);
  });

  it('a difference, a tag or the protection alone are a change', () => {
    expect(compare({ deployed: deployed(VPC), difference: SOMETHING }).action).toBe('update');
    expect(compare({ deployed: deployed(VPC, { tags: { Owner: 'me' } }) })).toMatchObject({ action: 'update', settings: ['tag Owner: me → none'] });
    expect(compare({ deployed: deployed(VPC, { terminationProtection: true }) })).toMatchObject({ action: 'update', settings: ['termination protection: on → off'] });
  });

  it('says what must come before', () => {
    expect(compare({ deployed: deployed(VPC, { status: 'ROLLBACK_COMPLETE' }) }).remarks).toEqual([expect.stringContaining('deleted first')]);
    expect(compare({ deployed: deployed(VPC, { status: 'UPDATE_ROLLBACK_FAILED' }) }).remarks).toEqual([expect.stringContaining('rollback is finished first')]);
  });
});

it('knows which of the changed resources hold data', () => {
  const change = (type: string, action: 'update' | 'replace' | 'delete' | 'orphan' | 'may-replace') => ({ logicalId: `${type}${action}`, path: '', type, action, properties: [] });
  const stack = compare({ deployed: deployed(VPC), difference: { ...SOMETHING, resources: [
    change('AWS::S3::Bucket', 'update'), change('AWS::S3::Bucket', 'delete'), change('AWS::RDS::DBInstance', 'replace'), change('AWS::KMS::Key', 'may-replace'),
    change('AWS::Logs::LogGroup', 'orphan'), change('AWS::Lambda::Function', 'replace'),
  ] } });
  expect(dataAtRisk(stack).map((one) => one.action)).toEqual(['delete', 'replace', 'may-replace', 'orphan']);
});

describe('movedOn', () => {
  const base = compare({ fingerprints: { deployed: 'd', proposed: 'p' } });
  it('is nothing when the same was seen', () => expect(movedOn(plan(base), plan({ ...base, action: 'update' }))).toEqual([]));
  it.each([
    ['the account', { ...base, deployed: 'other' }, /was changed in the account/],
    ['the account, where nothing was', { ...base, deployed: null }, /was changed in the account/],
    ['the code', { ...base, proposed: 'other' }, /the code of .* has changed/],
  ])('tells that %s has changed', (_what, now, text) => expect(movedOn(plan(base), plan(now))).toEqual([expect.stringMatching(text)]));
  it('tells stacks that came or went, and another place', () => {
    expect(movedOn(plan(base), plan())).toEqual([expect.stringContaining('no longer in the code')]);
    expect(movedOn(plan(), plan(base))).toEqual([expect.stringContaining('new in the code')]);
    expect(movedOn(plan(), { ...plan(), account: '2' })).toEqual(['account was 1, is 2']);
  });
});

it('lists what changes and leaves out what does not', () => {
  expect(changedStacks(plan(compare({}), compare({ deployed: deployed(VPC) }))).map((stack) => stack.action)).toEqual(['create']);
});

it('finds the readers of an output, however deep the reference is', () => {
  const reader = synthesized('Glue', { template: { Resources: { A: { P: [{ 'Fn::Join': ['', ['x', { 'Fn::GetStackOutput': { StackName: VPC.name, OutputName: 'VpcId' } }]] }] } } } });
  expect(readersOf(new Map([[VPC.name, new Set(['VpcId'])]]), [VPC, reader])).toEqual([reader]);
  expect(readersOf(new Map([[VPC.name, new Set(['Other'])]]), [VPC, reader])).toEqual([]);
});

it('knows what a status means', () => {
  expect(['UPDATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'REVIEW_IN_PROGRESS', 'DELETE_FAILED', 'IMPORT_COMPLETE'].map(conditionOf)).toEqual(['busy', 'busy', 'busy', 'empty', 'stuck', 'ready']);
  expect(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'ROLLBACK_COMPLETE'].map(isSound)).toEqual([true, true, false, false]);
});
