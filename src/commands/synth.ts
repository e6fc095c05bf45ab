import { Flags } from '@oclif/core';
import path from 'node:path';
import { environmentFlags, LakeCommand, stackArguments } from '../cli/base-command.js';
import { workingDirectory } from '../cli/context.js';
import { selectStacks } from '../core/select-stacks.js';

interface SynthResult { readonly directory: string; readonly templates: readonly string[] }

export default class Synth extends LakeCommand<SynthResult> {
  static override summary = 'Write the CloudFormation templates of an environment';
  static override description = 'Writes <CloudFormation name>.template.json for each stack into a directory. Needs no AWS access and changes nothing in an account.';
  static override examples = ['<%= config.bin %> synth --env dev --output cdk.out', '<%= config.bin %> synth --env dev Vpc'];
  static override strict = false;
  static override args = stackArguments;
  static override flags = {
    ...environmentFlags,
    output: Flags.string({ char: 'o', summary: 'directory to write to', env: 'DLP_OUTPUT', default: 'cdk.out', helpValue: '<directory>' }),
  };

  protected async execute(): Promise<SynthResult> {
    const { flags, argv } = await this.parse(Synth);
    const context = await this.open(flags);
    const directory = path.resolve(workingDirectory(), flags.output);
    const templates = await context.templates();
    const chosen = selectStacks(await templates.list(), argv as string[]);
    return { directory, templates: await templates.synth(directory, new Set(chosen.map((stack) => stack.name))) };
  }

  protected render({ directory, templates }: SynthResult): string {
    return templates.map((file) => path.join(directory, file)).join('\n');
  }
}
