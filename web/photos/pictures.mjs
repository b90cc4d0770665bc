// The README's two pictures: the pages as they are, on the program as it is,
// with photos that draw.mjs makes and the models' own answers. Run by
// `make pictures` after the pages have changed.
import { statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from '../test/browser.mjs'
import { Server, password } from '../test/server.mjs'
import { draw, subjects } from './draw.mjs'

const folder = new URL('../../docs/pictures/', import.meta.url)
const most = 120_000 // bytes each

const server = await new Server({ strict: true }).start()
const browser = await launch()
try {
  server.admin()
  const token = await server.grower('lito@farm.example')
  const studio = await browser.newPage()
  const leaf = (subject, seed) => draw(studio, { subject, seed, width: 960, height: 720 })
  for (let seed = 1; seed <= 2; seed++) {
    for (const subject of subjects) {
      const form = new FormData()
      form.set('image', new Blob([await leaf(subject, seed)]), `leaf-${seed}.jpg`)
      form.set('detection_type', 'leaf')
      form.set('preview_only', 'false')
      const answer = await fetch(server.url + '/api/predict/', { method: 'POST', body: form, headers: { Authorization: `Bearer ${token}` } })
      if (!answer.ok) throw new Error(await answer.text())
    }
  }

  // The answer that a grower gets, on a phone.
  const phone = await browser.newPage({ viewport: { width: 390, height: 780 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true, locale: 'en-US' })
  await phone.goto(server.url + '/')
  await phone.locator('[data-test=choose]').setInputFiles({ name: 'leaf.jpg', mimeType: 'image/jpeg', buffer: await leaf('mold', 3) })
  await phone.locator('.verdict h1').waitFor()
  await phone.locator('.advice summary').first().waitFor()
  await keep(phone, 'answer')

  // The review, on a desk: a photo that experts should look at, beside its heat map.
  const desk = await browser.newPage({ viewport: { width: 1280, height: 860 }, locale: 'en-US' })
  await desk.goto(server.url + '/admin/#/review')
  await desk.locator('#name').fill('boss')
  await desk.locator('#password').fill(password)
  await desk.keyboard.press('Enter')
  await desk.locator('.thumb', { hasText: 'Anthracnose' }).first().click()
  await desk.locator('.pictures.two img').nth(1).waitFor()
  for (const image of await desk.locator('.thumb img').all()) await image.evaluate((i) => i.decode().catch(() => {}))
  await keep(desk, 'review')
} finally {
  await browser.close()
  await server.remove()
}

// keep writes what a page shows as WebP, which the browser itself makes.
async function keep(page, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {}))))
  const png = await page.screenshot()
  const maker = await browser.newPage()
  const webp = await maker.evaluate(async (base64) => {
    const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + base64)).blob())
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL('image/webp', 0.86).split(',')[1]
  }, png.toString('base64'))
  await maker.close()
  const file = fileURLToPath(new URL(name + '.webp', folder))
  writeFileSync(file, Buffer.from(webp, 'base64'))
  const { size } = statSync(file)
  if (size > most) throw new Error(`${file} has ${size} bytes, more than ${most}`)
  console.log(`${file}: ${Math.round(size / 1000)} kB`)
}
