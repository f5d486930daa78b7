import { join, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { Uses } from '#core/tokens/fact-store.ts'
import { compareTexts } from '../ordering.ts'
import type { Database } from './database.ts'

/** Rows per statement: below what either database takes as parameters. */
const rowsPerStatement = 500

/** Raises floors and dates of last use, one statement for some hundreds of rows. None ever goes back. */
export async function noteUses(database: Database, { families, sessions }: Uses): Promise<void> {
  const floors = latest(families, (one, other) => one.generation > other.generation)
  const uses = latest(sessions, (one, other) => one.lastUsedAt > other.lastUsedAt)
  for (const part of parts(floors)) await database.run((tables) => tables.$executeRaw(raiseFloors(part, database)))
  for (const part of parts(uses)) await database.run((tables) => tables.$executeRaw(raiseUses(part, database)))
}

/** One per id, ordered by it: a statement that finds a row twice takes either, and two that lock rows need one order. */
function latest<T extends { readonly id: string }>(all: readonly T[], isLater: (one: T, other: T) => boolean): T[] {
  const byId = new Map<string, T>()
  for (const one of all) {
    const known = byId.get(one.id)
    if (!known || isLater(one, known)) byId.set(one.id, one)
  }
  return [...byId.values()].sort((one, other) => compareTexts(one.id, other.id))
}

function parts<T>(all: readonly T[]): readonly (readonly T[])[] {
  const starts = Array.from({ length: Math.ceil(all.length / rowsPerStatement) }, (_, n) => n * rowsPerStatement)
  return starts.map((start) => all.slice(start, start + rowsPerStatement))
}

function raiseFloors(floors: Uses['families'], { date }: Database): Sql {
  const values = floors.map((floor) => sql`(${floor.id}, ${floor.generation}, ${date(floor.rotatedAt)})`)
  return sql`
    WITH "uses" ("of", "reached", "at") AS (VALUES ${join(values)})
    UPDATE "FamilyFact" SET "generation" = CAST("reached" AS INTEGER), "rotatedAt" = "at" FROM "uses"
    WHERE "id" = "of" AND ("generation" IS NULL OR "generation" < CAST("reached" AS INTEGER))`
}

function raiseUses(uses: Uses['sessions'], { date }: Database): Sql {
  const values = uses.map((use) => sql`(${use.id}, ${date(use.lastUsedAt)})`)
  return sql`
    WITH "uses" ("of", "usedAt") AS (VALUES ${join(values)})
    UPDATE "SessionFact" SET "lastUsedAt" = "usedAt" FROM "uses"
    WHERE "id" = "of" AND ("lastUsedAt" IS NULL OR "lastUsedAt" < "usedAt")`
}
