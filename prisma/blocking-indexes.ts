/** An index that is built over a table which is there already: nobody can write to the table meanwhile. */
export type BlockingIndex = { readonly index: string; readonly table: string; readonly statement: string }

/** What a migration of PostgreSQL builds in this way. Tables that it makes itself are empty, and nobody knows them. */
export function blockingIndexes(sql: string): readonly BlockingIndex[] {
  const own = new Set([...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)].map(([, table]) => table))
  return shapes
    .flatMap((shape) => [...sql.matchAll(shape)])
    .map(({ 0: statement, groups: { index = '', table = '' } = {} }) => ({ index, table, statement }))
    .filter(({ table }) => !own.has(table))
}

/** An index, and a constraint that makes one. */
const shapes = [
  /^(?:-- CreateIndex\n)?CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)(?:IF NOT EXISTS )?"(?<index>\w+)" ON "(?<table>\w+)"[^;]*;\n*/gim,
  /^ALTER TABLE "(?<table>\w+)" ADD CONSTRAINT "(?<index>\w+)" (?:UNIQUE|PRIMARY KEY) *\([^;]*;\n*/gim,
]

/** A migration of PostgreSQL as steps: what runs in one transaction, then each index that writers need not wait for. */
export function stepsOf(sql: string): readonly { readonly suffix: string; readonly sql: string }[] {
  const built = blockingIndexes(sql).filter(({ statement }) => /INDEX/.test(statement))
  const rest = built.reduce((text, { statement }) => text.replace(statement, ''), sql)
  const steps = built.map(({ index, statement }) => ({
    suffix: `_${index.toLowerCase()}`,
    sql: `${statement.trim().replace(/^(CREATE (?:UNIQUE )?INDEX) /m, '$1 CONCURRENTLY ')}\n`,
  }))
  return rest.trim() === '' ? steps : [{ suffix: '', sql: rest }, ...steps]
}
