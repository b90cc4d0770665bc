// Debian's Chromium, driven by playwright-core; what no page may do fails the
// test that opened it: an error in its console, a request to another host, a
// fault that axe finds.
import assert from 'node:assert/strict'
import { accessSync, constants, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { artefacts } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const phone = { viewport: { width: 375, height: 720 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }
export const desktop = { viewport: { width: 1280, height: 800 } }

export function chromiumPath() {
  for (const path of ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']) {
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return ''
}

export const launch = () =>
  chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] })

// watch remembers what a context's pages do wrong. A failed request is no fault
// where a test has cut the network off; unanswered says so.
export function watch(context, url) {
  const faults = { unanswered: false, list: [] }
  context.on('console', (m) => {
    if (m.type() !== 'error' && m.type() !== 'warning') return
    if (faults.unanswered && /Failed to load resource|net::ERR/.test(m.text())) return
    faults.list.push(`console: ${m.text()} (${m.location().url})`)
  })
  context.on('weberror', (e) => faults.list.push(`uncaught: ${e.error().stack}`))
  context.on('request', (r) => {
    if (!r.url().startsWith(url) && !/^(blob|data):/.test(r.url())) faults.list.push(`request to ${r.url()}`)
  })
  return faults
}

// inspect holds a page against axe's rules of WCAG 2.2 AA.
export async function inspect(page, name) {
  // Animations are over before colours are read.
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {}))))
  await page.evaluate(`(() => { const module = { exports: {} }, exports = module.exports; ${axe}; globalThis.axe ??= module.exports })()`)
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  const said = found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html + ' ' + (n.any[0]?.message ?? '')).join(' | ')}`)
  assert.deepEqual(said, [], `${name}: axe`)
}

export const picture = (page, name) => page.screenshot({ path: join(artefacts, name + '.png'), fullPage: true })
