// oclif's hook for a command that does not exist: the same error, JSON and exit code as any other mistake of a user.
import type { Hook } from '@oclif/core';
import { closest } from 'fastest-levenshtein';
import { DlpError } from '../core/errors.js';

const hook: Hook.CommandNotFound = async ({ id, argv, config }) => {
  const typed = id.replaceAll(':', ' ');
  const known = config.commandIDs.map((command) => command.replaceAll(':', ' '));
  // "etl runs orders" arrives as one id when nothing matches: what was meant may be its beginning.
  const near = closest(typed, known);
  const error = new DlpError('FLAG_INVALID', `unknown command "${typed}"`, { hint: near ? `did you mean \`dlp ${near}\`? \`dlp help\` lists all` : '`dlp help` lists all' });
  if ([...(argv ?? []), ...process.argv].includes('--json')) {
    process.stdout.write(`${JSON.stringify({ ok: false, error: { code: error.code, kind: error.kind, message: error.message, hint: error.hint }, warnings: [] }, null, 2)}\n`);
  } else {
    process.stderr.write(`error: ${error.message} [${error.code}]\nhint:  ${error.hint}\n`);
  }
  process.exit(error.exitCode);
};

export default hook;
