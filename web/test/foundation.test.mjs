import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { chromiumPath, inspect, launch, phone, watch } from './browser.mjs'
import { Server, lacking } from './server.mjs'

const skip = lacking() || (!chromiumPath() && 'no chromium on this machine')

test('pages', { skip }, async (t) => {
  let server, browser
  before(async () => {
    server = await new Server().start()
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await server?.remove()
  })

  await t.test('the first load fits into 90 kB and asks for few files', async () => {
    const context = await browser.newContext({ ...phone, serviceWorkers: 'block' })
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('Network.enable')
    let bytes = 0, requests = 0
    cdp.on('Network.loadingFinished', (e) => ((bytes += e.encodedDataLength), requests++))
    await page.goto(server.url + '/', { waitUntil: 'networkidle' })
    t.diagnostic(`first load: ${bytes} bytes with headers, ${requests} requests`)
    assert.ok(bytes > 1000 && bytes <= 90_000, `${bytes} bytes`)
    await context.close()
  })

  await t.test('the manifest can be installed', async () => {
    const manifest = await (await fetch(server.url + '/manifest.webmanifest')).json()
    assert.equal(manifest.start_url, '/')
    assert.equal(manifest.display, 'standalone')
    for (const size of ['192x192', '512x512']) assert.ok(manifest.icons.some((i) => i.sizes === size && i.type === 'image/png'))
    for (const icon of manifest.icons) assert.equal((await fetch(server.url + icon.src)).headers.get('content-type'), icon.type)
    const context = await browser.newContext(phone)
    const page = await context.newPage()
    await page.goto(server.url + '/')
    await page.evaluate(() => navigator.serviceWorker.ready)
    const cdp = await context.newCDPSession(page)
    const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors')
    assert.deepEqual(installabilityErrors.filter((e) => e.errorId !== 'in-incognito'), [])
    await context.close()
  })

  await t.test('the administrators’ page opens', async () => {
    const context = await browser.newContext(phone)
    const faults = watch(context, server.url)
    const page = await context.newPage()
    await page.goto(server.url + '/admin/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await inspect(page, 'admin')
    assert.deepEqual(faults.list, [])
    await context.close()
  })
})

test('each language says the same', () => {
  const read = (code) => JSON.parse(readFileSync(new URL(`../src/languages/${code}.json`, import.meta.url), 'utf8'))
  const english = read('en'), filipino = read('fil')
  const names = (text) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort()
  for (const key of Object.keys(filipino)) assert.ok(key in english, `fil has ${key}, en does not`)
  for (const key of Object.keys(english)) {
    assert.ok(key in filipino || key.endsWith('.one'), `fil lacks ${key}`)
    if (key in filipino) assert.deepEqual(names(filipino[key]), names(english[key]), `${key} fills in other values`)
  }
})
