import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { describe, expect, test } from 'vitest'
import { noBrowser } from '#test/support/browser.ts'
import { samples } from './samples.ts'
import { startShown } from './shown.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const run = `axe.run(document, { runOnly: ${JSON.stringify(rules)} })`

describe.skipIf(noBrowser)('axe-core finds nothing', () => {
  const shown = startShown()

  test.each(['light', 'dark'] as const)('in %s colours', { timeout: 180_000 }, async (colorScheme) => {
    const context = await shown.browser.newContext({ colorScheme, reducedMotion: 'reduce' })
    const page = await context.newPage()
    await page.route('**/never', (route) => route.abort())

    for (const [name, sample] of samples) {
      const isAutomatic = name === 'form-post'
      await page.goto(shown.host.show(isAutomatic ? sample.replace(' data-auto', '') : sample))
      if (isAutomatic)
        await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished)).then(() => 0)')
      await page.evaluate(axe)
      const found = (await page.evaluate(run)) as AxeResults
      expect(
        found.violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
        name,
      ).toEqual([])
      expect(found.passes.length, name).toBeGreaterThan(10)
    }
    await context.close()
  })
})
