// PostgreSQL refuses to run as root. In a container or on a CI machine dlp may be root, so the server then runs as the
// owner of its data, else as `nobody`, by setpriv (util-linux).
import { readFileSync, statSync } from 'node:fs';
import { DlpError } from '../core/errors.js';
import type { LocalCloudSettings } from './settings.js';
import { onPath } from './tools.js';

export interface OtherUser {
  readonly uid: number;
  readonly gid: number;
  /** The words to put before a command. */
  readonly prefix: readonly string[];
}

/** Undefined when dlp is not root and nothing needs to be done. */
export function asOtherUser(settings: LocalCloudSettings): OtherUser | undefined {
  const me = process.getuid?.();
  const owner = statSync(settings.paths.database, { throwIfNoEntry: false });
  if (me !== 0) {
    if (owner && me !== undefined && owner.uid !== me) {
      throw new DlpError('PREREQUISITE_MISSING', `the database in ${settings.paths.database} belongs to user ${owner.uid}, not to you (${me})`, { hint: 'run as the user who made it, or `sudo dlp local reset`' });
    }
    return undefined;
  }
  const setpriv = onPath('setpriv', settings.env['PATH'] ?? '/usr/bin:/bin');
  if (!setpriv) {
    throw new DlpError('PREREQUISITE_MISSING', 'PostgreSQL does not run as root, and setpriv, which would change the user, is not on PATH', { hint: 'run dlp as another user, or install util-linux' });
  }
  const { uid, gid } = owner && owner.uid !== 0 ? owner : nobody();
  // Without this capability the server could not enter a clone that lies in a directory of root's alone (mode 0700), and
  // without the secure bit access(2), by which initdb looks for postgres, would not heed the capability.
  return { uid, gid, prefix: [setpriv, '--securebits=+no_setuid_fixup', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'] };
}

/** By /etc/passwd, because its number and its group's name (nogroup, nobody) differ between distributions. */
function nobody(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((each) => each.startsWith('nobody:'))?.split(':');
  if (!line) throw new DlpError('PREREQUISITE_MISSING', 'PostgreSQL does not run as root, and /etc/passwd has no user nobody', { hint: 'run dlp as another user' });
  return { uid: Number(line[2]), gid: Number(line[3]) };
}
