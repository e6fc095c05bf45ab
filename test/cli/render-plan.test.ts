import { renderPlan } from '../../src/cli/render-plan.js';
import { planStack, type Plan } from '../../src/core/plan.js';
import { deployed, synthesized } from '../support/fake-lake.js';

const fingerprints = { deployed: null, proposed: '' };
const [vpc, glue] = [synthesized('Vpc'), synthesized('Glue')];
const plan = (...stacks: Plan['stacks']): Plan => ({ version: 1, environment: 'dev', account: '111111111111', region: 'eu-west-2', stacks, leftover: [] });

describe('renderPlan', () => {
  it('shows what changes and counts what does not', () => {
    const difference = { resources: [{ logicalId: 'Db1', path: 'Db/Resource', type: 'AWS::RDS::DBInstance', action: 'replace' as const, properties: ['DBName'] }], outputs: ['Host'], widening: Array.from({ length: 14 }, (_, i) => `right ${i}`), other: [] };
    expect(renderPlan(plan(planStack({ synthesized: vpc, deployed: deployed(vpc), difference, fingerprints }), planStack({ synthesized: glue, deployed: deployed(glue), difference: undefined, fingerprints })))).toBe([
      'plan for dev (111111111111, eu-west-2):',
      '  ~ Dev/DevDataLakeInfrastructureVpc: update',
      '    ± Db/Resource (AWS::RDS::DBInstance): REPLACED: DBName   ← HOLDS DATA',
      '    ~ outputs: Host',
      '    wider rights:',
      ...Array.from({ length: 12 }, (_, i) => `      + right ${i}`),
      '      + 2 more; --json shows all',
      '1 unchanged',
    ].join('\n'));
  });

  it('lists a new stack by its number of resources, and says what must be done first', () => {
    const difference = { resources: [{ logicalId: 'A', path: 'A', type: 'X', action: 'create' as const, properties: [] }], outputs: ['O'], widening: ['w'], other: [] };
    const text = renderPlan(plan(planStack({ synthesized: vpc, deployed: deployed(vpc, { status: 'ROLLBACK_COMPLETE' }), difference, fingerprints })));
    expect(text).toMatch(/delete the remains and create, 1 resources\n    ! its creation failed/);
    expect(text).not.toContain('wider');
  });

  it('says when there is nothing to do, and what the code no longer has', () => {
    expect(renderPlan({ ...plan(planStack({ synthesized: glue, deployed: deployed(glue), difference: undefined, fingerprints })), leftover: ['Dev-Old'] })).toBe('nothing to change in dev\n! Dev-Old is in the account and no longer in the code; a deployment leaves it alone');
  });
});
