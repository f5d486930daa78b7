import { writeSync } from 'node:fs'
import { systemClock } from '#core/clock.ts'
import { openEmbeddedStores } from '#stores/embedded/open-embedded-stores.ts'

/** Another process on the same file: `claim` competes for codes and attempts, `rotate` goes on until it is killed. */
const [file = '', task, name = ''] = process.argv.slice(2)
const stores = await openEmbeddedStores({ file, clock: systemClock, sessionIdle: 600 })
const say = (line: unknown) => writeSync(1, `${JSON.stringify(line)}\n`)

if (task === 'claim') {
  const codes = await Promise.all(Array.from({ length: 200 }, (_, at) => stores.codes.claim(`code-${at}`)))
  let allowed = 0
  for (let at = 0; at < 100; at++) {
    const { outcome } = await stores.attempts.claim([{ key: 'shared', most: 120, window: 600 }])
    if (outcome === 'allowed') allowed++
  }
  say({ claimed: codes.filter(({ outcome }) => outcome === 'claimed').length, allowed })
  await stores.close()
}

if (task === 'rotate') {
  for (let generation = 1; ; generation++) {
    const presented = { familyId: name, generation, macKid: 'mac-1', from: '' }
    const [{ outcome }, code] = await Promise.all([
      stores.families.rotate(presented, undefined, { idle: 600, grace: 30 }),
      stores.codes.claim(`${name}-${generation}`),
    ])
    say({ generation, rotation: outcome, code: code.outcome })
  }
}
