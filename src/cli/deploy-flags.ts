// The flags of `dlp deploy`, in one table: what is deployed, what was agreed to, how it is done.
import { Flags } from '@oclif/core';
import { environmentFlags } from './base-command.js';

export const deployFlags = {
  ...environmentFlags,
  env: Flags.string({ char: 'e', summary: 'environment of dlp.yaml: local, dev, test or prod', env: 'DLP_ENV', helpValue: '<name>' }),
  'all-envs': Flags.boolean({ summary: 'every environment of dlp.yaml but local, one after the other', env: 'DLP_ALL_ENVS', default: false }),
  'plan-only': Flags.boolean({ summary: 'show what would be done and stop', env: 'DLP_PLAN_ONLY', default: false }),
  'save-plan': Flags.string({ summary: 'also write the plan to a file', env: 'DLP_SAVE_PLAN', helpValue: '<file>' }),
  plan: Flags.string({ summary: 'carry out this saved plan; refused when account or code have changed since', env: 'DLP_PLAN', helpValue: '<file>', exclusive: ['plan-only', 'save-plan', 'all-envs'] }),
  yes: Flags.boolean({ char: 'y', summary: 'do not ask about additions and changes in place (test)', env: 'DLP_YES', default: false }),
  confirm: Flags.string({ summary: 'the name of the environment, instead of typing it (prod)', env: 'DLP_CONFIRM', helpValue: '<name>' }),
  'allow-replace': Flags.string({ summary: 'a resource that holds data and may be replaced or removed, as Stack/LogicalId; repeatable', env: 'DLP_ALLOW_REPLACE', multiple: true, default: [], helpValue: '<id>' }),
  'allow-iam': Flags.string({ summary: 'a stack whose rights may become wider; repeatable', env: 'DLP_ALLOW_IAM', multiple: true, default: [], helpValue: '<stack>' }),
  'force-git': Flags.boolean({ summary: 'deploy to prod from another branch or with changes that are not committed; is recorded', env: 'DLP_FORCE_GIT', default: false }),
  'allow-caller-role': Flags.boolean({ summary: "deploy with the caller's own rights when the roles of the bootstrap cannot be assumed", env: 'DLP_ALLOW_CALLER_ROLE', default: false }),
  'break-lock': Flags.boolean({ summary: 'take over the lock of a deployment that nobody works on any more', env: 'DLP_BREAK_LOCK', default: false }),
  concurrency: Flags.integer({ summary: 'stacks side by side', env: 'DLP_CONCURRENCY', default: 6, min: 1, max: 50 }),
};
