// What the judges found is counted raw: nothing that was acknowledged disappears from the sums.
import { expect, test } from '@jest/globals';
import { distinct, inOrder, render, summarize, total } from '../../scripts/judging/report.mjs';
import { isAcknowledged, withoutSilencers } from '../../scripts/judging/templates.mjs';

const finding = (rule: string, more: object = {}) => ({ rule, level: 'error', environment: 'dev', stack: 'Vpc', resource: 'A', text: `breaks ${rule}`, acknowledged: false, ...more });
const verdict = (...findings: object[]) => ({ judge: 'strict', version: '1.0', checks: 7, unit: 'checks', findings });

test('acknowledged findings are counted with the others and told apart; info is not counted', () => {
  const summary = summarize(verdict(finding('A1'), finding('A1', { acknowledged: true }), finding('W1', { level: 'warning', acknowledged: true }), finding('I1', { level: 'info', acknowledged: true })), 6);
  expect(summary).toEqual({ judge: 'strict', version: '1.0', checks: 7, unit: 'checks', errors: 2, warnings: 1, infos: 1, failedPerResource: 0.5, acknowledged: 2 });
  expect(total([summary, summary])).toBe(6);
});

test('a rule is one line, which names what nobody has acknowledged', () => {
  const [row, ...others] = distinct([verdict(finding('A1', { acknowledged: true }), finding('A1', { stack: 'Api', resource: 'B' }))]);
  expect(row).toEqual({ judge: 'strict', rule: 'A1', level: 'error', count: 2, acknowledged: 1, first: 'dev Api B', text: 'breaks A1' });
  expect(others).toEqual([]);
});

test('two runs that find the same are the same', () => {
  const templates = [{ environment: 'dev', stack: 'Vpc' }, { environment: 'dev', stack: 'Api' }, { environment: 'prod', stack: 'Vpc' }];
  const found = [finding('B'), finding('A'), finding('A', { environment: 'prod' }), finding('A', { stack: 'Api' })];
  const order = (findings: object[]) => inOrder(verdict(...findings), templates).findings.map((f: ReturnType<typeof finding>) => `${f.environment} ${f.stack} ${f.rule}`);
  expect(order(found)).toEqual(['dev Vpc A', 'dev Vpc B', 'dev Api A', 'prod Vpc A']);
  expect(order(found.toReversed())).toEqual(order(found));
});

test('without findings it says so', () => {
  const summaries = [summarize(verdict(), 6)];
  expect(render({ environments: ['dev'], templates: 1, resources: 6, summaries, findings: [] })).toMatch(/no findings$/);
});

test('a template is judged as if it had told no judge to look away', () => {
  const template = withoutSilencers({
    Metadata: { 'cfn-lint': { config: { ignore_checks: ['W1'] } } },
    Resources: {
      A: { Type: 'T', Metadata: { checkov: { skip: [{ id: 'CKV_1', comment: 'why' }] }, 'aws:cdk:path': 'x' } },
      B: { Type: 'T', Metadata: { cdk_nag: { rules_to_suppress: [{ id: 'N1', reason: 'because' }] } } },
    },
  });
  expect(template.template).toEqual({ Resources: { A: { Type: 'T', Metadata: { 'aws:cdk:path': 'x' } }, B: { Type: 'T' } } });
  expect(isAcknowledged(template, { rule: 'CKV_1', resource: 'A' })).toBe(true);
  expect(isAcknowledged(template, { rule: 'CKV_1', resource: 'B' })).toBe(false);
  expect(isAcknowledged(template, { rule: 'W1', resource: 'B' })).toBe(true);
  expect(isAcknowledged(template, { rule: 'N1', resource: 'B' })).toBe(true);
});
