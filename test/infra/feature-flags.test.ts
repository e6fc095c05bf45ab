import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { FEATURE_FLAGS } from '../../src/infra/feature-flags.js';

const recommended = createRequire(import.meta.url)('aws-cdk-lib/recommended-feature-flags.json') as Record<string, unknown>;

test('every flag that this aws-cdk-lib recommends is decided, and none that it does not know', () => {
  expect(Object.keys(FEATURE_FLAGS).sort()).toEqual(Object.keys(recommended).sort());
});

test('differs from the recommendation only on purpose', () => {
  const differs = Object.keys(recommended).filter((flag) => JSON.stringify(FEATURE_FLAGS[flag]) !== JSON.stringify(recommended[flag]));
  expect(differs.sort()).toEqual(['@aws-cdk/aws-ec2:restrictDefaultSecurityGroup', '@aws-cdk/core:enableAdditionalMetadataCollection']);
});

test('references between stacks are weak', () => {
  expect(FEATURE_FLAGS['@aws-cdk/core:defaultCrossStackReferences']).toBe('weak');
});
