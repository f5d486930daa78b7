import { describe, expect, test } from 'vitest'
import { noBrowser } from '#test/support/browser.ts'
import { samples } from './samples.ts'
import { startShown } from './shown.ts'

/** Widths in pixels, and text in percent of its usual size. */
const screens = [
  [320, 100],
  [320, 200],
  [640, 200],
  [1280, 100],
] as const

/** Controls in sight that a finger must hit: smaller than 44 px either way, or with text below 16 px in an input. */
const tooSmall = `[...document.querySelectorAll('button, .button, input:not([type=hidden]), .links a')]
  .filter((one) => one.checkVisibility() && !one.classList.contains('unseen'))
  .filter((one) => {
    const box = one.getBoundingClientRect()
    const isTiny = one.localName === 'input' && parseFloat(getComputedStyle(one).fontSize) < 16
    return box.height < 43.99 || box.width < 43.99 || isTiny
  })
  .map((one) => one.outerHTML)`

/** How far anything reaches beyond the window's edge, in pixels. */
const overhang = `Math.max(document.documentElement.scrollWidth - innerWidth,
  ...[...document.querySelectorAll('main *:not(.unseen)')].map((one) => one.getBoundingClientRect().right - innerWidth))`

/** The contrast of two computed colours of an element, by WCAG's formula; a canvas reads any notation. */
const contrast = `(first, second) => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const light = (colour) => {
    context.fillStyle = colour
    context.fillRect(0, 0, 1, 1)
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((byte) => {
      const part = byte / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [low, high] = [light(first), light(second)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}`

describe.skipIf(noBrowser)('pages on screens of every size', () => {
  const shown = startShown()

  test('nothing scrolls sideways on any screen with text of any size, and targets can be hit', async () => {
    const page = await shown.browser.newPage()
    for (const [name, sample] of samples) {
      await page.goto(shown.host.show(sample.replace(' data-auto', '')))
      for (const [width, text] of screens) {
        await page.setViewportSize({ width, height: 640 })
        await page.evaluate(`document.documentElement.style.fontSize = '${text}%'`)
        const where = `${name} at ${width} px and ${text} percent text`
        expect(await page.evaluate('innerWidth'), where).toBe(width)
        expect(await page.evaluate(overhang), where).toBeLessThanOrEqual(0)
        expect(await page.evaluate(tooSmall), where).toEqual([])
      }
    }
    await page.close()
  })

  test.each(['light', 'dark'] as const)('the focus is seen at every stop in %s colours', async (colorScheme) => {
    const page = await shown.browser.newPage({ colorScheme })
    for (const name of ['sign-in-wrong', 'sign-in-again', 'consent', 'error-mismatch', 'start-again']) {
      await page.goto(shown.host.show(samples.get(name) ?? ''))
      const stops = Number(
        await page.evaluate("document.querySelectorAll('a, button, input:not([type=hidden], .unseen)').length"),
      )
      for (let stop = 0; stop < stops; stop++) {
        await page.keyboard.press('Tab')
        const ring = (await page.evaluate(`(() => {
          const one = document.activeElement
          const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(one)
          const around = getComputedStyle(one.closest('.card') ?? document.documentElement).backgroundColor
          return { at: one.outerHTML, seen: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2, contrast: (${contrast})(outlineColor, around) }
        })()`)) as { at: string; seen: boolean; contrast: number }
        if (ring.at.startsWith('<body')) continue
        expect(ring.seen, ring.at).toBe(true)
        expect(ring.contrast, ring.at).toBeGreaterThanOrEqual(3)
      }
    }
    await page.close()
  })

  test.each(['light', 'dark'] as const)('the edge of a field is seen in %s colours', async (colorScheme) => {
    const page = await shown.browser.newPage({ colorScheme })
    await page.goto(shown.host.show(samples.get('sign-in') ?? ''))

    const edge = await page.evaluate(`(() => {
      const { borderTopColor, backgroundColor } = getComputedStyle(document.getElementById('password'))
      return (${contrast})(borderTopColor, backgroundColor)
    })()`)

    expect(edge).toBeGreaterThanOrEqual(3)
    await page.close()
  })
})
