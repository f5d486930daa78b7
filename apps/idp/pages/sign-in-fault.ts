import { words } from './words.ts'

/** Why a sign-in did not succeed. One answer for an unknown user and a wrong password: who exists stays unsaid. */
export type SignInError =
  | { readonly kind: 'wrong' | 'busy' | 'missing_username' | 'missing_password' | 'too_long' }
  | { readonly kind: 'throttled'; readonly retryAfter: number }

/** What the page says, the field its summary leads to, and the fields that are marked (the one to focus first). */
export type SignInFault = {
  readonly message: string
  readonly field: 'username' | 'password'
  readonly fields: readonly ('username' | 'password')[]
}

/** The words for an error, and where they belong. */
export function signInFault(error: SignInError): SignInFault {
  const { errors } = words.signIn
  switch (error.kind) {
    case 'throttled':
      return { message: errors.throttled(words.inSeconds(error.retryAfter)), field: 'password', fields: [] }
    case 'busy':
      return { message: errors.busy, field: 'password', fields: [] }
    case 'missing_username':
      return { message: errors.missing_username, field: 'username', fields: ['username'] }
    case 'missing_password':
      return { message: errors.missing_password, field: 'password', fields: ['password'] }
    case 'wrong':
    case 'too_long':
      return { message: errors[error.kind], field: 'password', fields: ['password', 'username'] }
  }
}
