/** The database does not fit this program's migrations, or one of them failed; a person has to look. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}
