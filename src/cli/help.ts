// oclif's help, with what every command ends with: its exit codes.
import { CommandHelp, Help } from '@oclif/core';
import { EXIT_CODES, type ErrorKind } from '../core/errors.js';

const MEANINGS: Readonly<Record<ErrorKind, string>> = {
  failed: 'it ran and ended badly',
  user: 'flags, dlp.yaml, environment or account are wrong; nothing was written to AWS',
  aws: 'credentials, permission, throttling, service',
  aborted: 'a person said no, or nobody could be asked',
  bug: 'a mistake in dlp',
  interrupted: 'Ctrl-C',
};

class LakeCommandHelp extends CommandHelp {
  protected override sections(): ReturnType<CommandHelp['sections']> {
    const rows = [
      { name: '0', description: 'what was asked for is true now' },
      ...Object.entries(EXIT_CODES).map(([kind, code]) => ({ name: String(code), description: MEANINGS[kind as ErrorKind] })),
    ];
    return [...super.sections(), { header: 'EXIT CODES', generate: () => ({ header: 'EXIT CODES', body: rows }) }];
  }
}

export default class LakeHelp extends Help {
  protected override CommandHelpClass = LakeCommandHelp;
}
