/** There was no connection to the database: it is certain that nothing was sent, so the work may be tried again. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection'
  constructor(cause: unknown) {
    super('no connection to the database', { cause })
  }
}
