// Tokens of IAM Identity Center on disk, where the AWS CLI, the SDKs and the CDK look for them. A reader sees the whole
// old file or the whole new one, and nobody else sees either.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { getSSOTokenFilepath } from '@smithy/shared-ini-file-loader';
import { DlpError } from '../../core/errors.js';
import { belongsTo, cacheId, type SsoSession, type SsoToken } from '../../core/sso.js';

/** `~/.aws/sso/cache/<sha1>.json` */
export function tokenFile(session: SsoSession): string {
  return getSSOTokenFilepath(cacheId(session));
}

/** The session's token; undefined when there is none, it cannot be read, or it was given for another session. */
export async function readToken(session: SsoSession): Promise<SsoToken | undefined> {
  let token: Partial<SsoToken> | null;
  try {
    token = JSON.parse(await readFile(tokenFile(session), 'utf8')) as Partial<SsoToken> | null;
  } catch {
    return undefined;
  }
  if (typeof token?.accessToken !== 'string' || typeof token.expiresAt !== 'string') return undefined;
  return belongsTo(session, token as SsoToken) ? token as SsoToken : undefined;
}

/** @throws LOGIN_FAILED when the file cannot be written */
export async function writeToken(session: SsoSession, token: SsoToken): Promise<void> {
  const file = tokenFile(session);
  const temporary = `${file}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(token, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new DlpError('LOGIN_FAILED', `the token could not be written to ${file}: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`, { cause, hint: 'make its directory writable' });
  }
}
