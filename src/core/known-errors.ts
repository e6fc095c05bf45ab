// Turns what AWS, the CDK toolkit and oclif throw into our errors, by name or type, never by text. The only such place.
import { DlpError, type ErrorCode } from './errors.js';

const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'ACCESS_DENIED', AccessDeniedException: 'ACCESS_DENIED', UnauthorizedOperation: 'ACCESS_DENIED',
  CredentialsProviderError: 'CREDENTIALS_MISSING', NoCredentials: 'CREDENTIALS_MISSING', TokenProviderError: 'CREDENTIALS_MISSING', ExpiredToken: 'CREDENTIALS_MISSING',
  ExpiredTokenException: 'CREDENTIALS_MISSING', InvalidClientTokenId: 'CREDENTIALS_MISSING', UnrecognizedClientException: 'CREDENTIALS_MISSING',
  AssumeRoleExpiredToken: 'CREDENTIALS_MISSING', ExpiredTokenError: 'CREDENTIALS_MISSING', InvalidIdentityToken: 'CREDENTIALS_MISSING', InvalidIdentityTokenException: 'CREDENTIALS_MISSING', SignatureDoesNotMatch: 'CREDENTIALS_MISSING',
  UnauthorizedException: 'LOGIN_NEEDED', ForbiddenException: 'ACCESS_DENIED',
  BootstrapVersionValidation: 'NOT_BOOTSTRAPPED',
};
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH']);

interface Thrown { name?: string; code?: string; address?: string; port?: number; message?: string; cause?: unknown; oclif?: { exit?: number }; $metadata?: unknown; parse?: unknown; flags?: unknown }

export function toDlpError(thrown: unknown): DlpError {
  for (let current = thrown as Thrown | undefined, depth = 0; current && depth < 6; current = current.cause as Thrown | undefined, depth += 1) {
    if (current instanceof DlpError) return current;
    // AWS is never at home here: only the local cloud is.
    if (current.code === 'ECONNREFUSED' && current.address === '127.0.0.1') {
      return new DlpError('LOCAL_CLOUD_DOWN', `nothing answers on 127.0.0.1:${current.port}`, { cause: thrown });
    }
    const known = recognize(current);
    if (known) return new DlpError(known, sentence(current), { cause: thrown });
  }
  const error = thrown as Thrown;
  return new DlpError('UNEXPECTED', sentence(error), { cause: thrown });
}

function recognize(error: Thrown): ErrorCode | undefined {
  if (error.name && BY_NAME[error.name]) return BY_NAME[error.name];
  if (error.code && UNREACHABLE.has(error.code)) return 'CLOUD_UNREACHABLE';
  if (BUSY.test(error.name ?? '')) return 'AWS_BUSY';
  // Every error of an AWS SDK client carries $metadata; of oclif's parser, an exit code.
  if (error.$metadata) return 'AWS_ERROR';
  if (error.parse !== undefined || error.oclif?.exit === 2) return 'FLAG_INVALID';
  return undefined;
}

function sentence(error: Thrown | undefined): string {
  // What follows the name of a flag that does not exist may be a secret: it is not repeated.
  if (Array.isArray(error?.flags)) return `Nonexistent flag${error.flags.length === 1 ? '' : 's'}: ${error.flags.map((flag) => (/^--[^=]*|^-./.exec(String(flag)) ?? [''])[0]).join(', ')}`;
  const text = String(error?.message || error?.code || error?.name || error)
    .replace(/\nSee more help with --help$/, '').replace(/^The following errors? occurred:\s*/, '').replace(/ ?\n\s*/g, (gap) => (gap.startsWith(' ') ? ': ' : '\n'));
  return error?.$metadata && error.name && error.name !== 'Error' ? `${error.name}: ${text}` : text;
}

const BUSY = /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|TooManyRequests|RequestLimitExceeded|RequestThrottled|RequestThrottledException|PriorRequestNotComplete|SlowDown|ServiceUnavailable|ServiceUnavailableException|InternalFailure|InternalServerError|InternalServerException|TimeoutError|RequestTimeout)$/;
const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED']);

/** AWS was busy or the network broke: the same request may well succeed later. */
export function isTransient(thrown: unknown): boolean {
  for (let current = thrown as Thrown | undefined, depth = 0; current && depth < 6; current = current.cause as Thrown | undefined, depth += 1) {
    const status = (current.$metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode ?? 0;
    if (BUSY.test(current.name ?? '') || BROKEN.has(current.code ?? '') || current.code === 'AWS_BUSY' || status >= 500 || status === 429) return true;
  }
  return false;
}
