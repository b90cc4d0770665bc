import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromiumPath, desktop, inspect, launch, phone, picture, watch } from './browser.mjs'
import { fruit } from './photos.mjs'
import { Line, Server, copyOf, lacking, password } from './server.mjs'

const skip = lacking() || (!chromiumPath() && 'no chromium on this machine')

// photo is a picture of a fruit; no two are alike.
let shots = 0
const photo = (name = `photo ${shots}.png`) => ({ name, mimeType: 'image/png', buffer: fruit(640, 480, shots++) })

test('growers', { skip, timeout: 150_000 }, async (t) => {
  let server, browser
  before(async () => {
    server = await new Server().start()
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await server?.remove()
  })

  // visit opens the page as somebody, on a phone unless said otherwise.
  async function visit(email, device = phone, at = server, context) {
    context ??= await browser.newContext({ locale: 'en-PH', ...device })
    const faults = watch(context, at.url)
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(at.url + '/')
    if (email) await logIn(page, email)
    return { context, page, faults }
  }
  async function logIn(page, email) {
    await page.goto(new URL('#/account', page.url()).href)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.locator('form').getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'What ails your mango?' }).waitFor()
  }
  const choose = (page, ...files) => page.locator('[data-test=choose]').setInputFiles(files)
  const verdict = (page) => page.locator('.verdict h1')

  await t.test('register, photo, answer, correction, history', async () => {
    const { context, page, faults } = await visit('')
    await page.getByText('A photo that can be answered').waitFor() // an empty phone says what to do first
    await inspect(page, 'empty')
    await picture(page, 'phone-empty')
    await page.getByRole('link', { name: 'Account' }).click()
    await page.getByRole('button', { name: 'I have no account yet' }).click()
    await page.getByLabel('First name').fill('Lito')
    await page.getByLabel('Last name').fill('Cruz')
    await page.getByLabel('Email').fill('lito@farm.example')
    await page.getByLabel('Address').fill('Alaguisoc, Jordan, Guimaras')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByRole('alert').getByText('at least 8 characters').waitFor()
    faults.list = faults.list.filter((f) => !f.includes('status of 400')) // the refusal that was asked for
    await inspect(page, 'register')
    await picture(page, 'phone-register')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Make an account' }).click()
    await page.getByRole('heading', { name: 'What ails your mango?' }).waitFor()

    await page.getByRole('link', { name: 'History' }).click()
    await page.getByText('Nothing is here yet').waitFor()
    await inspect(page, 'empty history')
    await page.getByRole('link', { name: 'Photo', exact: true }).click()

    // A block, a place, and a file with a hostile name.
    await context.grantPermissions(['geolocation'])
    await context.setGeolocation({ latitude: 10.5936, longitude: 122.5925, accuracy: 8 })
    await page.getByText('Tree, place, size').click()
    await page.getByLabel('Tree or block').fill('<img src=x onerror=alert(1)> Block 3')
    await page.getByLabel('Keep where I am').check()
    await inspect(page, 'take')
    await picture(page, 'phone-take')
    await choose(page, photo('<script>alert(1)</script>.png'))
    await verdict(page).waitFor()
    const disease = await verdict(page).textContent()
    await page.locator('.advice summary').first().waitFor()
    await page.getByText('<img src=x onerror=alert(1)> Block 3').first().waitFor()
    await inspect(page, 'answer')
    await picture(page, 'phone-answer')
    await page.getByRole('button', { name: 'What it looked at' }).click()
    await page.getByAltText(/what the model looked at/).waitFor()
    await picture(page, 'phone-heat')
    await page.getByRole('button', { name: 'Share' }).click()
    await page.getByText('saved to your downloads').waitFor()

    await page.getByRole('button', { name: 'That’s wrong' }).click()
    await inspect(page, 'correction')
    await page.getByLabel('What is it?').selectOption('Something else')
    await page.getByLabel('Comment').fill('"><b>hello</b>')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText('Thank you').waitFor()

    await page.getByRole('link', { name: 'History' }).click()
    await page.locator('.rows .item').waitFor()
    assert.equal((await page.locator('.rows .item b').textContent()).trim(), disease)
    await page.getByRole('img', { name: /1 places/ }).waitFor()
    await inspect(page, 'history')
    await picture(page, 'phone-history')
    await page.locator('.rows .item a').click()
    await verdict(page).waitFor()
    await page.getByText('Block 3').first().waitFor()
    await inspect(page, 'record')
    assert.equal(await page.locator('b', { hasText: 'hello' }).count(), 0)

    server.admin()
    const { access } = await server.json('/api/auth/login/', { method: 'POST', body: { username: 'boss', password } })
    const said = await poll(async () => (await server.json('/api/user-confirmations/', { token: access })).data.confirmations, (c) => c.length === 1)
    assert.equal(said[0].is_correct, false)
    assert.equal(said[0].user_feedback, 'Is: Something else. "><b>hello</b>')
    const image = (await server.json('/api/classified-images/', { token: access })).data.images[0]
    assert.equal(image.latitude, 10.5936)

    await page.getByRole('link', { name: 'Diseases' }).click()
    await page.getByRole('link', { name: /Powdery Mildew/ }).click()
    await page.getByRole('heading', { name: 'Powdery Mildew' }).waitFor()
    await inspect(page, 'disease')
    await page.getByRole('link', { name: 'Account' }).click()
    await page.getByText('lito@farm.example').waitFor()
    await inspect(page, 'account')
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('a photo is made smaller and turned as its EXIF says', async () => {
    const { context, page, faults } = await visit('')
    await page.locator('[data-test=choose]').waitFor({ state: 'attached' })
    const [width, height, size, sent] = await page.evaluate(async () => {
      // A landscape of 2,400 × 1,600 that EXIF calls an upright photo.
      const canvas = new OffscreenCanvas(2400, 1600), to = canvas.getContext('2d')
      for (let i = 0; i < 4000; i++) {
        to.fillStyle = `hsl(${60 + (i % 60)} 60% ${20 + (i % 50)}%)`
        to.fillRect((i * 97) % 2400, (i * 61) % 1600, 90, 60)
      }
      const plain = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.97 })).arrayBuffer())
      const exif = [0xff, 0xe1, 0, 34, 69, 120, 105, 102, 0, 0, 73, 73, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
      const file = new File([plain.slice(0, 2), new Uint8Array(exif), plain.slice(2)], 'turned.jpg', { type: 'image/jpeg' })
      const list = new DataTransfer()
      list.items.add(file)
      const input = document.querySelector('[data-test=choose]')
      const sent = new Promise((resolve) => {
        const old = window.fetch
        window.fetch = (path, init) => (init?.body instanceof FormData && resolve(init.body.get('image')), old(path, init))
      })
      input.files = list.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
      const blob = await sent
      const image = await createImageBitmap(blob)
      return [image.width, image.height, file.size, blob.size]
    })
    assert.deepEqual([width, height], [1067, 1600])
    assert.ok(sent < size / 2, `${sent} of ${size} bytes are sent`)
    await verdict(page).waitFor()
    await page.getByText('not stored on the server').waitFor() // nobody is logged in
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('offline: three photos, the server killed in the middle of one, all arrive once', { timeout: 60_000 }, async () => {
    const own = await new Server().start()
    const line = await new Line(own).listen()
    try {
      const token = await own.grower('queue@farm.example')
      const { context, page, faults } = await visit('queue@farm.example', phone, line)
      await page.evaluate(() => navigator.serviceWorker.ready)
      faults.unanswered = true
      await context.setOffline(true)
      await choose(page, photo(), photo(), photo())
      await page.getByRole('button', { name: 'Of different trees' }).click()
      await page.getByText('3 photos wait').waitFor()
      await page.getByText('No network', { exact: true }).waitFor()
      await inspect(page, 'queue')
      await picture(page, 'phone-queue')
      // The queue outlives the page, which opens without a network.
      await page.close()
      const again = await context.newPage()
      again.setDefaultTimeout(20_000)
      await again.goto(line.url + '/')
      await again.getByText('3 photos wait').waitFor()
      // The first photo is stored and its answer lost: the server dies before it
      // can be read.
      const cut = line.cut('POST /api/predict/')
      await context.setOffline(false)
      await again.getByRole('button', { name: 'Send now' }).click()
      await cut
      await again.getByText('photos wait').waitFor()
      await own.start()
      await again.getByRole('button', { name: 'Send now' }).click()
      await again.getByText('photos wait').or(again.getByText('photo waits')).waitFor({ state: 'hidden' })
      const { data } = await own.json('/api/history/', { token })
      assert.equal(data.summary.total, 3)
      // What was answered can be read without a network.
      await context.setOffline(true)
      await again.reload()
      await again.locator('.tiles a').first().click()
      await again.locator('.verdict h1').waitFor()
      await again.locator('.advice summary').first().waitFor()
      faults.list = faults.list.filter((f) => !f.includes('ERR_'))
      assert.deepEqual(faults.list, [])
      await context.close()
    } finally {
      line.close()
      await own.remove()
    }
  })

  await t.test('several photos of one tree get one answer', async () => {
    const token = await server.grower('tree@farm.example')
    const { context, page, faults } = await visit('tree@farm.example')
    await choose(page, photo(), photo())
    await inspect(page, 'several')
    await page.getByRole('button', { name: 'Of one tree' }).click()
    await verdict(page).waitFor()
    await page.getByText('2 photos of one tree').waitFor()
    // Each photo is there with its own answer and what the model looked at in it.
    const shots = page.getByRole('group', { name: 'Photos of the tree' }).getByRole('button')
    assert.equal(await shots.count(), 2)
    const seen = new Set()
    await page.getByRole('button', { name: 'What it looked at' }).click()
    for (const shot of await shots.all()) {
      await shot.click()
      assert.equal(await shot.getAttribute('aria-pressed'), 'true')
      assert.match(await shot.textContent(), /^Photo \d: .+ · \d+%$/)
      seen.add(await page.getByAltText(/what the model looked at/).evaluate(async (el) => {
        await el.decode()
        const canvas = new OffscreenCanvas(32, 24), to = canvas.getContext('2d')
        to.drawImage(el, 0, 0, 32, 24)
        return to.getImageData(0, 0, 32, 24).data.join()
      }))
    }
    assert.equal(seen.size, 2)
    await inspect(page, 'tree')
    await picture(page, 'phone-tree')
    assert.equal((await server.json('/api/history/', { token })).data.summary.total, 2)
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('the language can be switched, and stays', async () => {
    const { context, page, faults } = await visit('')
    await page.getByLabel('Language').selectOption('fil')
    await page.getByRole('heading', { name: 'Ano ang sakit ng iyong mangga?' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Ano ang sakit ng iyong mangga?' }).waitFor()
    assert.equal(await page.getAttribute('html', 'lang'), 'fil')
    await inspect(page, 'filipino')
    await page.getByRole('link', { name: 'Mga sakit' }).click()
    await page.locator('.item').first().waitFor()
    await picture(page, 'phone-filipino')
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('by keyboard, on a desktop', async () => {
    const { context, page, faults } = await visit('', desktop)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip')
    await page.getByRole('radio', { name: 'Leaf' }).focus()
    await page.keyboard.press('ArrowRight')
    assert.ok(await page.getByRole('radio', { name: 'Fruit' }).isChecked())
    await page.getByRole('link', { name: 'Diseases' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Diseases and pests' }).waitFor()
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1')
    await inspect(page, 'desktop')
    await picture(page, 'desktop-diseases')
    await page.goto(server.url + '/#/')
    await choose(page, photo())
    await verdict(page).waitFor()
    await page.locator('.advice summary').first().waitFor()
    await picture(page, 'desktop-answer')
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('a new version is offered, and taken', async () => {
    const copy = await copyOf(server)
    const { context, page, faults } = await visit('', phone, copy)
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload() // under the worker
    copy.newer = true
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update())
    await page.getByText('A new version is ready.').waitFor()
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Use it' }).click()])
    await page.getByRole('heading', { level: 1 }).waitFor()
    assert.equal(await page.getByText('A new version is ready.').count(), 0)
    assert.deepEqual(faults.list, [])
    await context.close()
    copy.close()
  })

  await t.test('what is no mango says what to photograph instead', async () => {
    const strict = await new Server({ strict: true }).start()
    try {
      const { context, page, faults } = await visit('', phone, strict)
      await choose(page, { name: 'dark.png', mimeType: 'image/png', buffer: fruit(400, 300, 0, 0.08) })
      await page.getByRole('heading', { name: 'Not a mango leaf' }).waitFor()
      await page.getByText('Photograph this instead').waitFor()
      await page.getByText('rather dark').waitFor()
      await inspect(page, 'no mango')
      await picture(page, 'phone-no-mango')
      assert.deepEqual(faults.list, [])
      await context.close()
    } finally {
      await strict.remove()
    }
  })
})

// poll asks until the answer fits; the server is the one to say when.
async function poll(ask, fits) {
  for (;;) {
    const got = await ask()
    if (fits(got)) return got
    await new Promise((r) => setTimeout(r, 100))
  }
}
