import { Args, Flags } from '@oclif/core';
import path from 'node:path';
import { LakeCommand } from '../cli/base-command.js';
import { INSTALLATION, workingDirectory } from '../cli/context.js';
import type { CreateWorkspaceResult } from '../operations/create-workspace.js';

export default class Init extends LakeCommand<CreateWorkspaceResult> {
  static override summary = 'Make a workspace';
  static override description = 'Writes dlp.yaml and glue/jobs/ into an empty directory. Every other command finds the workspace upwards from where it is called. Changes nothing in an account.';
  static override examples = ['<%= config.bin %> init my-lake'];
  static override args = { directory: Args.string({ description: 'an empty or new directory', default: '.' }) };
  static override flags = {
    'local-state': Flags.string({ summary: 'state directory of the local cloud, relative to dlp.yaml', env: 'DLP_LOCAL_STATE_DIRECTORY', default: '.dlp/local', helpValue: '<directory>' }),
    port: Flags.integer({ summary: 'port of the local cloud', env: 'DLP_PORT', default: 4566, min: 1024, max: 65_535 }),
    'postgres-port': Flags.integer({ summary: 'port of the local PostgreSQL', env: 'DLP_POSTGRES_PORT', default: 5466, min: 1024, max: 65_535 }),
  };

  protected async execute(): Promise<CreateWorkspaceResult> {
    const { flags, args } = await this.parse(Init);
    const { createWorkspace } = await import('../operations/create-workspace.js');
    return createWorkspace({
      directory: path.resolve(workingDirectory(), args.directory),
      template: path.join(INSTALLATION, 'templates', 'workspace'), schema: path.join(INSTALLATION, 'schema', 'dlp.schema.json'),
      localState: flags['local-state'], port: flags.port, postgresPort: flags['postgres-port'],
    });
  }

  protected render({ directory, files }: CreateWorkspaceResult): string {
    return [`a workspace in ${directory}:`, ...files.map((file) => `  ${file}`), 'next: dlp local up, dlp etl new <name>, dlp deploy --env local'].join('\n');
  }
}
