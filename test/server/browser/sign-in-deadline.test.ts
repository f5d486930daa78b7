import { expect, test } from 'vitest'
import { postReady, readyForm } from '../../security/support/forms.ts'
import { authorizeUrl, cookiesOf, personOf } from '../../security/support/steps.ts'
import { aWorld } from '../../security/support/world.ts'

const seconds = 1

test('whoever waits for the turn of their password is not cut off, however long the others take', {
  timeout: 120_000,
}, async () => {
  const flags = {
    'listen.answerWithin': `${seconds}s`,
    'passwords.concurrency': '1',
    'passwords.queue': '60s',
    'throttle.perPair': '1000',
  }
  const world = await aWorld({ flags })
  try {
    const { username, password } = world.u1
    const people = Array.from({ length: 45 }, () => personOf(world, world.u1))
    const forms = []
    for (const person of people) {
      const form = readyForm(await person.browser.open(authorizeUrl(world, world.c1)), 'login', { username, password })
      forms.push({ ...form, cookie: cookiesOf(world, person) })
    }
    const begun = performance.now()
    const answers = await Promise.all(forms.map((form) => postReady(world, form, form)))
    expect(performance.now() - begun, 'so many wait longer than anybody may').toBeGreaterThan(seconds * 1000)
    expect(Object.groupBy(answers, ({ status }) => status)[303]).toHaveLength(people.length)
  } finally {
    await world.close()
  }
})
