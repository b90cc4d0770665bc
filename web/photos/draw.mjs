// Photos made by code, so that measurements and screenshots need no one's
// picture: a mango leaf with a disease's marks, or a fruit. They are drawn by
// the browser that takes the screenshots; a seed makes each one another.
export const subjects = ['anthracnose', 'mildew', 'mold', 'healthy', 'canker']

// draw is a JPEG of width × height. grain is the noise of its sensor, in grey
// levels: without it a drawn photo would be far smaller than a camera's.
export async function draw(page, { subject = 'anthracnose', seed = 1, width = 1600, height = 1200, quality = 0.9, grain = 4 } = {}) {
  const address = await page.evaluate(paint, { subject, seed, width, height, quality, grain })
  return Buffer.from(address.slice(address.indexOf(',') + 1), 'base64')
}

// paint runs in the page.
function paint({ subject, seed, width, height, quality, grain }) {
  let state = seed * 2654435761 >>> 0 || 1
  const random = () => ((state ^= state << 13, state ^= state >>> 17, state ^= state << 5, state >>>= 0) / 4294967296)
  const between = (a, b) => a + (b - a) * random()
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const c = canvas.getContext('2d')
  const unit = Math.min(width, height)

  // Pale paper in daylight, darker to one side.
  const light = c.createLinearGradient(0, 0, width, height)
  light.addColorStop(0, '#eceae4')
  light.addColorStop(1, '#c9c6bd')
  c.fillStyle = light
  c.fillRect(0, 0, width, height)

  // The blade, along the x axis of its own system, from stalk to tip.
  const length = unit * 0.6, half = unit * between(0.125, 0.15), bend = unit * between(-0.03, 0.03)
  const angle = between(-0.45, 0.45)
  c.translate(width / 2, height / 2)
  c.scale(0.98, 1.12)
  c.rotate(angle)
  const outline = new Path2D()
  const wave = Array.from({ length: 41 }, () => between(-0.018, 0.018) * unit * 0.35)
  const edge = (t) => half * Math.pow(Math.sin(Math.PI * Math.pow(t, 0.82)), 0.78) * (1 - 0.12 * t)
  const spine = (t) => bend * Math.sin(Math.PI * t)
  const at = (t) => -length + 2 * length * t
  outline.moveTo(at(0), spine(0))
  for (let i = 1; i <= 40; i++) outline.lineTo(at(i / 40), spine(i / 40) - edge(i / 40) + wave[i] * Math.sin(i))
  for (let i = 39; i >= 0; i--) outline.lineTo(at(i / 40), spine(i / 40) + edge(i / 40) + wave[40 - i] * Math.cos(i))
  outline.closePath()

  c.save()
  c.shadowColor = 'rgba(40, 40, 30, 0.45)'
  c.shadowBlur = unit * 0.03
  c.shadowOffsetX = unit * 0.012
  c.shadowOffsetY = unit * 0.018
  c.fillStyle = '#3f6b2c'
  c.fill(outline)
  c.restore()
  // The stalk.
  c.strokeStyle = '#8a8a4a'
  c.lineCap = 'round'
  c.lineWidth = unit * 0.014
  c.beginPath()
  c.moveTo(at(-0.09), unit * 0.02)
  c.quadraticCurveTo(at(-0.03), unit * 0.005, at(0.02), spine(0.02))
  c.stroke()

  c.save()
  c.clip(outline)
  const green = c.createLinearGradient(0, -half, 0, half)
  const tones = { healthy: ['#2f6b2a', '#4b8a3a', '#2b5f26'], mildew: ['#5e7d4a', '#7d9a64', '#567343'], mold: ['#3c5a2e', '#4f6c3b', '#2e4a25'] }[subject] ?? ['#3f7030', '#5a8a3f', '#35622a']
  green.addColorStop(0, tones[0])
  green.addColorStop(0.48, tones[1])
  green.addColorStop(0.52, tones[0])
  green.addColorStop(1, tones[2])
  c.fillStyle = green
  c.fillRect(-length * 1.1, -half * 1.4, length * 2.2, half * 2.8)
  // Mottling of the blade.
  for (let i = 0; i < 900; i++) {
    c.fillStyle = random() < 0.5 ? 'rgba(20, 50, 12, 0.05)' : 'rgba(190, 210, 120, 0.05)'
    c.beginPath()
    c.ellipse(between(-length, length), between(-half, half), unit * between(0.004, 0.03), unit * between(0.003, 0.012), between(0, 3), 0, 7)
    c.fill()
  }
  // Side veins, then the midrib.
  for (let i = 1; i < 24; i++) {
    const t = i / 24, x = at(t), reach = edge(t) * 1.02
    for (const side of [-1, 1]) {
      for (const [shift, colour, thick] of [[0.0025, 'rgba(20, 45, 14, 0.35)', 0.0045], [0, 'rgba(190, 208, 130, 0.6)', 0.0028]]) {
        c.strokeStyle = colour
        c.lineWidth = unit * thick
        c.beginPath()
        c.moveTo(x, spine(t) + unit * shift)
        c.quadraticCurveTo(x + reach * 0.35, spine(t) + side * reach * 0.55 + unit * shift, x + reach * 0.75, spine(t) + side * reach + unit * shift)
        c.stroke()
      }
    }
  }
  for (const [shift, colour, thick] of [[0.004, 'rgba(25, 50, 16, 0.5)', 0.014], [0, '#b9c178', 0.0095], [-0.001, '#d5d79b', 0.004]]) {
    c.strokeStyle = colour
    c.lineWidth = unit * thick
    c.beginPath()
    for (let i = 0; i <= 40; i++) c[i ? 'lineTo' : 'moveTo'](at(i / 40), spine(i / 40) + unit * shift)
    c.stroke()
  }

  // What the disease leaves on it.
  const blob = (x, y, r, colours) => {
    const [p, q, s] = [between(0, 6), between(0, 6), between(0, 6)]
    for (const [colour, part] of colours) {
      c.fillStyle = colour
      c.beginPath()
      for (let i = 0; i < 40; i++) {
        const a = (i / 40) * 2 * Math.PI
        const rr = r * part * (1 + 0.16 * Math.sin(2 * a + p) + 0.12 * Math.sin(3 * a + q) + 0.07 * Math.sin(7 * a + s))
        c.lineTo(x + Math.cos(a) * rr * 1.15, y + Math.sin(a) * rr * 0.9)
      }
      c.fill()
    }
  }
  const somewhere = () => { const t = between(0.1, 0.95); return [at(t), spine(t) + edge(t) * between(-0.92, 0.92)] }
  if (subject === 'anthracnose') {
    for (let i = 0; i < 26; i++) { const [x, y] = somewhere(); blob(x, y, unit * between(0.006, 0.026), [['rgba(196, 178, 84, 0.55)', 1.35], ['#5c3a1c', 1], ['#3a2412', 0.72]]) }
    for (let i = 0; i < 4; i++) { const t = between(0.35, 0.95); blob(at(t), spine(t) + (random() < 0.5 ? -1 : 1) * edge(t) * 0.9, unit * between(0.03, 0.055), [['rgba(200, 180, 90, 0.5)', 1.2], ['#6b4722', 1], ['#4a2f17', 0.75], ['#7d5a31', 0.35]]) }
  }
  if (subject === 'canker') for (let i = 0; i < 70; i++) { const [x, y] = somewhere(); blob(x, y, unit * between(0.003, 0.011), [['rgba(214, 200, 90, 0.6)', 1.6], ['#2c1d10', 1]]) }
  if (subject === 'mildew') for (let i = 0; i < 420; i++) { const [x, y] = somewhere(); c.filter = `blur(${unit * 0.004}px)`; blob(x, y, unit * between(0.006, 0.03), [[`rgba(236, 236, 226, ${between(0.08, 0.3)})`, 1]]); c.filter = 'none' }
  if (subject === 'mold') for (let i = 0; i < 480; i++) { const [x, y] = somewhere(); c.filter = `blur(${unit * 0.003}px)`; blob(x, y, unit * between(0.006, 0.035), [[`rgba(18, 18, 16, ${between(0.1, 0.34)})`, 1]]); c.filter = 'none' }
  // The sky on its wax.
  const shine = c.createLinearGradient(0, -half, 0, half * 0.2)
  shine.addColorStop(0, 'rgba(255, 255, 255, 0)')
  shine.addColorStop(0.5, 'rgba(255, 255, 255, 0.13)')
  shine.addColorStop(1, 'rgba(255, 255, 255, 0)')
  c.fillStyle = shine
  c.fillRect(-length, -half, length * 2, half * 1.2)
  c.restore()

  // The sensor's noise.
  const picture = c.getImageData(0, 0, width, height), p = picture.data
  for (let i = 0; i < p.length; i += 4) {
    const n = (random() + random() + random() - 1.5) * grain * 2
    p[i] += n
    p[i + 1] += n
    p[i + 2] += n
  }
  c.putImageData(picture, 0, 0)
  return canvas.toDataURL('image/jpeg', quality)
}
