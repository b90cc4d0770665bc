// Every screen of the growers' page on narrow screens: nothing is wider than the
// screen, whatever the language and without a network too (WCAG 2.2, 1.4.10).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromiumPath, launch, picture } from './browser.mjs'
import { fruit } from './photos.mjs'
import { Server, lacking, password } from './server.mjs'

const skip = lacking() || (!chromiumPath() && 'no chromium on this machine')

test('reflow', { skip, timeout: 120_000 }, async (t) => {
  let server, browser
  before(async () => {
    server = await new Server().start()
    browser = await launch()
    await server.grower('wide@farm.example')
  })
  after(async () => {
    await browser?.close()
    await server?.remove()
  })

  for (const width of [320, 375]) {
    for (const language of ['en', 'fil']) {
      await t.test(`${width} pixels, ${language}`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 640 }, locale: language === 'en' ? 'en-PH' : 'fil-PH', permissions: ['geolocation'], geolocation: { latitude: 10.59, longitude: 122.59 } })
        const page = await context.newPage()
        page.setDefaultTimeout(15_000)
        const fits = async (name) => {
          await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)))
          const wide = await page.evaluate(() => ({
            page: document.documentElement.scrollWidth,
            parts: [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 120)),
          }))
          assert.deepEqual(wide, { page: width, parts: [] }, name)
        }
        const at = async (path, ready) => {
          await page.goto(server.url + '/#' + path)
          await page.locator(ready).first().waitFor()
          await fits(path)
        }
        await at('/', '.kinds')
        await at('/diseases', '.item')
        await at('/disease/Anthracnose', '.alikes')
        await at('/account', 'form')
        await page.locator('main > .stack > .button.wide').click()
        await fits('register')
        await page.locator('main > .stack > .button.wide').click()
        await page.locator('#email').fill('wide@farm.example')
        await page.locator('#password').fill(password)
        await page.locator('form .button.main').click()
        await page.locator('.kinds').waitFor()
        await page.locator('summary').click()
        await page.locator('#label').fill('W'.repeat(60))
        await page.locator('.check input').first().check()
        await fits('options')
        const photo = (seed) => ({ name: 'photo.png', mimeType: 'image/png', buffer: fruit(640, 480, seed + width) })
        await page.locator('[data-test=choose]').setInputFiles([photo(1), photo(2)])
        await page.locator('[role=group]').waitFor()
        await fits('several')
        await page.locator('[role=group] .button.main').click()
        await page.locator('.verdict').waitFor()
        await page.locator('.advice').waitFor()
        await fits('answer')
        await page.locator('section.card .button').nth(1).click()
        await fits('correction')
        await at('/history', '.rows .item')
        await page.locator('.rows .item a').first().click()
        await page.locator('.verdict').waitFor()
        await fits('record')
        await at('/account', '.button.danger')
        await page.goto(server.url + '/#/')
        await page.evaluate(() => navigator.serviceWorker.ready)
        await context.setOffline(true)
        await page.locator('.offline').waitFor()
        await page.locator('[data-test=choose]').setInputFiles([photo(3)])
        await page.locator('.photo').waitFor()
        await fits('pending')
        await page.goto(server.url + '/#/')
        await page.locator('[data-test=queue]').waitFor()
        await fits('queue')
        if (language === 'en') await picture(page, `narrow-queue-${width}`)
        await context.close()
      })
    }
  }
})
