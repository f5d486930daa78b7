import { expect, test } from 'vitest'
import { stepsOf } from '#prisma/blocking-indexes.ts'
import { readIndexBuild } from '#stores/prisma/index-build.ts'

const table = '-- CreateTable\nCREATE TABLE "New" (\n    "id" TEXT NOT NULL\n);\n\n'
const ofNew = '-- CreateIndex\nCREATE INDEX "New_id_idx" ON "New"("id");\n\n'
const ofOld = '-- CreateIndex\nCREATE UNIQUE INDEX "User_email_key" ON "User"("email");\n'

test('a new migration is written in steps: what a transaction does, then each index over a table in use', () => {
  const steps = stepsOf(`${table}${ofNew}${ofOld}`)
  expect(steps).toEqual([
    { suffix: '', sql: `${table}${ofNew}` },
    {
      suffix: '_user_email_key',
      sql: '-- CreateIndex\nCREATE UNIQUE INDEX CONCURRENTLY "User_email_key" ON "User"("email");\n',
    },
  ])
  const builds = steps.map(({ suffix, sql }) => readIndexBuild({ name: suffix, sql }))
  expect(builds).toEqual([undefined, expect.objectContaining({ index: 'User_email_key' })])
  expect(stepsOf(ofOld)).toHaveLength(1)
})
