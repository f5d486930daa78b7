import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { describe, expect, test } from 'vitest'
import { noBrowser } from '#test/support/browser.ts'
import { samples } from './samples.ts'
import { startShown } from './shown.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A page is the same in both schemes but for its colours: in one it is judged by all rules, in the other by theirs. */
const rules = {
  light: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
}

describe.skipIf(noBrowser)('axe-core finds nothing', () => {
  const shown = startShown()

  test('in light and in dark colours', { timeout: 180_000 }, async () => {
    const page = await shown.browser.newPage({ reducedMotion: 'reduce' })
    await page.route('**/never', (route) => route.abort())

    for (const [name, sample] of samples) {
      const isAutomatic = name === 'form-post'
      await page.goto(shown.host.show(isAutomatic ? sample.replace(' data-auto', '') : sample))
      if (isAutomatic)
        await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished)).then(() => 0)')
      await page.evaluate(axe)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const { violations, passes } = (await page.evaluate(
          `axe.run(document, { runOnly: ${JSON.stringify(rules[colorScheme])} })`,
        )) as AxeResults
        const where = `${name} in ${colorScheme} colours`
        expect(
          violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
          where,
        ).toEqual([])
        expect(passes.length, where).toBeGreaterThan(colorScheme === 'light' ? 10 : 0)
      }
    }
    await page.close()
  })
})
