import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { getCode, introspect, redeem, refresh, signIn, tokensOf, userInfo } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()

test('an honest flow works, so that what fails below fails for its own reason', async () => {
  for (const client of [world.c1, world.c2, world.p1]) {
    const tokens = await signIn(world, { client })
    expect((await userInfo(world, tokens.access)).json).toMatchObject({ sub: world.u1.sub })
    expect((await refresh(world, client, tokens.refresh)).status).toBe(200)
  }
})

test('B09 a code works once, and its replay ends what it began', async () => {
  const granted = await getCode(world)
  const first = await redeem(world, granted)
  const { access, refresh: token } = tokensOf(first)
  expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
  expect((await introspect(world, world.c1, access)).json).toEqual({ active: false })
  expectJsonError(await refresh(world, world.c1, token), 400, 'invalid_grant')
})
