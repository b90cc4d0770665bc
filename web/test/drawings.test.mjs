// The drawings of the diseases: there, said in words, kept for when there is no
// network, and not missed where there is none.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { drawings } from '../build/drawings.mjs'
import { chromiumPath, inspect, launch, phone, picture, watch } from './browser.mjs'
import { Server, lacking, password } from './server.mjs'

const skip = lacking() || (!chromiumPath() && 'no chromium on this machine')
const dir = new URL('../../diseases/', import.meta.url).pathname
const advice = (language) => JSON.parse(readFileSync(`${dir}advice/${language}.json`, 'utf8')).diseases

test('the drawings fit into 15 kB', () => {
  const { svg, names } = drawings(dir + 'drawings')
  assert.equal(names.length, readdirSync(dir + 'drawings').length - 1)
  assert.ok(brotliCompressSync(svg).length < 15_000)
  assert.deepEqual(drawings(dir + 'nowhere').names, [])
})

test('drawings', { skip, timeout: 120_000 }, async (t) => {
  let server, browser
  before(async () => {
    server = await new Server().start()
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await server?.remove()
  })
  async function visit(path) {
    const context = await browser.newContext({ ...phone, locale: 'en-PH' })
    const faults = watch(context, server.url)
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(server.url + path)
    return { context, page, faults }
  }
  // painted counts the colours of a picture: a view that is not there has one.
  const painted = (image) => image.evaluate(async (el) => {
    await el.decode()
    const canvas = new OffscreenCanvas(64, 64), to = canvas.getContext('2d')
    to.drawImage(el, 0, 0, 64, 64)
    return new Set(new Uint32Array(to.getImageData(0, 0, 64, 64).data.buffer)).size
  })

  await t.test('each disease is drawn, in both languages, without a network too', async () => {
    const { context, page, faults } = await visit('/#/diseases')
    await page.locator('.item').first().waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await page.locator('.item').first().waitFor()
    await inspect(page, 'diseases')
    await picture(page, 'phone-diseases')
    await context.setOffline(true)
    faults.unanswered = true
    const list = Object.entries(advice('en')).filter(([, d]) => d.drawn)
    const seen = new Set()
    for (const [disease, { drawn }] of list) {
      await page.goto(server.url + '/#/disease/' + encodeURIComponent(disease))
      await page.getByRole('heading', { name: disease, level: 1 }).waitFor()
      const images = page.locator('.drawings img')
      assert.equal(await images.count(), Object.keys(drawn).length, disease)
      for (const image of await images.all()) {
        assert.ok((await painted(image)) > 12, `${disease} is not drawn`)
        seen.add(await image.getAttribute('src'))
      }
      for (const text of Object.values(drawn)) await page.getByText(text).waitFor()
    }
    assert.equal(seen.size, readdirSync(dir + 'drawings').length - 1)
    await page.goto(server.url + '/#/disease/Anthracnose')
    await page.getByText('Drawn, not photographed').waitFor()
    // Each look-alike that the advice names stands beside its drawing.
    assert.equal(await page.locator('.alikes img').count(), 3)
    await inspect(page, 'disease')
    await picture(page, 'phone-disease')
    await context.setOffline(false)
    await page.getByLabel('Language').selectOption('fil')
    for (const text of Object.values(advice('fil').Anthracnose.drawn)) await page.getByText(text).waitFor()
    await page.getByText('Iginuhit, hindi litrato').waitFor()
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('a disease without a drawing is shown without', async () => {
    server.admin()
    const { access } = await server.json('/api/auth/login/', { method: 'POST', body: { username: 'boss', password } })
    await server.json('/api/admin/diseases/', { method: 'POST', token: access, body: { name: 'Red Rust', plant_part: 'leaf' } })
    await server.json('/api/admin/advice/', { method: 'PUT', token: access, body: {
      language: 'en', disease: 'Red Rust', section: 'tell_apart', statements: [{ text: 'Orange, velvety spots.', sources: [] }, { text: 'Sooty Mold: it is black.', sources: [] }] } })
    const { context, page, faults } = await visit('/#/diseases')
    await page.getByRole('link', { name: /Red Rust/ }).click()
    await page.getByText('Orange, velvety spots.').waitFor()
    assert.equal(await page.locator('.drawings').count(), 0)
    assert.ok((await painted(page.locator('.alikes img'))) > 12)
    await inspect(page, 'no drawing')
    assert.deepEqual(faults.list, [])
    await context.close()
  })
})
