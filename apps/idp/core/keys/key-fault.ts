/**
 * What can be wrong with the ring: `weak_secret`, `wrong_secret`, `damaged`, `lost` and `missing` (no ring where one is
 * needed) stop a start; `unknown_key`, `refused_key`, `refused` and `conflict` answer an operator's command.
 */
export type KeyFaultCode =
  | 'weak_secret'
  | 'wrong_secret'
  | 'damaged'
  | 'lost'
  | 'missing'
  | 'unknown_key'
  | 'refused_key'
  | 'refused'
  | 'conflict'

/**
 * The ring cannot be used as it is, or not changed as asked. The message names the setting, key or file and the mend;
 * it never holds a secret, nor a cause that might quote one (a JSON parser's message does).
 */
export class KeyFault extends Error {
  readonly code: KeyFaultCode
  /** The key it is about, where it is about one. */
  readonly kid: string | undefined

  constructor(code: KeyFaultCode, message: string, kid?: string) {
    super(message)
    this.name = 'KeyFault'
    this.code = code
    this.kid = kid
  }
}
