// How long a grower waits for an answer on a slow link: from the choice of a
// photo of 12 MP to the verdict on the screen, made smaller by the page and as
// the original, by turns; on a fast phone and on one whose processor is slowed
// to a quarter, as Lighthouse's is.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { draw } from '../photos/draw.mjs'
import { launch, phone } from '../test/browser.mjs'
import { Server } from '../test/server.mjs'
import { SlowLine } from './line.mjs'
import { spread } from './page.mjs'

const rounds = 3
const words = JSON.parse(readFileSync(new URL('../src/languages/en.json', import.meta.url), 'utf8'))

export async function upload() {
  const dir = mkdtempSync(join(tmpdir(), 'mangosense-bench-'))
  // The same photo is sent each time: it is to be diagnosed each time.
  const server = await new Server({ strict: true, env: { ANSWER_CACHE: '0' } }).start()
  const browser = await launch()
  const line = await new SlowLine(server.port).listen()
  try {
    const photo = join(dir, 'leaf.jpg')
    const page = await browser.newPage()
    const jpeg = await draw(page, { width: 4000, height: 3000, grain: 8.5 })
    await page.close()
    writeFileSync(photo, jpeg)
    const ways = [
      { name: 'made smaller by the page', slowed: 1, original: false },
      { name: 'the same on a slow phone', slowed: 4, original: false },
      { name: 'the original', slowed: 1, original: true },
    ].map((w) => ({ ...w, seconds: [], kB: [] }))
    for (let i = 0; i < rounds; i++) {
      for (const way of ways) {
        const { seconds, bytes } = await answered(browser, line, photo, way)
        way.seconds.push(seconds)
        way.kB.push(bytes / 1000)
      }
    }
    const [small, , original] = ways
    const ratio = spread(original.seconds.map((s, i) => s / small.seconds[i]))
    const row = ({ name, seconds, kB }) => `| ${name} | ${spread(kB, 0)} | ${spread(seconds, 2)} |`
    return [
      `A photo of 4000 × 3000 (${(jpeg.length / 1e6).toFixed(1)} MB) over 1 Mbit/s each way with 20 ms of delay each way, ${rounds} times each`,
      'by turns; the page is open. Sent is all that left the phone.', '',
      '| photo | sent, kB | choice to verdict, s |', '| --- | --- | --- |',
      ...ways.map(row), '',
      `The original takes ${ratio} × as long. Target under 3 s: ${Math.max(...small.seconds) < 3 ? 'met' : '**missed**'} in the slowest of ${rounds}.`,
    ].join('\n')
  } finally {
    line.close()
    await browser.close()
    await server.remove()
    rmSync(dir, { recursive: true, force: true })
  }
}

// answered is one photo, on a phone that has the page.
async function answered(browser, line, photo, { slowed, original }) {
  const context = await browser.newContext({ ...phone, locale: 'en-US' })
  try {
    const page = await context.newPage()
    await page.goto(line.url + '/')
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.waitForLoadState('networkidle')
    if (original) {
      await page.getByText(words['options.title']).click()
      await page.getByLabel(words['options.original']).check()
    }
    const cdp = await context.newCDPSession(page)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowed })
    await page.evaluate(() => {
      addEventListener('change', (e) => e.target.type === 'file' && (window.chosenAt = performance.now()), true)
      window.answered = new Promise((r) => {
        // Two frames later it has been painted.
        new MutationObserver(() => document.querySelector('.verdict h1') && requestAnimationFrame(() => requestAnimationFrame(() => r(performance.now())))).observe(document, { subtree: true, childList: true })
      })
    })
    const before = line.sent.up
    await page.locator('[data-test=choose]').setInputFiles(photo)
    const seconds = (await page.evaluate(async () => (await window.answered) - window.chosenAt)) / 1000
    return { seconds, bytes: line.sent.up - before }
  } finally {
    await context.close()
  }
}
