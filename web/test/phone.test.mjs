// What a phone's own parts do: camera, share sheet, printer, photos that it turns
// or that no browser reads, and a keyboard from end to end.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { chromiumPath, desktop, inspect, launch, phone, picture, watch } from './browser.mjs'
import { fruit } from './photos.mjs'
import { Server, artefacts, copyOf, lacking, password } from './server.mjs'

const skip = lacking() || (!chromiumPath() && 'no chromium on this machine')
let shots = 500
const photo = () => ({ name: 'photo.png', mimeType: 'image/png', buffer: fruit(640, 480, shots++) })

test('phone', { skip, timeout: 150_000 }, async (t) => {
  let server, browser
  before(async () => {
    server = await new Server().start()
    browser = await launch()
    await server.grower('keys@farm.example')
  })
  after(async () => {
    await browser?.close()
    await server?.remove()
  })
  async function visit({ device = phone, at = server, of = browser, context } = {}) {
    context ??= await of.newContext({ locale: 'en-PH', ...device })
    const faults = watch(context, at.url)
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(at.url + '/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    return { context, page, faults }
  }
  const choose = (page, ...files) => page.locator('[data-test=choose]').setInputFiles(files)
  const verdict = (page) => page.locator('.verdict h1')

  await t.test('by keyboard from the first screen to the history', async () => {
    const { context, page, faults } = await visit({ device: desktop })
    // to presses Tab until a part has the focus; each on the way shows it.
    const to = async (target, what) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab')
        const shown = await page.evaluate(() => {
          const el = document.activeElement
          if (!el || el === document.body) return 'nothing'
          const seen = el.matches('.kinds input') ? el.nextElementSibling : el
          const style = getComputedStyle(seen), box = seen.getBoundingClientRect()
          const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
          return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && inside ? '' : el.outerHTML.slice(0, 120)
        })
        assert.ok(shown === '' || shown === 'nothing', `the focus is not seen on ${shown}`)
        if (await target.evaluate((el) => el === document.activeElement).catch(() => false)) return
      }
      assert.fail(`Tab never reaches ${what}`)
    }
    await to(page.getByRole('link', { name: 'Account' }), 'Account')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1') // the new screen takes the focus
    await to(page.getByLabel('Email'), 'Email')
    await page.keyboard.type('keys@farm.example')
    await to(page.getByLabel('Password'), 'Password')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What ails your mango?' }).waitFor()
    await to(page.getByRole('radio', { name: 'Leaf' }), 'Leaf')
    await page.keyboard.press('ArrowRight')
    assert.ok(await page.getByRole('radio', { name: 'Fruit' }).isChecked())
    await to(page.getByRole('button', { name: 'Choose photos' }), 'Choose photos')
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')])
    await chooser.setFiles(photo())
    await verdict(page).waitFor()
    await to(page.getByRole('button', { name: 'What it looked at' }), 'the heat map')
    await page.keyboard.press('Space')
    await page.getByAltText(/what the model looked at/).waitFor()
    await to(page.locator('summary', { hasText: 'If you have to spray' }), 'what to spray')
    await page.keyboard.press('Enter')
    await page.getByText('Spray last, not first').waitFor()
    await to(page.getByRole('button', { name: 'That’s wrong' }), 'That’s wrong')
    await page.keyboard.press('Enter')
    await to(page.getByLabel('What is it?'), 'the choice')
    await page.keyboard.type('Something')
    await to(page.getByLabel('Comment'), 'the comment')
    await page.keyboard.type('Seen near the stalk')
    await to(page.getByRole('button', { name: 'Send', exact: true }), 'Send')
    await page.keyboard.press('Enter')
    await page.getByText('Thank you').waitFor()
    await to(page.getByRole('link', { name: 'History' }), 'History')
    await page.keyboard.press('Enter')
    await page.locator('.rows .item').waitFor()
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1')
    await to(page.getByLabel('Disease'), 'the filter')
    await to(page.locator('.rows .item a'), 'the photo')
    await page.keyboard.press('Enter')
    await verdict(page).waitFor()
    // No trap: round and round, the whole page and the browser's own parts.
    let left = false
    for (let i = 0; i < 60 && !left; i++) {
      await page.keyboard.press('Tab')
      left = await page.evaluate(() => document.activeElement === document.body || document.activeElement.className === 'skip')
    }
    assert.ok(left, 'Tab does not leave the page')
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('the camera: its frame, Escape, a photo', async () => {
    const fake = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] })
    try {
      const { context, page, faults } = await visit({ of: fake })
      const take = page.getByRole('button', { name: 'Take a photo' }), shutter = page.getByRole('button', { name: 'Take the photo' })
      await take.click()
      await page.locator('.shutter:enabled').waitFor()
      await page.getByText('One leaf. Go near until it fills the frame.').waitFor()
      await inspect(page, 'camera')
      await page.screenshot({ path: join(artefacts, 'phone-camera.png') })
      for (const place of [shutter, page.locator('.frame'), page.locator('.camera .button')]) {
        const box = await place.boundingBox()
        assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= 375 && box.y + box.height <= 720, JSON.stringify(box))
      }
      const running = await page.evaluateHandle(() => document.querySelector('video').srcObject.getTracks()[0])
      await page.keyboard.press('Escape')
      await page.locator('.camera').waitFor({ state: 'detached' })
      assert.equal(await running.evaluate((track) => track.readyState), 'ended')
      assert.ok(await take.evaluate((el) => el === document.activeElement), 'the focus does not come back')
      await take.click()
      await page.locator('.shutter:enabled').click()
      await verdict(page).waitFor()
      assert.deepEqual(faults.list, [])
      await context.close()
    } finally {
      await fake.close()
    }
    // A camera that is refused leaves the phone's own.
    const { context, page } = await visit()
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Take a photo' }).click()])
    assert.ok(!chooser.isMultiple())
    await context.close()
  })

  // The share sheet is the system's: the call is recorded by a stand-in in the page.
  await t.test('sharing hands over a picture, or saves it', async () => {
    const context = await browser.newContext({ ...phone, locale: 'en-PH' })
    await context.addInitScript(() => {
      globalThis.shared = []
      globalThis.refusal = ''
      navigator.canShare = ({ files }) => files.every((f) => f.type === 'image/jpeg')
      navigator.share = async ({ files, title }) => {
        const image = await createImageBitmap(files[0])
        globalThis.shared.push({ title, name: files[0].name, width: image.width, height: image.height })
        if (globalThis.refusal) throw new DOMException('', globalThis.refusal)
      }
    })
    const { page, faults } = await visit({ context })
    await choose(page, photo())
    await verdict(page).waitFor()
    const share = page.getByRole('button', { name: 'Share' })
    await share.click()
    await page.waitForFunction(() => globalThis.shared.length === 1)
    const [given] = await page.evaluate(() => globalThis.shared)
    assert.equal(given.title, await verdict(page).textContent())
    assert.match(given.name, /^mangosense-\d{4}-\d\d-\d\d\.jpg$/)
    assert.deepEqual([given.width, given.height], [1080, 810 + 330])
    // Who closes the sheet hears nothing of it; a fault is said.
    await page.evaluate(() => (globalThis.refusal = 'AbortError'))
    await share.click()
    await page.waitForFunction(() => globalThis.shared.length === 2)
    assert.equal(await page.getByText('could not be shared').count(), 0)
    await page.evaluate(() => (globalThis.refusal = 'NotAllowedError'))
    await share.click()
    await page.getByText('could not be shared').waitFor()
    // Without a sheet it is saved.
    await page.evaluate(() => (navigator.canShare = undefined))
    const [download] = await Promise.all([page.waitForEvent('download'), share.click()])
    const file = readFileSync(await download.path())
    assert.deepEqual([...file.subarray(0, 3)], [0xff, 0xd8, 0xff])
    assert.ok(file.length > 10_000)
    await page.getByText('saved to your downloads').waitFor()
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('a printed answer has all of it, and nothing to press', async () => {
    const { context, page } = await visit({ device: desktop })
    await choose(page, photo())
    await verdict(page).waitFor()
    await page.locator('.advice summary').first().waitFor()
    const before = await page.locator('details[open]').count()
    await page.emulateMedia({ media: 'print' })
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    assert.equal(await page.locator('details:not([open])').count(), 0)
    for (const gone of ['.top', '.tabs', '.no-print']) for (const el of await page.locator(gone).all()) assert.ok(!(await el.isVisible()), gone)
    assert.ok(await verdict(page).isVisible())
    assert.ok(await page.getByText('Spray last, not first').isVisible())
    // Printers leave backgrounds out, and black stays readable without them.
    assert.deepEqual(await page.locator('.verdict').evaluate((el) => [getComputedStyle(el).color, getComputedStyle(el).backgroundColor]), ['rgb(0, 0, 0)', 'rgba(0, 0, 0, 0)'])
    await page.setViewportSize({ width: 794, height: 1123 })
    await picture(page, 'print-answer')
    await page.evaluate(() => dispatchEvent(new Event('afterprint')))
    assert.equal(await page.locator('details[open]').count(), before)
    const pdf = await page.pdf({ format: 'A4' })
    assert.equal(pdf.subarray(0, 4).toString(), '%PDF')
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length
    assert.ok(pages >= 1 && pages <= 3, `${pages} pages`)
    await context.close()
  })

  await t.test('a photo of the eight ways to hold a phone is sent upright', async () => {
    const { context, page, faults } = await visit()
    const found = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(2400, 1600), to = canvas.getContext('2d')
      to.fillStyle = '#4a8a3c'
      to.fillRect(0, 0, 2400, 1600)
      to.fillStyle = '#e02010' // in the corner where the stored picture begins
      to.fillRect(0, 0, 1200, 800)
      const plain = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer())
      const bodies = []
      const old = window.fetch
      window.fetch = (path, init) => (init?.body instanceof FormData && bodies.push(init.body.get('image')), old(path, init))
      const input = document.querySelector('[data-test=choose]')
      const list = new DataTransfer()
      for (let o = 1; o <= 8; o++) {
        const exif = [0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 73, 73, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, o, 0, 0, 0, 0, 0, 0, 0]
        list.items.add(new File([plain.slice(0, 2), new Uint8Array(exif), plain.slice(2)], `held-${o}.jpg`, { type: 'image/jpeg' }))
      }
      input.files = list.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
      while (bodies.length < 8) await new Promise((r) => setTimeout(r, 50))
      const all = []
      for (const blob of bodies) {
        const image = await createImageBitmap(blob, { imageOrientation: 'none' })
        const small = new OffscreenCanvas(8, 8), draw = small.getContext('2d', { willReadFrequently: true })
        draw.drawImage(image, 0, 0, 8, 8)
        const red = (x, y) => draw.getImageData(x, y, 1, 1).data[0] > 160
        all.push([image.width, image.height, [red(1, 1) && 'top left', red(6, 1) && 'top right', red(6, 6) && 'bottom right', red(1, 6) && 'bottom left'].filter(Boolean).join()])
      }
      return all
    })
    const wide = [1600, 1067], tall = [1067, 1600]
    assert.deepEqual(found, [
      [...wide, 'top left'], [...wide, 'top right'], [...wide, 'bottom right'], [...wide, 'bottom left'],
      [...tall, 'top left'], [...tall, 'top right'], [...tall, 'bottom right'], [...tall, 'bottom left'],
    ])
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('a HEIC that the browser cannot open says what to do', async () => {
    const { context, page, faults } = await visit()
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(4), Buffer.from('mif1heic'), Buffer.alloc(4000, 7)])
    // By its type, by its name alone, and under another's.
    for (const [name, mimeType] of [['IMG_1.heic', 'image/heic'], ['IMG_2.HEIC', ''], ['IMG_3.jpg', 'image/jpeg']]) {
      await choose(page, { name, mimeType, buffer: heic })
      await page.getByRole('alert').getByText('Most Compatible').waitFor()
      await inspect(page, name)
      if (name === 'IMG_1.heic') await picture(page, 'phone-heic')
      await page.reload()
      await page.getByRole('heading', { level: 1 }).waitFor()
      assert.equal(await page.locator('[data-test=queue]').count(), 0)
    }
    // One among others holds none of them back.
    await choose(page, photo(), { name: 'IMG_1.heic', mimeType: 'image/heic', buffer: heic })
    await page.getByRole('alert').getByText('One photo').waitFor()
    await page.locator('.tiles a').first().waitFor()
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('a new version takes every open tab, and what waits stays', async () => {
    const copy = await copyOf(server)
    const { context, page, faults } = await visit({ at: copy })
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    const other = await context.newPage()
    await other.goto(copy.url + '/#/diseases')
    await other.locator('.item').first().waitFor()
    await context.setOffline(true)
    await choose(page, photo())
    await page.getByRole('heading', { name: 'Waiting for a network' }).waitFor()
    await context.setOffline(false)
    copy.newer = true
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update())
    await Promise.all([page, other].map((p) => p.getByText('A new version is ready.').waitFor()))
    await Promise.all([page.waitForEvent('load'), other.waitForEvent('load'), page.getByRole('button', { name: 'Use it' }).click()])
    await other.locator('.item').first().waitFor()
    for (const p of [page, other]) assert.equal(await p.getByText('A new version is ready.').count(), 0)
    assert.equal(await page.evaluate(() => new Promise((r) => { const open = indexedDB.open('mangosense'); open.onsuccess = () => { const all = open.result.transaction(['waiting', 'answers']).objectStore('waiting').count(); all.onsuccess = () => r(all.result) } })), 1)
    void faults
    await context.close()
    copy.close()
  })
})
