// The map: on a grid that asks nobody, or on tiles where the server has some.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { png } from '../build/icon.mjs'
import { chromiumPath, inspect, launch, phone, picture, watch } from './browser.mjs'
import { fruit } from './photos.mjs'
import { Server, lacking, password } from './server.mjs'

const skip = lacking() || (!chromiumPath() && 'no chromium on this machine')

// Tiles is a host of tiles: it answers a green square, and remembers who asked.
class Tiles {
  asked = []
  down = false

  async listen() {
    const tile = png(256, 256, Buffer.concat(Array.from({ length: 256 }, (_, y) => Buffer.concat([Buffer.alloc(1), ...Array.from({ length: 256 }, (_, x) => Buffer.from(x % 64 && y % 64 ? [206, 226, 190] : [150, 180, 140]))]))))
    this.listener = createServer((req, res) => {
      this.asked.push({ path: req.url, referer: req.headers.referer ?? '', cookie: req.headers.cookie ?? '' })
      if (this.down) return res.writeHead(503).end()
      res.writeHead(200, { 'Content-Type': 'image/png' }).end(tile)
    })
    await new Promise((r) => this.listener.listen(0, '127.0.0.1', r))
    this.host = `http://127.0.0.1:${this.listener.address().port}`
    return this
  }

  close() {
    this.listener.closeAllConnections()
    this.listener.close()
  }
}

test('map', { skip, timeout: 120_000 }, async (t) => {
  let server, browser, tiles, token
  before(async () => {
    tiles = await new Tiles().listen()
    server = await new Server().start()
    browser = await launch()
    token = await server.grower('place@farm.example')
    server.admin()
    // Two trees of an orchard, one photographed twice, and one across the strait.
    for (const [i, [latitude, longitude]] of [[10.5936, 122.5925], [10.5936, 122.5925], [10.5948, 122.5931], [10.7, 122.55]].entries()) {
      const form = new FormData()
      form.set('image', new Blob([fruit(320, 240, 900 + i)]), 'photo.png')
      for (const [k, v] of Object.entries({ detection_type: 'leaf', preview_only: 'false', latitude, longitude, location_consent_given: 'true' })) form.set(k, String(v))
      assert.equal((await fetch(server.url + '/api/predict/', { method: 'POST', body: form, headers: { Authorization: `Bearer ${token}` } })).status, 200)
    }
  })
  after(async () => {
    await browser?.close()
    await server?.remove()
    tiles?.close()
  })

  async function visit(context) {
    context ??= await browser.newContext({ ...phone, locale: 'en-PH' })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(server.url + '/#/account')
    await page.getByLabel('Email').fill('place@farm.example')
    await page.getByLabel('Password').fill(password)
    await page.locator('form').getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'What ails your mango?' }).waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready)
    return { context, page }
  }
  const open = (page) => page.goto(server.url + '/#/history')
  const restart = async (address) => {
    await server.kill()
    server.env.MAP_TILES = address
    await server.start()
  }

  await t.test('a grid without tiles asks nobody', async () => {
    const { context, page } = await visit()
    const faults = watch(context, server.url)
    await open(page)
    const map = page.getByRole('img', { name: /^4 places: / })
    await map.waitFor()
    // The two photos of one tree are one dot, and far apart is far apart.
    const dots = await map.locator('circle').evaluateAll((all) => all.map((c) => [Number(c.getAttribute('cx')), Number(c.getAttribute('cy')), c.textContent]))
    assert.ok(dots.length < 4, `${dots.length} dots`)
    assert.ok(dots.some(([, , title]) => /: [23]$/.test(title)), dots.join(' | '))
    const [x, y] = [0, 1].map((i) => Math.max(...dots.map((d) => d[i])) - Math.min(...dots.map((d) => d[i])))
    assert.ok(Math.abs(y / x - 0.1064 / (0.0425 * Math.cos((10.65 * Math.PI) / 180))) < 0.15, `${x} × ${y}`)
    await page.getByText('One square is').waitFor()
    await picture(page, 'phone-map')
    assert.equal(await page.locator('.map.tiles').count(), 0)
    assert.deepEqual(faults.list, [])
    assert.deepEqual(tiles.asked, [])
    // The option, switched on: the page that the worker keeps follows it.
    await restart(`${tiles.host}/{z}/{x}/{y}.png`)
    await page.reload()
    await page.waitForFunction(async () => {
      for (const name of await caches.keys()) {
        const kept = await (await caches.open(name)).match('/', { ignoreVary: true })
        if (kept?.headers.get('Content-Security-Policy')?.includes('127.0.0.1')) return true
      }
    })
    assert.deepEqual(tiles.asked, [])
    await page.reload()
    await page.locator('.map.tiles .leaflet-tile-loaded').first().waitFor()
    await context.close()
  })

  await t.test('tiles are shown, named and moved by keyboard, and nobody else is asked', async () => {
    tiles.asked = []
    const { context, page } = await visit()
    const faults = watch(context, server.url)
    await open(page)
    await page.getByRole('region', { name: /^4 places: / }).waitFor()
    await page.locator('.leaflet-tile-loaded').first().waitFor()
    await page.getByRole('link', { name: 'OpenStreetMap contributors' }).waitFor()
    // Each dot can be hit within the map.
    const dots = page.locator('.map path.leaflet-interactive')
    assert.equal(await dots.count(), 3)
    for (const dot of await dots.all()) await dot.click({ trial: true, force: true })
    await inspect(page, 'tiles')
    await picture(page, 'phone-tiles')
    const zoom = () => Math.max(...tiles.asked.map((a) => Number(a.path.split('/')[1])))
    const before = zoom()
    await page.getByRole('button', { name: 'Nearer' }).focus()
    await Promise.all([page.waitForResponse((r) => r.url().startsWith(`${tiles.host}/${before + 1}/`)), page.keyboard.press('Enter')])
    for (const { path, referer, cookie } of tiles.asked) {
      assert.match(path, /^\/\d+\/\d+\/\d+\.png$/)
      assert.equal(referer, server.url + '/') // the host alone, never the page
      assert.equal(cookie, '')
    }
    const others = faults.list.filter((f) => !f.startsWith('request to ' + tiles.host))
    assert.deepEqual(others, [])
    const policy = (await fetch(server.url + '/', { headers: { Accept: 'text/html' } })).headers.get('Content-Security-Policy')
    assert.match(policy, new RegExp(`img-src 'self' blob: ${tiles.host};`))
    await context.close()
  })

  await t.test('administrators see the same map', async () => {
    const context = await browser.newContext({ ...phone, locale: 'en-PH', serviceWorkers: 'block' })
    const faults = watch(context, server.url)
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(server.url + '/admin/#/overview')
    await page.getByLabel('Name').fill('boss')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('.leaflet-tile-loaded').first().waitFor()
    await page.getByText('OpenStreetMap contributors').waitFor()
    assert.deepEqual(faults.list.filter((f) => !f.startsWith('request to ' + tiles.host)), [])
    await context.close()
  })

  await t.test('tiles that cannot be had leave the grid', async () => {
    tiles.down = true
    const { context, page } = await visit()
    await open(page)
    await page.getByRole('img', { name: /^4 places: / }).waitFor()
    assert.equal(await page.locator('.map.tiles').count(), 0)
    // Without a network nothing is tried.
    tiles.asked = []
    await context.setOffline(true)
    await page.reload()
    await page.getByRole('img', { name: /^4 places: / }).waitFor()
    assert.deepEqual(tiles.asked, [])
    await context.close()
  })
})
