/** An answer other than success: an HTTP status, a code for programs and a sentence for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}
