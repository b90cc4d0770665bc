// The administrators' pages in a real browser: review by keyboard, every page
// by axe, hostile texts shown as text.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromiumPath, desktop, inspect, launch, phone, picture, watch } from './browser.mjs'
import { Line, Server, artefacts, lacking, password } from './server.mjs'

const skip = lacking() || (chromiumPath() ? false : 'no chromium on this machine')
const photos = join(dirname(fileURLToPath(import.meta.url)), '../../preprocess/testdata/golden')
const hostile = '<img src=x onerror=document.title="owned">'
const pages = ['review', 'overview', 'users', 'vocabulary', 'advice', 'models', 'storage', 'settings']

test('administrators', { skip }, async (t) => {
  let server, browser, grower, boss
  before(async () => {
    server = new Server()
    server.env.BACKUP_DIR = join(server.dir, 'backups')
    server.env.SECRET_KEY = 'a key of these tests alone, 32 bytes'
    await server.start()
    browser = await launch()
    server.admin()
    grower = await server.grower('lito@farm.example', 'Lito <b>')
    const files = readdirSync(photos).filter((f) => f.endsWith('.jpg')).slice(0, 9)
    for (const [i, f] of files.entries()) await save(readFileSync(join(photos, f)), i === 0 ? hostile + '.jpg' : f, { user_feedback: i === 0 ? hostile : '', latitude: 10.59 + i * 0.003, longitude: 122.59 + i * 0.002, location_consent_given: 'true' })
    boss = (await server.json('/api/auth/login/', { method: 'POST', body: { username: 'boss', password } })).access
  })
  after(async () => {
    await browser?.close()
    await server?.remove()
  })

  async function save(photo, name, fields = {}) {
    const form = new FormData()
    form.set('image', new Blob([photo]), name)
    for (const [k, v] of Object.entries({ detection_type: 'leaf', preview_only: 'false', ...fields })) form.set(k, String(v))
    const r = await fetch(server.url + '/api/predict/', { method: 'POST', body: form, headers: { Authorization: `Bearer ${grower}` } })
    assert.equal(r.status, 200)
    return (await r.json()).data.saved_image_id
  }

  // open is a page that an administrator is logged in to.
  async function open(view, at = 'review') {
    const context = await browser.newContext({ ...view, serviceWorkers: 'block', locale: 'en-US' })
    const faults = watch(context, server.url)
    const page = await context.newPage()
    page.on('dialog', () => faults.list.push('a dialog opened'))
    await page.goto(`${server.url}/admin/#/${at}`)
    await page.getByLabel('Name').fill('boss')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /./ }).waitFor()
    await page.getByRole('navigation', { name: 'Pages' }).first().waitFor()
    return { page, context, faults, close: async () => {
      assert.deepEqual(faults.list, [])
      assert.doesNotMatch(await page.title(), /owned/)
      await context.close()
    } }
  }
  const record = async (id) => (await server.json(`/api/classified-images/${id}/`, { token: boss })).data
  const queue = async (query = 'verified=false') => (await server.json(`/api/admin/review/?${query}`, { token: boss })).data.rows
  const said = (page, text) => page.locator('.said', { hasText: text }).waitFor()

  await t.test('a grower is not let in', async () => {
    const context = await browser.newContext({ ...phone, serviceWorkers: 'block' })
    const faults = watch(context, server.url)
    const page = await context.newPage()
    await page.goto(server.url + '/admin/')
    await page.getByLabel('Name').fill('lito@farm.example')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('not an administrator').waitFor()
    assert.equal((await context.cookies()).filter((c) => c.value).length, 0, 'a session stays')
    await inspect(page, 'login')
    await picture(page, 'admin-login-375')
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('review by keyboard: confirm, correct, undo, many at once, delete', async () => {
    const before = await queue()
    assert.equal(before.length, 9)
    const { page, close } = await open(desktop)
    const current = () => page.locator('.thumb[aria-current]').evaluate((e) => Number(e.parentElement.id.slice(4)))
    await page.locator('.thumb').first().waitFor()
    assert.equal(await current(), before[0].id, 'the least sure comes first')
    await page.getByRole('img', { name: /^Photo/ }).waitFor()
    await page.getByRole('img', { name: /looks at/ }).waitFor()
    await page.keyboard.press('h')
    await page.getByRole('img', { name: /looks at/ }).waitFor({ state: 'detached' })
    await page.keyboard.press('h')
    await page.getByRole('img', { name: /looks at/ }).waitFor()
    await picture(page, 'admin-review-desktop')
    await inspect(page, 'review')

    await page.keyboard.press('c')
    await said(page, '1 confirmed')
    assert.equal((await record(before[0].id)).is_verified, true)
    assert.equal(await current(), before[1].id, 'the next one follows')

    const second = await page.locator('.choices button').nth(1).innerText()
    await page.keyboard.press('2')
    await said(page, 'corrected to')
    const corrected = await record(before[1].id)
    assert.equal(corrected.is_verified, true)
    assert.ok(second.includes(corrected.disease_classification), `${second} is not ${corrected.disease_classification}`)
    await page.keyboard.press('u')
    await said(page, 'Taken back')
    assert.equal((await record(before[1].id)).is_verified, false)
    assert.equal((await record(before[1].id)).disease_classification, before[1].disease)

    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByText('2 selected').waitFor()
    await page.keyboard.press('c')
    await said(page, '2 confirmed')
    assert.equal((await queue()).length, 6)

    await page.keyboard.press('ArrowRight')
    const doomed = await current()
    await page.keyboard.press('d')
    await page.getByRole('alertdialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('alertdialog').waitFor({ state: 'detached' })
    assert.equal((await server.json(`/api/classified-images/${doomed}/`, { token: boss })).status, 200, 'Escape keeps it')
    await page.keyboard.press('d')
    await page.keyboard.press('Enter')
    await said(page, '1 deleted')
    assert.equal((await server.json(`/api/classified-images/${doomed}/`, { token: boss })).status, 404)

    // A letter in a field is a letter.
    await page.getByLabel('Search').fill('')
    await page.getByLabel('Search').pressSequentially('dcx')
    assert.equal(await page.getByRole('alertdialog').count(), 0)
    await close()
  })

  await t.test('every page: axe, no error, nothing wider than a phone', async () => {
    for (const [name, view] of [['375', phone], ['desktop', desktop]]) {
      const { page, close } = await open(view)
      for (const at of pages) {
        await page.goto(`${server.url}/admin/#/${at}`)
        await page.locator('#main h1').waitFor()
        await page.locator('#main [role=status]', { hasText: 'Loading' }).first().waitFor({ state: 'detached' })
        await inspect(page, `${at} ${name}`)
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${at} is wider than ${name}`)
        if (['review', 'overview'].includes(at)) await picture(page, `admin-${at}-${name}`)
        else await page.screenshot({ path: join(artefacts, `admin-${at}-${name}.png`) })
      }
      await close()
    }
  })

  await t.test('every page by keyboard alone', async () => {
    const { page, close } = await open(desktop)
    // What has the focus: its name, and whether it can be seen to have it.
    const focused = () => page.evaluate(() => {
      const e = document.activeElement
      if (!e || e === document.body) return null
      const box = e.getBoundingClientRect(), style = getComputedStyle(e)
      const inside = document.getElementById('main').contains(e)
      return { name: (e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent).trim(), inside, at: e.tagName + e.id + box.x + ',' + Math.round(box.y + scrollY), seen: box.width > 0 && box.height > 0 && (e.type === 'date' || (style.outlineStyle !== 'none' && style.outlineWidth !== '0px')), y: box.y }
    })
    for (const at of pages) {
      await page.goto(`${server.url}/admin/#/review`)
      await page.reload()
      await page.locator('.bar nav').waitFor()
      // To the page by the keys: past the skip link into the menu, and in.
      const title = await page.locator(`.bar nav a[href="#/${at}"]`).innerText()
      for (let i = 0; i < 20; i++) {
        await page.keyboard.press('Tab')
        if ((await focused())?.name === title) break
      }
      assert.equal((await focused()).name, title)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.locator('#main [role=status]', { hasText: 'Loading' }).first().waitFor({ state: 'detached' })
      // Through all of it: each stop is seen, none is a trap, and the end is reached.
      const stops = new Set()
      let last, same = 1, inside = 0, over = false
      for (let i = 0; i < 300 && !over; i++) {
        await page.keyboard.press('Tab')
        const now = await focused()
        over = !now || (inside > 0 && !now.inside)
        if (over) break
        assert.ok(now.seen, `${at}: the focus on "${now.name}" is not seen`)
        // A date has four stops, day, month, year, calendar, and shows them itself.
        same = now.at + now.name === last ? same + 1 : 1
        assert.ok(same <= 4, `${at}: Tab stays on "${now.name}"`)
        last = now.at + now.name
        stops.add(last)
        if (now.inside) inside++
      }
      assert.ok(over || stops.size > 100, `${at}: the keys do not leave it`)
      // A dashboard's tables, a settings' link: each page has something to act on.
      assert.ok(inside > 0, `${at}: the keys reach nothing`)
    }
    await close()
  })

  await t.test('hostile texts are shown as text', async () => {
    const { page, close } = await open(desktop)
    await page.goto(`${server.url}/admin/#/review`)
    await page.getByLabel('State').selectOption('all')
    await page.getByLabel('Order').selectOption('newest')
    const id = (await queue('verified=all&order=newest')).find((r) => r.file_name.includes('<img'))?.id
    if (id) {
      await page.locator(`#row-${id} button`).click()
      await page.locator('.subject').getByText(hostile).first().waitFor()
    }
    await page.goto(`${server.url}/admin/#/users`)
    await page.getByText('Lito <b> Cruz').waitFor()
    await page.goto(`${server.url}/admin/#/advice`)
    await page.getByRole('button', { name: 'Edit What it is' }).click()
    await page.getByLabel('Statement 1').fill(hostile)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText(hostile).waitFor()
    await page.getByText(/^edited/).waitFor()
    const { data } = await server.json('/api/advice/')
    assert.equal(data.diseases[0].sections[0].statements[0].text, hostile)
    await page.getByRole('button', { name: /Bring back.*What it is/ }).click()
    await page.getByText(hostile).waitFor({ state: 'detached' })
    await close()
  })

  await t.test('numbers come live', async () => {
    const { page, close } = await open(desktop, 'overview')
    await page.locator('.tag', { hasText: /^live$/ }).waitFor()
    const answered = page.locator('.tile', { hasText: 'Photos answered' }).locator('dd')
    const n = async () => parseInt(await answered.innerText(), 10)
    const was = await n()
    const form = new FormData()
    form.set('image', new Blob([readFileSync(join(photos, 'jpeg-flat.jpg'))]), 'a.jpg')
    form.set('preview_only', 'true')
    await fetch(server.url + '/api/predict/', { method: 'POST', body: form, headers: { Authorization: `Bearer ${grower}` } })
    await page.waitForFunction((was) => parseInt([...document.querySelectorAll('.tile')].find((t) => t.textContent.includes('Photos answered')).querySelector('dd').innerText, 10) > was, was)
    await close()
  })

  await t.test('live numbers come back after the connection broke', async () => {
    const line = await new Line(server).listen()
    try {
      const context = await browser.newContext({ ...desktop, serviceWorkers: 'block', locale: 'en-US' })
      const page = await context.newPage()
      await page.goto(line.url + '/admin/#/overview')
      await page.getByLabel('Name').fill('boss')
      await page.getByLabel('Password').fill(password)
      await page.keyboard.press('Enter')
      await page.locator('.tag', { hasText: /^live$/ }).waitFor()
      line.break()
      await page.locator('.tag', { hasText: /^no news$/ }).waitFor()
      await page.locator('.tag', { hasText: /^live$/ }).waitFor()
      await context.close()
    } finally {
      line.close()
    }
  })

  await t.test('what the gate refuses is counted by day, across a restart', async () => {
    const strict = await new Server({ strict: true }).start()
    try {
      strict.admin()
      const form = new FormData()
      form.set('image', new Blob([readFileSync(join(photos, 'jpeg-grey.jpg'))]), 'a.jpg')
      form.set('preview_only', 'true')
      const answer = await (await fetch(strict.url + '/api/predict/', { method: 'POST', body: form })).json()
      assert.equal(answer.data.gate_validation.passed, false)
      await strict.stop()
      await strict.start()
      const token = (await strict.json('/api/auth/login/', { method: 'POST', body: { username: 'boss', password } })).access
      const { gate } = (await strict.json('/api/admin/overview/', { token })).data
      assert.deepEqual(gate.map(({ photos, refused }) => ({ photos, refused })), [{ photos: 1, refused: 1 }])
    } finally {
      await strict.remove()
    }
  })

  await t.test('a backup is made and the database verified', async () => {
    const { page, close } = await open(phone, 'storage')
    await page.getByText('There is no backup yet').waitFor()
    await page.getByRole('button', { name: 'Make a backup' }).click()
    await page.getByText(/Backup:.*records, checked/).waitFor()
    assert.equal(await page.locator('tbody tr').count(), 1)
    await page.getByRole('button', { name: 'Verify the database' }).click()
    await page.getByText('The database is sound.').waitFor()
    await inspect(page, 'storage with a backup')
    await picture(page, 'admin-storage-done-375')
    await close()
  })

  await t.test('an entry of the vocabulary is added, changed and deleted', async () => {
    const { page, faults, close } = await open(desktop, 'vocabulary')
    await page.getByRole('button', { name: 'Symptoms' }).click()
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByLabel('Key').fill('holes_in_leaf')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByLabel('Search').fill('holes_in')
    await page.getByRole('row', { name: /holes_in_leaf/ }).waitFor()
    await page.getByRole('button', { name: 'Add' }).click()
    faults.unanswered = true // a refusal is an error to the console
    await page.getByLabel('Key').fill('two words')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('letters').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Delete holes_in_leaf' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('There is no entry yet').waitFor()
    await close()
  })

  await t.test('a session that ended leads to the login', async () => {
    const { page, faults, context } = await open(phone)
    await page.locator('.thumb img').first().waitFor()
    assert.ok(await page.locator('.thumb img').first().evaluate((i) => i.decode().then(() => i.naturalWidth > 0 && i.naturalWidth <= 320)), 'a small picture')
    await context.clearCookies()
    faults.unanswered = true // a 401 is an error to the console
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByLabel('Password').waitFor()
    assert.deepEqual(faults.list, [])
    await context.close()
  })

  await t.test('secrets are not shown, and the bundle names nobody', async () => {
    const { page, close } = await open(desktop, 'settings')
    const row = page.getByRole('row', { name: /^SECRET_KEY/ })
    await row.getByText('set', { exact: true }).waitFor()
    await row.getByText('environment').waitFor()
    assert.ok(!(await page.content()).includes('of these tests alone'))
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()])
    const zip = readFileSync(await download.path())
    assert.equal(zip.subarray(0, 2).toString(), 'PK')
    await close()
  })

  await t.test('the pages speak Filipino', async () => {
    const { page, close } = await open(phone)
    await page.getByLabel('Language').selectOption('fil')
    await page.getByRole('heading', { level: 1, name: 'Pagsusuri' }).waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'fil')
    await inspect(page, 'Filipino')
    await close()
  })

  await t.test('a disabled account stops at once', async () => {
    const { page, close } = await open(desktop, 'users')
    await page.getByRole('button', { name: /^Disable (?!boss)/ }).click()
    await page.getByRole('button', { name: /^Enable / }).waitFor()
    assert.equal((await server.json('/api/me/', { token: grower })).status, 401)
    await close()
  })
})

test('an empty store says what to do first', { skip }, async () => {
  const server = await new Server().start()
  const browser = await launch()
  try {
    server.admin()
    const context = await browser.newContext({ ...phone, serviceWorkers: 'block', locale: 'en-US' })
    const faults = watch(context, server.url)
    const page = await context.newPage()
    await page.goto(server.url + '/admin/')
    await page.getByLabel('Name').fill('boss')
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    for (const [at, text] of [['review', 'No photo is stored yet'], ['overview', 'No photo is stored yet'], ['models', 'No verified record yet'], ['storage', 'No folder for backups is set']]) {
      await page.goto(`${server.url}/admin/#/${at}`)
      await page.getByText(text).first().waitFor()
      await inspect(page, `empty ${at}`)
    }
    assert.deepEqual(faults.list, [])
  } finally {
    await browser.close()
    await server.remove()
  }
})

test('the administrators’ words are the same in each language', () => {
  const read = (code) => JSON.parse(readFileSync(new URL(`../src/admin/languages/${code}.json`, import.meta.url), 'utf8'))
  const english = read('en'), filipino = read('fil')
  const names = (text) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort()
  assert.deepEqual(Object.keys(filipino).sort(), Object.keys(english).sort())
  for (const key of Object.keys(english)) assert.deepEqual(names(filipino[key]), names(english[key]), key)
})
