import { environmentOf, jobOf, synthesize } from './support.js';

it('every template and asset belongs to the bootstrap of the environment', () => {
  const { app, stacks } = synthesize(environmentOf('prod', { github: { repository: 'example/lake' }, bootstrap: { qualifier: 'lake7' } }), [jobOf('orders')]);
  const assembly = app.synth();
  const written = JSON.stringify([assembly.stacksRecursively.map((stack) => [stack.template, stack.manifest]), assembly.nestedAssemblies.map((nested) => nested.nestedAssembly.manifest)]);
  expect(written).not.toContain('hnb659fds');
  expect(written).toContain('/cdk-bootstrap/lake7/version');
  expect(written).toContain('cdk-lake7-deploy-role-');
  for (const stack of stacks) expect(stack.synthesizer.bootstrapQualifier).toBe('lake7');
});
